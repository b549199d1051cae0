package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// A task that was ended because it took more memory than its call says is tried again with a larger claim: twice as much each time,
// up to what the largest agent has that could run it otherwise. These attempts are not among the call's retries, which would
// only end in the same way.

// maxGrowth bounds how often a claim grows: an agent may state no limit.
const maxGrowth = 10

// growth is the larger claim of a task.
type growth struct {
	call         // as the task's, with a class of its own
	bytes uint64 // of memory
	times int
}

// Claims returns what says how many bytes of memory a task of a run may take if that is more than its call says, else 0; nil if no task
// of it may.
func (s *State) Claims(of word.Run) func(graph.Index) int64 {
	r := s.run(of)
	if r == nil || len(r.grown) == 0 {
		return nil
	}
	return func(i graph.Index) int64 {
		if g := r.grown[i]; g != nil {
			return int64(g.bytes)
		}
		return 0
	}
}

// exceeded takes the report in that an attempt was ended because of its limit of memory. It reports whether the task is tried again.
func (s *State) exceeded(r *run, i graph.Index) bool {
	g := s.larger(r, i)
	if g == nil {
		return false
	}
	class := r.classes[g.class]
	g.class = s.classWith(r, class, s.memoryNeed(class), g.bytes)
	s.lose([]lost{{x: ref{r, i}, quietly: true, regrown: g}})
	s.tellPast(ref{r, i})
	return true
}

// setGrown gives a task that nobody has a larger claim.
func (r *run) setGrown(i graph.Index, g *growth) {
	if r.grown == nil {
		r.grown = make(map[graph.Index]*growth)
	}
	r.grown[i] = g
}

// larger returns the next claim of a task whose attempt was ended at the one before, still with the class of that; nil if it
// cannot have more.
func (s *State) larger(r *run, i graph.Index) *growth {
	c, times := r.callOf(i), 0
	class := r.classes[c.class]
	k := s.memoryNeed(class)
	if g := r.grown[i]; g != nil {
		times = g.times
	}
	if c.gang || k < 0 || times == maxGrowth {
		return nil
	}
	claim, most := class.needs[k].amount, uint64(0)
	for _, a := range s.live {
		if a.mayRunBut(class, k) {
			most = max(most, a.have[class.needs[k].resource])
		}
	}
	if most <= claim {
		return nil
	}
	return &growth{call: *c, bytes: min(2*claim, most), times: times + 1}
}

// memoryNeed returns which of the needs of a class is memory, -1 if none is.
func (s *State) memoryNeed(c *class) int {
	return slices.IndexFunc(c.needs, func(n need) bool { return s.resources[n.resource].name == "memory" })
}

// mayRunBut reports whether an agent has what a class needs, whatever it has of need k.
func (a *agent) mayRunBut(c *class, k int) bool {
	other := class{worker: c.worker, needs: slices.Delete(slices.Clone(c.needs), k, k+1)}
	return a.mayRun(&other) && c.needs[k].resource < len(a.have)
}

// classWith returns the number of the class of a run that is as another one, with so much of need k.
func (s *State) classWith(r *run, like *class, k int, amount uint64) uint32 {
	c := &class{run: r, worker: like.worker, needs: slices.Clone(like.needs)}
	c.needs[k].amount = amount
	n := slices.IndexFunc(r.classes, func(o *class) bool { return o.worker == c.worker && slices.Equal(o.needs, c.needs) })
	if n >= 0 {
		return uint32(n)
	}
	for _, n := range c.needs {
		s.resources[n.resource].uses++
	}
	r.classes = append(r.classes, c)
	return uint32(len(r.classes) - 1)
}
