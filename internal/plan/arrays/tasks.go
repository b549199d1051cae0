package arrays

import (
	"errors"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
)

// Tasks returns how many tasks computing an array takes, besides calls that the user delayed, where nothing is known of who
// runs them.
func Tasks(n *Node) (int, error) { return countTasks(&plan.TaskWriter{}, n) }

// countTasks returns how many tasks computing an array takes with what w says of who runs them.
func countTasks(w *plan.TaskWriter, n *Node) (int, error) {
	b := graph.NewBuilder()
	call := func(operation string, site uintptr) (uint32, error) {
		return b.Call(graph.Call{Op: b.Op(graph.Op{Name: operation}), Traits: b.Traits(graph.Traits{}), Site: b.Site(site)}), nil
	}
	w.Graph = b
	w.Call = func(operation string, site uintptr, bytes int64) (uint32, error) { return call(operation, site) }
	w.CallWith = func(operation string, _ any, site uintptr, bytes int64) (uint32, error) { return call(operation, site) }
	w.Function = func(f any, site uintptr) (uint32, error) { return call("go", site) }
	w.Arguments = func(of []any, site uintptr) ([]graph.Ref, error) {
		return slices.Repeat([]graph.Ref{b.Literal(nil)}, len(of)), nil
	}
	w.Earlier = func(r plan.Results, k int) (graph.Ref, error) { return b.Literal(nil), nil }
	_, _, err := lower(w, n)
	if b.Len() > graph.MaxTasks {
		err = errors.Join(err, errors.New("more tasks than a graph can hold"))
	}
	return b.Len(), err
}
