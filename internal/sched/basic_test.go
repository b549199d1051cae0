package sched

import (
	"testing"

	"github.com/braid-compute/braid/graph"
)

func TestATreeRunsOnTwoAgents(t *testing.T) {
	w := newWorld(Config{})
	w.join(2)
	w.join(2)
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: "go/f", Outputs: 1})
	call := b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	var level []graph.Index
	for range 64 {
		level = append(level, b.Add(call))
	}
	for len(level) > 1 {
		var up []graph.Index
		for k := 0; k < len(level); k += 2 {
			up = append(up, b.Add(call, graph.OutputRef(level[k], 0), graph.OutputRef(level[k+1], 0)))
		}
		level = up
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	w.submit(1, 1, g, level[0])
	w.settle(nil)
	if err := w.verify(); err != nil {
		t.Fatal(err)
	}
	if n := w.s.Stats().Blocks; n != 1 {
		t.Errorf("%d blocks are held in the end, want 1", n)
	}
}
