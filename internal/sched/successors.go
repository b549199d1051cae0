package sched

import "github.com/braid-compute/braid/graph"

// successors are the consumers of each task in compressed sparse rows; a task stands there once for each reference. A run
// whose tasks take nothing from each other has none.
type successors struct {
	ends []uint32
	to   []graph.Index
}

func (s *successors) of(i graph.Index) []graph.Index {
	if s.ends == nil {
		return nil
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.to[start:s.ends[i]]
}

// newSuccessors turns the references of a graph around: two linear passes, no sorting.
func newSuccessors(g *graph.Graph) successors {
	n := g.Len()
	if g.Independent() {
		return successors{}
	}
	ends := make([]uint32, n+1)
	buf := make([]graph.Ref, 0, 64)
	for i := range n {
		_, args := g.Task(graph.Index(i), buf)
		for _, a := range args {
			if a.Kind() == graph.RefOutput {
				ends[a.Task()+1]++
			}
		}
	}
	for i := range n {
		ends[i+1] += ends[i]
	}
	to := make([]graph.Index, ends[n])
	for i := range n { // ends[t] is the next free place of task t's row, and in the end the row's end
		_, args := g.Task(graph.Index(i), buf)
		for _, a := range args {
			if a.Kind() == graph.RefOutput {
				t := a.Task()
				to[ends[t]] = graph.Index(i)
				ends[t]++
			}
		}
	}
	return successors{ends: ends[:n], to: to}
}
