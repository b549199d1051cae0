package layered

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const slack = 0.11 // coordinates are rounded to a tenth

func TestDrawingsOfRandomGraphsAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, edges := drawGraph(t)
		o := Options{LeftToRight: rapid.Bool().Draw(t, "left to right")}
		d, err := Layout(nodes, edges, o)
		if err != nil {
			t.Fatal(err)
		}
		checkBoxes(t, d)
		checkRoutes(t, d, edges)
		if again, _ := Layout(nodes, edges, o); !reflect.DeepEqual(d, again) {
			t.Fatal("two layouts of one graph differ")
		}
	})
}

// checkBoxes fails if boxes overlap, stick out, or are out of their rank.
func checkBoxes(t rapid.TB, d *Drawing) {
	t.Helper()
	for i, a := range d.Boxes {
		if a.Center.X-a.Width/2 < -slack || a.Center.X+a.Width/2 > d.Width+slack ||
			a.Center.Y-a.Height/2 < -slack || a.Center.Y+a.Height/2 > d.Height+slack {
			t.Fatalf("box %d sticks out of the drawing", i)
		}
		for j, b := range d.Boxes[:i] {
			if math.Abs(a.Center.X-b.Center.X) < (a.Width+b.Width)/2-slack && math.Abs(a.Center.Y-b.Center.Y) < (a.Height+b.Height)/2-slack {
				t.Fatalf("boxes %d and %d overlap: %+v, %+v", i, j, a, b)
			}
			if a.Rank == b.Rank && along(a.Center, d) != along(b.Center, d) {
				t.Fatalf("boxes %d and %d are of rank %d and not in line", i, j, a.Rank)
			}
		}
	}
}

// along is the coordinate in which ranks follow each other.
func along(p Point, d *Drawing) float64 {
	if d.LeftToRight {
		return p.X
	}
	return p.Y
}

// checkRoutes fails if an edge does not lead from its box to the other, moves
// against the ranks, or runs through a box that is not its own.
func checkRoutes(t rapid.TB, d *Drawing, edges []Edge) {
	t.Helper()
	for i, r := range d.Routes {
		from, to := d.Boxes[r.From], d.Boxes[r.To]
		if r.Edge != edges[i] || from.Rank >= to.Rank {
			t.Fatalf("edge %d: %+v from rank %d to rank %d", i, r.Edge, from.Rank, to.Rank)
		}
		if !touches(r.Points[0], from) || !touches(r.Points[len(r.Points)-1], to) {
			t.Fatalf("edge %d does not end at its boxes", i)
		}
		if len(r.Points) != 2*(to.Rank-from.Rank)+2 {
			t.Fatalf("edge %d over %d ranks has %d points", i, to.Rank-from.Rank, len(r.Points))
		}
		for k := 1; k < len(r.Points); k++ {
			p, q := r.Points[k-1], r.Points[k]
			if along(q, d) < along(p, d) {
				t.Fatalf("edge %d moves against the ranks", i)
			}
			for j, b := range d.Boxes {
				if j != r.From && j != r.To && cuts(p, q, b) {
					t.Fatalf("edge %d runs through box %d", i, j)
				}
			}
		}
	}
}

func touches(p Point, b Box) bool {
	return math.Abs(p.X-b.Center.X) <= b.Width/2+slack && math.Abs(p.Y-b.Center.Y) <= b.Height/2+slack
}

// cuts reports whether the segment pq enters the inside of b, by clipping.
func cuts(p, q Point, b Box) bool {
	lo, hi := 0.0, 1.0
	clip := func(start, delta, least, most float64) {
		if delta == 0 {
			if start <= least || start >= most {
				hi = -1
			}
			return
		}
		t0, t1 := (least-start)/delta, (most-start)/delta
		lo, hi = max(lo, min(t0, t1)), min(hi, max(t0, t1))
	}
	w, h := b.Width/2-slack, b.Height/2-slack
	if w <= 0 || h <= 0 {
		return false
	}
	clip(p.X, q.X-p.X, b.Center.X-w, b.Center.X+w)
	clip(p.Y, q.Y-p.Y, b.Center.Y-h, b.Center.Y+h)
	return lo < hi
}

func TestOrderIsNeverWorseThanTheInitialOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, edges := drawGraph(t)
		rank, err := assignRanks(nodes, edges)
		if err != nil {
			t.Fatal(err)
		}
		l := newLayers(nodes, edges, rank, Options{}.withDefaults())
		l.initialOrder()
		first := l.crossings()
		if slow := l.crossingsByPairs(); slow != first {
			t.Fatalf("%d crossings counted, %d by comparing all pairs", first, slow)
		}
		l.reduceCrossings()
		if n := l.crossings(); n > first || n != l.crossingsByPairs() {
			t.Fatalf("%d crossings at first, %d at the end, %d by comparing all pairs", first, n, l.crossingsByPairs())
		}
	})
}

// crossingsByPairs is the slow, obvious count.
func (l *layers) crossingsByPairs() int {
	type ends struct{ rank, upper, lower int }
	var all []ends
	for u := range l.down {
		for _, v := range l.down[u] {
			all = append(all, ends{l.rank[u], l.pos[u], l.pos[v]})
		}
	}
	n := 0
	for i, a := range all {
		for _, b := range all[:i] {
			if a.rank == b.rank && (a.upper-b.upper)*(a.lower-b.lower) < 0 {
				n++
			}
		}
	}
	return n
}

func TestKnownGraphsReachTheirFewestCrossings(t *testing.T) {
	shuffled := func(n int, edges []Edge) []Edge {
		rng := rand.New(rand.NewPCG(1, 2))
		p := rng.Perm(n)
		out := make([]Edge, len(edges))
		for i, j := range rng.Perm(len(edges)) {
			out[i] = Edge{p[edges[j].From], p[edges[j].To]}
		}
		return out
	}
	for _, c := range []struct {
		name      string
		n         int
		edges     []Edge
		crossings int
		ranks     int
	}{
		{"no edges", 3, nil, 0, 1},
		{"chain", 4, []Edge{{0, 1}, {1, 2}, {2, 3}}, 0, 4},
		{"parallel edges", 2, []Edge{{0, 1}, {0, 1}, {0, 1}}, 0, 2},
		{"shortcut", 3, []Edge{{0, 1}, {1, 2}, {0, 2}}, 0, 3},
		{"tree of 31", 31, tree(31), 0, 5},
		{"reduction of 31", 31, reversed(31, tree(31)), 0, 5},
		{"fan of 20", 22, fan(20), 0, 3},
		{"stencil 5 × 5", 25, grid(5, 5), 0, 9},
		{"two crossed pairs", 4, []Edge{{0, 3}, {1, 2}}, 0, 2},
		{"K2,2", 4, complete(2, 2), 1, 2},  // C(2,2)·C(2,2)
		{"K3,3", 6, complete(3, 3), 9, 2},  // C(3,2)²
		{"K4,5", 9, complete(4, 5), 60, 2}, // C(4,2)·C(5,2)
	} {
		for name, edges := range map[string][]Edge{c.name: c.edges, c.name + ", shuffled": shuffled(c.n, c.edges)} {
			d, err := Layout(boxes(c.n), edges, Options{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if d.Crossings != c.crossings || d.Ranks != c.ranks {
				t.Errorf("%s: %d crossings on %d ranks, want %d on %d", name, d.Crossings, d.Ranks, c.crossings, c.ranks)
			}
		}
	}
}

func TestNodesSitCloseToWhatTheyFeed(t *testing.T) {
	// 4 feeds only 3, at the end of a chain: it belongs just above it.
	d, err := Layout(boxes(5), []Edge{{0, 1}, {1, 2}, {2, 3}, {4, 3}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Boxes[4].Rank != 2 {
		t.Errorf("the late input is on rank %d, want 2", d.Boxes[4].Rank)
	}
}

func TestChainsAndFansAreStraightAndCentred(t *testing.T) {
	d, _ := Layout(boxes(4), []Edge{{0, 1}, {1, 2}, {2, 3}}, Options{})
	for _, r := range d.Routes {
		for _, p := range r.Points {
			if p.X != d.Boxes[0].Center.X {
				t.Errorf("the chain bends at %v", p)
			}
		}
	}
	d, _ = Layout(boxes(22), fan(20), Options{})
	if middle := d.Width / 2; math.Abs(d.Boxes[0].Center.X-middle) > 40 || math.Abs(d.Boxes[21].Center.X-middle) > 40 {
		t.Errorf("source at %v and sink at %v of a fan %v wide", d.Boxes[0].Center.X, d.Boxes[21].Center.X, d.Width)
	}
}

func TestBadInputIsNamed(t *testing.T) {
	labelled := boxes(5)
	for _, c := range []struct {
		nodes []Node
		edges []Edge
		want  string
	}{
		{labelled, []Edge{{0, 1}, {1, 2}, {2, 3}, {3, 1}, {3, 4}}, "cycle: node 1 (task 1) → node 2 (task 2) → node 3 (task 3) → node 1 (task 1)"},
		{labelled, []Edge{{2, 2}}, "node 2 (task 2) to itself"},
		{labelled, []Edge{{0, 5}}, "from node 0 to node 5, and there are 5 nodes"},
		{labelled, []Edge{{-1, 0}}, "node -1"},
		{[]Node{{Width: math.NaN()}}, nil, "node 0 has size NaN"},
		{[]Node{{Height: -1}}, nil, "-1"},
		{[]Node{{Height: math.Inf(1)}}, nil, "+Inf"},
	} {
		if _, err := Layout(c.nodes, c.edges, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := Layout(nil, nil, Options{NodeGap: math.NaN()}); err == nil {
		t.Error("a distance of NaN was taken")
	}
	if d, err := Layout(nil, nil, Options{}); err != nil || d.Width != 24 || d.Height != 24 {
		t.Errorf("no nodes: %+v, %v", d, err)
	}
}

// BenchmarkLayout is the stated limit, 500 nodes and 2,000 edges, in three
// shapes: edges that span many ranks, few ranks, and as many as there can be.
func BenchmarkLayout(b *testing.B) {
	const n, m = 500, 2000
	for name, reach := range map[string]int{"any": n, "near": 30, "chain": n} {
		rng := rand.New(rand.NewPCG(7, 7))
		var edges []Edge
		for i := 1; name == "chain" && i < n; i++ {
			edges = append(edges, Edge{i - 1, i})
		}
		for len(edges) < m {
			from := rng.IntN(n - 1)
			edges = append(edges, Edge{from, from + 1 + rng.IntN(min(reach, n-1-from))})
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Layout(boxes(n), edges, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
