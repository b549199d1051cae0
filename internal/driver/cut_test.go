package driver

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// whole is a graph with every kind of reference, as it comes from a client: 40 items of a column, sums of earlier tasks and
// lists, a list of another run, and a fused chain.
func whole(t *testing.T, rng *rand.Rand) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	item, sum := b.Op(graph.Op{Name: "go/item"}), b.Op(graph.Op{Name: "go/sum"})
	plain, careful := b.Traits(graph.Traits{}), b.Traits(graph.Traits{Retries: 3})
	site := b.AddSite(graph.Site{File: "main.go", Line: 7})
	c1 := b.Call(graph.Call{Op: item, Traits: plain, Site: site})
	c2 := b.Call(graph.Call{Op: sum, Traits: careful, Site: site})
	chain := b.Call(graph.Call{Op: sum, Traits: plain, Site: site, Program: b.Program(graph.Program{Steps: []graph.Step{
		{Call: c1, Inputs: []int32{0}}, {Call: c2, Inputs: []int32{graph.Previous, 1}},
	}})})
	var items [][]byte
	for n := range 40 {
		items = append(items, fmt.Appendf(nil, "item %d", n))
	}
	column := b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Column: true, Items: items}})
	literal := b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Items: [][]byte{[]byte("literal")}}})
	list := b.External(graph.External{Submission: 9, Task: 4, List: true, Count: 3})
	single := b.External(graph.External{Submission: 9, Task: 2, Output: 1})
	b.Affine(graph.Affine{Call: c1, Space: []uint32{40}, Args: []graph.AffineArg{{Ref: graph.ItemRef(column.Table(), 0), Map: graph.Identity(40)}}})
	for n := range 60 {
		some := func() graph.Ref { return graph.OutputRef(graph.Index(rng.IntN(40+n)), 0) }
		switch rng.IntN(4) {
		case 0:
			b.Add(c2, some(), literal)
		case 1:
			b.Add(c2, graph.ListRef(3), some(), single, literal, list)
		case 2:
			b.Add(chain, some(), some())
		default:
			b.Add(c2, graph.ItemRef(column.Table(), uint32(rng.IntN(40))), some())
		}
	}
	b.Key(70, "the key")
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// describe writes down what a task of a graph is, with references to tasks as run/index, however they are expressed.
func describe(g *graph.Graph, run word.Run, i graph.Index, name func(graph.Index) word.Task) string {
	number, refs := g.Task(i, nil)
	call := g.Calls()[number]
	var b strings.Builder
	fmt.Fprintf(&b, "%s %+v %v %q", g.Ops()[call.Op].Name, g.Traits()[call.Traits], g.Sites()[call.Site], g.Key(i))
	if call.Program > 0 {
		for _, s := range g.Programs()[call.Program-1].Steps {
			fmt.Fprintf(&b, " step %s %v", g.Ops()[g.Calls()[s.Call].Op].Name, s.Inputs)
		}
	}
	for _, r := range refs {
		switch r.Kind() {
		case graph.RefOutput:
			fmt.Fprintf(&b, " %v:%d", name(r.Task()), r.Output())
		case graph.RefExternal:
			e := g.Externals()[r.Table()]
			if e.List {
				fmt.Fprintf(&b, " list %d/%d+%d", e.Submission, e.Task, e.Count)
			} else {
				fmt.Fprintf(&b, " %v:%d", word.Task{Run: word.Run(e.Submission), Index: e.Task}, e.Output)
			}
		case graph.RefLiteral:
			fmt.Fprintf(&b, " %q", g.Literal(r.Table()).Encoded.Items[0])
		case graph.RefItem:
			fmt.Fprintf(&b, " %q", g.Literal(r.Table()).Encoded.Items[r.Item()])
		default:
			fmt.Fprintf(&b, " %v", r)
		}
	}
	return b.String()
}

// Whatever tasks a window has, an agent finds in its body what the client wrote down.
func TestAWindowSaysOfItsTasksWhatTheGraphSays(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	c := newCutter()
	const run = 5
	for range 200 {
		g := whole(t, rng)
		var tasks []word.Block
		for i := range graph.Index(g.Len()) {
			if rng.IntN(3) > 0 {
				tasks = append(tasks, word.Block{Task: word.Task{Run: run, Index: i}})
			}
		}
		body, _, err := c.cut(g, run, tasks, 0)
		if err != nil {
			t.Fatal(err)
		}
		window, err := graph.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if window.Len() != len(tasks) {
			t.Fatalf("the window has %d tasks, want %d", window.Len(), len(tasks))
		}
		for k, b := range tasks {
			got := describe(window, run, graph.Index(k), func(i graph.Index) word.Task { return tasks[i].Task })
			want := describe(g, run, b.Task.Index, func(i graph.Index) word.Task { return word.Task{Run: run, Index: i} })
			if got != want {
				t.Fatalf("task %v is\n%s\nin the window, and\n%s\nin the graph", b.Task, got, want)
			}
		}
	}
}

func TestCuttingLeavesTheGraphAsItIs(t *testing.T) {
	g := whole(t, rand.New(rand.NewPCG(1, 2)))
	encoded := func() []byte {
		data, err := graph.Encode(g, graph.EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	before := encoded()
	var tasks []word.Block
	for i := range graph.Index(g.Len()) { // backwards, so that tasks of the column come after others
		tasks = append(tasks, word.Block{Task: word.Task{Run: 1, Index: graph.Index(g.Len()) - 1 - i}})
	}
	part, rest := divide(g, &word.Assign{Tasks: tasks, Ends: make([]uint32, len(tasks))}, 3, 1)
	for _, w := range []*word.Assign{part, rest} {
		if _, n, err := newCutter().cut(g, 1, w.Tasks, 0); err != nil || n != len(w.Tasks) {
			t.Fatal(n, err)
		}
	}
	takerOf(g, 1<<20, 0)
	if !bytes.Equal(encoded(), before) {
		t.Error("the graph has changed")
	}
}

func TestPlacesAreFoundInAnyOrder(t *testing.T) {
	var p places
	order := []graph.Index{5, 6, 7, 20, 3, 4, 21, 22, 8}
	for k, i := range order {
		p.add(i, uint32(k))
	}
	for k, i := range order {
		if at, ok := p.find(i); !ok || at != uint32(k) {
			t.Errorf("task %d is at %d, %v; want %d", i, at, ok, k)
		}
	}
	for _, i := range []graph.Index{0, 9, 19, 23} {
		if at, ok := p.find(i); ok {
			t.Errorf("task %d, which is not there, is at %d", i, at)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	g := func() *graph.Graph {
		w := graph.NewBuilder()
		c := w.Call(graph.Call{Op: w.Op(graph.Op{Name: "go/item"}), Traits: w.Traits(graph.Traits{}), Site: w.Site(0)})
		items := make([][]byte, 1<<16)
		for n := range items {
			items[n] = []byte("0123456789abcdef0123456789abcdef01234567")
		}
		col := w.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Column: true, Items: items}})
		w.Affine(graph.Affine{Call: c, Space: []uint32{1 << 16}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(1 << 16)}}})
		g, err := w.Build()
		if err != nil {
			b.Fatal(err)
		}
		return g
	}()
	tasks := make([]word.Block, 2000)
	for k := range tasks {
		tasks[k].Task = word.Task{Run: 1, Index: graph.Index(k)}
	}
	c := newCutter()
	for b.Loop() {
		if _, _, err := c.cut(g, 1, tasks, 0); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(tasks)), "ns/task")
}

// A task that gets more memory than its call says has a call of its own in the window, which says so.
func TestAWindowSaysWhatGrownTasksMayTake(t *testing.T) {
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f", Outputs: 1}), Traits: b.Traits(graph.Traits{Needs: graph.Needs{Memory: 100}}), Site: b.Site(0)})
	var tasks []word.Block
	for range 4 {
		tasks = append(tasks, word.Block{Task: word.Task{Run: 1, Index: b.Add(call)}})
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	c := newCutter()
	c.claim = func(i graph.Index) int64 { return []int64{0, 200, 0, 400}[i] }
	for range 2 { // its tables are used again
		body, _, err := c.cut(g, 1, tasks, 0)
		if err != nil {
			t.Fatal(err)
		}
		window, err := graph.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int64{100, 200, 100, 400} {
			if got := window.Traits()[window.Calls()[window.CallOf(graph.Index(i))].Traits].Needs.Memory; got != want {
				t.Errorf("task %d may take %d bytes, want %d", i, got, want)
			}
		}
	}
}
