package layered

import (
	"fmt"

	"pgregory.net/rapid"
)

// boxes returns n nodes whose sizes fit their labels.
func boxes(n int) []Node {
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i].Label = fmt.Sprintf("task %d", i)
		nodes[i].Width, nodes[i].Height = Measure(nodes[i])
	}
	return nodes
}

// drawGraph draws a random acyclic graph with boxes of many sizes; parallel
// edges, isolated nodes and graphs without edges are among them.
func drawGraph(t *rapid.T) ([]Node, []Edge) {
	n := rapid.IntRange(1, 40).Draw(t, "nodes")
	nodes := boxes(n)
	for i := range nodes {
		nodes[i].Width = float64(rapid.IntRange(0, 200).Draw(t, "width"))
		nodes[i].Height = float64(rapid.IntRange(0, 90).Draw(t, "height"))
	}
	place := rapid.Permutation(indices(n)).Draw(t, "place") // so that indices say nothing about ranks
	var edges []Edge
	for range rapid.IntRange(0, 3*n).Draw(t, "edges") {
		if n < 2 {
			break
		}
		a := rapid.IntRange(0, n-2).Draw(t, "from")
		b := rapid.IntRange(a+1, n-1).Draw(t, "to")
		edges = append(edges, Edge{place[a], place[b]})
	}
	return nodes, edges
}

func indices(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// tree returns the edges of a binary tree of n nodes, parents first.
func tree(n int) []Edge {
	var edges []Edge
	for i := 1; i < n; i++ {
		edges = append(edges, Edge{(i - 1) / 2, i})
	}
	return edges
}

// reversed turns every edge of a graph of n nodes around.
func reversed(n int, edges []Edge) []Edge {
	var out []Edge
	for _, e := range edges {
		out = append(out, Edge{n - 1 - e.To, n - 1 - e.From})
	}
	return out
}

// fan returns a source, width nodes and a sink.
func fan(width int) []Edge {
	var edges []Edge
	for i := 1; i <= width; i++ {
		edges = append(edges, Edge{0, i}, Edge{i, width + 1})
	}
	return edges
}

// complete returns the edges of K(a,b).
func complete(a, b int) []Edge {
	var edges []Edge
	for i := range a {
		for j := range b {
			edges = append(edges, Edge{i, a + j})
		}
	}
	return edges
}

// grid returns the edges of an r × c stencil: each cell leads to the one on its
// right and the one below.
func grid(r, c int) []Edge {
	var edges []Edge
	for i := range r {
		for j := range c {
			if j+1 < c {
				edges = append(edges, Edge{i*c + j, i*c + j + 1})
			}
			if i+1 < r {
				edges = append(edges, Edge{i*c + j, (i+1)*c + j})
			}
		}
	}
	return edges
}
