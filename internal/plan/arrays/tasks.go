package arrays

import (
	"errors"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
)

// Tasks returns how many tasks computing an array takes.
func Tasks(n *Node) (int, error) {
	b := graph.NewBuilder()
	w := &plan.TaskWriter{
		Graph: b,
		Call: func(operation string, site uintptr, bytes int64) (uint32, error) {
			return b.Call(graph.Call{Op: b.Op(graph.Op{Name: operation}), Traits: b.Traits(graph.Traits{}), Site: b.Site(site)}), nil
		},
		Function: func(f any, site uintptr) (uint32, error) {
			return b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go"}), Traits: b.Traits(graph.Traits{}), Site: b.Site(site)}), nil
		},
		Earlier: func(r plan.Results, k int) (graph.Ref, error) { return b.Literal(nil), nil },
	}
	_, _, err := lower(w, n)
	if b.Len() > graph.MaxTasks {
		err = errors.Join(err, errors.New("more tasks than a graph can hold"))
	}
	return b.Len(), err
}
