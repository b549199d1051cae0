package exec

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A graph of a million explicit tasks with about two inputs each takes at most 150 bytes a task, its own tables and the
// executor's state of every task together, before there are results.
func TestMemoryOfExplicitTasks(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what memory is used")
	}
	const n = 1_000_000
	before := liveHeap()
	gate := make(chan struct{})
	first := true
	g := randomGraphOf(t, n, &Op{Call: func(context.Context, []any) (any, error) {
		if first { // only task 0 runs before the gate opens: the others need it
			first = false
			<-gate
		}
		return nil, nil
	}})
	x := New(Config{Slots: 1})
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.pages {
		r.page(uint32(i))
	}
	per := float64(liveHeap()-before) / n
	t.Logf("%.1f bytes a task", per)
	if per > 150 {
		t.Errorf("%.1f bytes a task, at most 150 are allowed", per)
	}
	runtime.KeepAlive(g)
	close(gate)
	<-r.Done()
	if err := x.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
}

// A layer of a million tasks over a column takes at most a megabyte before its tasks are reached.
func TestMemoryOfAffineLayer(t *testing.T) {
	const n = 1_000_000
	items := make(ints, n)
	gate := make(chan struct{})
	before := liveHeap()
	op := &Op{Call: func(context.Context, []any) (any, error) { <-gate; return nil, nil }}
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/wait", Impl: op}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	col := b.Literal(items)
	b.Affine(graph.Affine{Call: c, Space: []uint32{n}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(n)}}})
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: 2})
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	used := liveHeap() - before
	t.Logf("%d bytes for the layer", used)
	if used > 1_000_000 {
		t.Errorf("%d bytes for a layer of a million tasks, at most 1,000,000 are allowed", used)
	}
	close(gate)
	<-r.Done()
	if err := x.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
}
