package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
)

// A task that is given up may be one for which assigned tasks wait. These fill windows, so it is placed whether there is room
// in one or not, and so is all that has to be made again for it; otherwise two agents could wait for each other's windows.

// urgent is a task that is to be placed at once, at a given agent if there is one.
type urgent struct {
	ref
	to *agent
}

// isAwaited reports whether an assigned or urgent task takes a task's result.
func (s *State) isAwaited(x ref) bool {
	awaited := false
	x.r.eachConsumer(x.i, x.task(), func(r *run, i graph.Index) {
		if t := r.peek(i); t != nil && (t.state == assigned || t.state.pending() && t.has(flagUrgent)) {
			awaited = true
		}
	})
	return awaited
}

// hurry makes a task urgent, and its inputs that are not placed.
func (s *State) hurry(x ref) {
	stack := []ref{x}
	for len(stack) > 0 {
		x := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		t := x.task()
		if t.has(flagUrgent) || t.state != waiting && t.state != ready {
			continue
		}
		t.flags |= flagUrgent
		if t.state == waiting {
			stack = x.r.inputs(x.i, stack)
			continue
		}
		if t.queue == agentQueue || t.queue == rootQueue || t.queue == classQueue && x.r.callOf(x.i).class == 0 {
			s.dequeue(x.r, x.i, t)
			s.ready(x.r, x.i, t)
		}
	}
}

// placeUrgent assigns urgent tasks to the agents that have most of their inputs.
func (s *State) placeUrgent() {
	if len(s.live) == 0 {
		return
	}
	list := s.urgent
	s.urgent, s.postponed = nil, false
	slices.SortStableFunc(list, func(a, b urgent) int { return int(int64(a.r.id) - int64(b.r.id)) })
	for n, x := range list {
		if s.budget <= 0 {
			s.urgent = append(s.urgent, list[n:]...)
			s.postponed = true
			break
		}
		t := x.task()
		if s.runs[x.r.id] != x.r || t.state != ready || t.queue != urgentQueue {
			continue
		}
		a := x.to
		if a == nil || a.lost || a.reserved != notReserved && s.wish[x.ref] != a {
			a = s.home(x.r, x.i)
		}
		if a.reserved != notReserved { // or all are: until one is given back
			s.urgent = append(s.urgent, x)
			continue
		}
		s.assign(a, x.r, x.i, t)
		s.endAssign(a)
	}
}
