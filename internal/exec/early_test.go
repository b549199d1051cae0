package exec

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// Layers of large results that stand behind each other in a graph run a few results at a time, not a layer at a time.
func TestFewLargeResultsOfLayersExistAtATime(t *testing.T) {
	const n, slots = 40, 2
	s, err := block.Open(block.Options{Limit: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: slots, Store: s})
	defer func() {
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	again := &Op{
		Call: func(_ context.Context, in []any) (any, error) { return strings.Clone(in[0].(string)), nil },
		Size: repeatText.Size, Form: repeatText.Form,
	}
	b := graph.NewBuilder()
	layer := func(name string, op *Op, args func(k int) []graph.Ref) graph.Index {
		c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: name, Impl: op}), Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
		first := graph.Index(b.Len())
		for k := range n {
			b.Add(c, args(k)...)
		}
		return first
	}
	behind := func(first graph.Index) func(k int) []graph.Ref {
		return func(k int) []graph.Ref { return []graph.Ref{graph.OutputRef(first+graph.Index(k), 0)} }
	}
	made := layer("go/text", repeatText, func(int) []graph.Ref { return nil })
	copied := layer("go/again", again, behind(made))
	lengths := layer("go/length", lengthOf, behind(copied))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	wants := make([]graph.Index, n)
	for k := range wants {
		wants[k] = lengths + graph.Index(k)
	}
	r, err := x.Submit(g, Want{Tasks: wants})
	if err != nil {
		t.Fatal(err)
	}
	defer r.ReleaseAll(nil)
	<-r.Done()
	for _, i := range wants {
		if v, f, _ := r.Outcome(i); f != nil || v != 50_000 {
			t.Fatalf("task %d: %v, %v", i, v, f)
		}
	}
	// A slot has a result, what is made of it, and as much again that is expected; another slot may have taken the first of its results over.
	if most := s.Stats().Peak / 50_000; most > 5*slots {
		t.Errorf("there was room for %d results of layers of %d: %d are enough", most, n, 5*slots)
	}
}
