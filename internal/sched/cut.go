package sched

import (
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// Agents that the scheduler reaches and that do not reach each other: nothing is relayed, so tasks and their inputs are brought
// together where they can meet.

// link is a pair of agents of which the first cannot reach the second, by slots.
type link struct{ from, to uint32 }

// cutAfter is the number of inputs that may fail to come from an agent that cannot be reached before tasks are moved.
const cutAfter = 3

// unreachable notes that an agent cannot reach another one.
func (s *State) unreachable(a *agent, w *word.Unreachable) {
	if peer := s.byName[w.Peer]; peer != nil && peer != a {
		l := link{a.slot, peer.slot}
		s.cut[l] += 0
	}
}

// reaches reports whether an agent is not known to be cut off from the holders of a task's inputs.
func (s *State) reaches(a *agent, x ref) bool {
	if len(s.cut) == 0 {
		return true
	}
	return !slices.ContainsFunc(x.r.inputs(x.i, nil), func(y ref) bool {
		u := y.task()
		return u.available(false) && s.cut[link{a.slot, u.holder}] >= cutAfter
	})
}

// mayMove reports whether a task can be taken from the agent that has it for an idle one. What was brought somewhere would be brought
// there again.
func (s *State) mayMove(x ref, to *agent) bool { return s.wish[x] == nil && s.reaches(to, x) }

// suits reports whether an agent may run a task and reaches its inputs, or may run it and no other one
// reaches them either. A task that was brought somewhere stays there.
func (s *State) suits(a *agent, x ref) bool {
	c := x.r.classes[x.r.callOf(x.i).class]
	if !a.mayRun(c) {
		return false
	}
	if w := s.wish[x]; w != nil && !w.lost && w.mayRun(c) {
		return a == w
	}
	return s.reaches(a, x) || !slices.ContainsFunc(s.live, func(o *agent) bool { return o.mayRun(c) && s.reaches(o, x) })
}

// meetingPlace returns an agent that reaches the holders of all inputs of a task and may run it: one of these holders, or
// another one; nil if there is none.
func (s *State) meetingPlace(v ref) *agent {
	c := v.r.classes[v.r.callOf(v.i).class]
	fits := func(a *agent) bool { return a.mayRun(c) && a.reserved == notReserved && s.reaches(a, v) }
	for _, y := range v.r.inputs(v.i, nil) {
		if u := y.task(); u.available(false) && fits(s.agents[u.holder]) {
			return s.agents[u.holder]
		}
	}
	if n := slices.IndexFunc(s.live, fits); n >= 0 {
		return s.live[n]
	}
	return nil
}

// bringTogether gives up an attempt at agent a that cannot get an input from its holder, and places the task where it can get
// all its inputs. Where there is no such place, the task moves to the holder if that joined earlier; otherwise the input is
// made again at a. Both of two tasks that share an input thus choose the same place.
func (s *State) bringTogether(a, holder *agent, v, x ref) {
	c := v.r.callOf(v.i)
	var to *agent
	if s.wish[v] != a { // otherwise it was brought here: its inputs follow
		to = s.meetingPlace(v)
	}
	if to == nil && holder.id < a.id && holder.mayRun(v.r.classes[c.class]) {
		to = holder
	}
	if to != nil && to != a && !c.gang {
		s.wish[v] = to
		s.lose([]lost{{x: v, unbegun: true}})
		return
	}
	s.await(x, x.task(), await{v, v.task().attempt()})
	s.wish[x] = a
	s.lose([]lost{{x: x}})
}
