package graph

// Successors are the tasks that take the result of each task of a graph, in compressed sparse rows: one stands in a row as often
// as it takes that result. Those of a graph whose tasks take nothing from each other need no memory.
type Successors struct {
	ends []uint32 // ends[i] is where the row of task i ends in to
	to   []Index
}

// Of returns the tasks that take the result of task i, in their order. Nobody may change it.
func (s *Successors) Of(i Index) []Index {
	if s.ends == nil {
		return nil
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.to[start:s.ends[i]]
}

// Empty reports whether no task takes the result of another.
func (s *Successors) Empty() bool { return s.ends == nil }

// Successors turns the references between tasks around, in two passes over them.
func (g *Graph) Successors() Successors {
	n := g.Len()
	if g.Independent() {
		return Successors{}
	}
	ends := make([]uint32, n+1)
	buf := make([]Ref, 0, 64)
	for i := range n {
		_, args := g.Task(Index(i), buf)
		for _, a := range args {
			if a.Kind() == RefOutput {
				ends[a.Task()+1]++
			}
		}
	}
	for i := range n {
		ends[i+1] += ends[i]
	}
	if ends[n] == 0 { // the layers with maps have no tasks, or take only what is given
		return Successors{}
	}
	to := make([]Index, ends[n])
	for i := range n { // ends[t] is the next free place of task t's row, and in the end the row's end
		_, args := g.Task(Index(i), buf)
		for _, a := range args {
			if a.Kind() == RefOutput {
				t := a.Task()
				to[ends[t]] = Index(i)
				ends[t]++
			}
		}
	}
	return Successors{ends: ends[:n], to: to}
}
