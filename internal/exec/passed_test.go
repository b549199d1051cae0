package exec

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
)

// Tasks that fail because of an input are no longer counted as passed: otherwise their run would seem far ahead for good,
// and its other tasks would run one at a time.
func TestFailedInputsLeaveNoTaskCountedAsPassed(t *testing.T) {
	gate := make(chan struct{})
	fail := &Op{Call: func(context.Context, []any) (any, error) { <-gate; return nil, errors.New("no") }}
	b := graph.NewBuilder()
	traits, site := b.Traits(graph.Traits{}), b.Site(0)
	first := b.Add(b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/fail", Impl: fail}), Traits: traits, Site: site}))
	rest := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/empty", Impl: empty}), Traits: traits, Site: site})
	for range 5000 {
		b.Add(rest, graph.OutputRef(first, 0))
	}
	walked := make(chan struct{})
	b.Add(b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/last", Impl: &Op{
		Call: func(context.Context, []any) (any, error) { close(walked); return nil, nil },
	}}), Traits: traits, Site: site}))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	x := New(Config{Slots: 2})
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	<-walked // the other slot has passed everything between
	if n := r.passed.Load(); n < 4000 {
		t.Errorf("%d tasks are counted as passed, want nearly 5000: the test tests nothing", n)
	}
	close(gate)
	<-r.Done()
	if err := x.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := r.passed.Load(); n != 0 {
		t.Errorf("%d tasks are still counted as passed", n)
	}
}
