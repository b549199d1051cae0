package sched

import (
	"fmt"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// named is a graph of two tasks of an op, one of which needs a resource.
func named(t *testing.T, op, resource string) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	n := b.Op(graph.Op{Name: "go/" + op, Outputs: 1})
	b.Add(b.Call(graph.Call{Op: n, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)}))
	need := graph.Traits{Needs: graph.Needs{CPU: 2000, Named: []graph.Named{{Name: resource, Amount: 1000}, {Name: resource + "'", Amount: 1000}}}}
	b.Add(b.Call(graph.Call{Op: n, Traits: b.Traits(need), Site: b.Site(0)}))
	b.Add(b.Call(graph.Call{Op: n, Traits: b.Traits(need), Site: b.Site(0)}))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// What clients and agents name is forgotten with them: ops, as far as they are many, and resources.
func TestNamesAreForgotten(t *testing.T) {
	s := New(Config{})
	step := func(ev Event) { s.Step(0, ev, nil) }
	step(AgentJoined{1, word.Join{Name: "stays", Slots: 2, Resources: []word.Resource{{Name: "kept", Amount: 1000}}}})
	for n := range 3 * maxHabits {
		run := word.Run(n + 1)
		step(Submitted{1, run, named(t, fmt.Sprint("op", n), fmt.Sprint("resource", n)), true, nil})
		if agent := word.Agent(n + 2); n%100 == 0 {
			step(AgentJoined{agent, word.Join{Name: "goes", Slots: 1, Resources: []word.Resource{{Name: fmt.Sprint("own", n), Amount: 1000}}}})
			step(AgentLost{agent, "gone"})
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
		}
		step(ClientWord{1, &word.Release{Run: run, All: true}})
	}
	if n := len(s.habits); n > maxHabits+1 {
		t.Errorf("%d ops are remembered", n)
	}
	if n := len(s.resources); n > 10 {
		t.Errorf("there is room for %d resources: %+v", n, s.resources)
	}
	// What is still there means what it did.
	step(Submitted{1, 100_000, named(t, "last", "kept"), true, nil})
	if e := s.Explain(word.Task{Run: 100_000, Index: 1}); e.State != "failed" || e.Why != `it needs 2 cores and 1 of resource "kept" and 1 of resource "kept'"; of 1 worker the best has 2 cores and 1 of resource "kept" and 0 of resource "kept'" (offered are "kept")` {
		t.Errorf("%s: %s", e.State, e.Why)
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
}
