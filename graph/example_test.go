package graph_test

import (
	"fmt"
	"os"

	"github.com/braid-compute/braid/graph"
)

// diamond writes down a task, two that take its output, and one that takes both of theirs.
func diamond() (*graph.Graph, error) {
	b := graph.NewBuilder()
	plain, unknown := b.Traits(graph.Traits{}), b.Site(0)
	call := func(name string) uint32 {
		return b.Call(graph.Call{Op: b.Op(graph.Op{Name: name}), Traits: plain, Site: unknown})
	}
	square, add := call("go/square"), call("go/add")
	top := b.Add(square, b.Literal(3))
	left := b.Add(square, graph.OutputRef(top, 0))
	right := b.Add(add, graph.OutputRef(top, 0), b.Literal(1))
	end := b.Add(add, graph.OutputRef(left, 0), graph.OutputRef(right, 0))
	b.Key(end, "result")
	return b.Build()
}

func ExampleBuilder() {
	g, err := diamond()
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range g.Len() {
		_, refs := g.Task(graph.Index(i), nil)
		fmt.Println(g.Name(graph.Index(i)), "takes", refs)
	}
	// Output:
	// square#0 takes [literal 0]
	// square#1 takes [output 0 of task 0]
	// add#2 takes [output 0 of task 0 literal 1]
	// result takes [output 0 of task 1 output 0 of task 2]
}

func ExampleBuilder_Affine() {
	b := graph.NewBuilder()
	load := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/load"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	turn := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/turn"})})
	// A thousand by a thousand blocks, and each of them transposed: task (i, j) takes block (j, i).
	blocks := b.Affine(graph.Affine{Call: load, Space: []uint32{1000, 1000}})
	b.Affine(graph.Affine{Call: turn, Space: []uint32{1000, 1000}, Args: []graph.AffineArg{
		{Ref: graph.OutputRef(blocks, 0), Map: graph.IndexMap{Coef: []int64{1, 1000}}},
	}})
	g, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, refs := g.Task(1_000_000+2*1000+7, nil)
	fmt.Println(g.Len(), "tasks in less than 2 kB:", g.Bytes() < 2000)
	fmt.Println("block (2, 7) takes", refs[0])
	// Output:
	// 2000000 tasks in less than 2 kB: true
	// block (2, 7) takes output 0 of task 7002
}

func ExampleGraph_Cull() {
	g, err := diamond()
	if err != nil {
		fmt.Println(err)
		return
	}
	half, to := g.Cull(1)
	now, _ := to.To(1)
	_, kept := to.To(3)
	fmt.Println(half.Len(), "tasks; task 1 is", half.Name(now), "and task 3 is kept:", kept)
	// Output: 2 tasks; task 1 is square#1 and task 3 is kept: false
}

func ExampleGraph_Fuse() {
	b := graph.NewBuilder()
	square := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/square"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	add := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/add"})})
	first := b.Add(square, b.Literal(3))
	last := b.Add(add, graph.OutputRef(first, 0), b.Literal(4))
	g, err := b.Build()
	if err != nil {
		fmt.Println(err)
		return
	}
	g, to := g.Fuse(last)
	now, _ := to.To(last)
	fmt.Println(g.Name(now), g.Programs()[0].Steps)
	// Output: square→add#0 [{0 [0]} {1 [-1 1]}]
}

func ExampleVisualize() {
	g, err := diamond()
	if err != nil {
		fmt.Println(err)
		return
	}
	err = graph.Visualize(os.Stdout, g, graph.VisualizeOptions{Format: graph.DOT})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// digraph {
	// 	label="4 tasks";
	// 	node [shape=box, style="rounded,filled", fontname="monospace", fontsize=12];
	// 	n0 [label="square#0", tooltip="square#0: square(3)", class="plain", fillcolor="#f6f8fa", color="#57606a", penwidth=1];
	// 	n1 [label="square#1", tooltip="square#1: square(square#0)", class="plain", fillcolor="#f6f8fa", color="#57606a", penwidth=1];
	// 	n2 [label="add#2", tooltip="add#2: add(square#0, 1)", class="plain", fillcolor="#f6f8fa", color="#57606a", penwidth=1];
	// 	n3 [label="result", tooltip="result: add(square#1, add#2)", class="plain", fillcolor="#f6f8fa", color="#57606a", penwidth=1];
	// 	n0 -> n1;
	// 	n0 -> n2;
	// 	n1 -> n3;
	// 	n2 -> n3;
	// }
}

func ExampleEncode() {
	g, err := diamond()
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err = graph.Encode(g, graph.EncodeOptions{}); err != nil {
		fmt.Println(err)
	}
	data, err := graph.Encode(g, graph.EncodeOptions{Literal: func(l graph.Literal) (*graph.Encoded, error) {
		return &graph.Encoded{Items: [][]byte{fmt.Append(nil, l.Live)}}, nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err = graph.Decode(data)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: literal 0 is %q now\n", g.Name(3), g.Literal(0).Encoded.Items[0])
	// Output:
	// graph: encode: task 0 (square) has a live literal (int): encode it first, or give EncodeOptions.Literal
	// result: literal 0 is "3" now
}
