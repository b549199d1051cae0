package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
)

// Tasks that may have run on an agent when it died are under suspicion. They run on agents that are reserved for them, at
// most one a slot, so that the next death narrows the suspicion to what really ran.

// placeSparingly assigns gangs and suspects, which need agents of their own.
func (s *State) placeSparingly() {
	s.placeGangs()
	before := len(s.reserved)
	s.placeSuspects()
	if len(s.reserved) < before {
		s.placeGangs()
	}
}

// placeSuspects assigns suspects whose inputs are all made: one that waits for an input must not keep its agent from another
// suspect that makes it.
func (s *State) placeSuspects() {
	s.suspects = slices.DeleteFunc(s.suspects, func(x ref) bool {
		t := x.task()
		return s.runs[x.r.id] != x.r || t.state != ready || t.queue != suspectQueue
	})
	var able []ref
	var room [8]ref
	for _, x := range s.suspects {
		in := x.r.inputs(x.i, room[:0])
		if !slices.ContainsFunc(in, func(y ref) bool { return y.task().state != done }) {
			able = append(able, x)
		}
	}
	s.preferIdle(able)
	s.reserveForSuspects(able)
	for _, a := range slices.Clone(s.reserved) {
		if a.reserved != forSuspects || a.load() > a.suspects {
			continue
		}
		for n := 0; n < len(able) && a.suspects < int(a.slots); n++ {
			x := able[n]
			t := x.task()
			if c := x.r.classes[x.r.callOf(x.i).class]; t.state == ready && s.suits(a, x) && a.hasFree(c) {
				s.assign(a, x.r, x.i, t)
			}
		}
		s.endAssign(a)
		if a.load() == 0 {
			s.unreserve(a)
		}
	}
}

// hasFree reports whether an agent has the resources for one more task of a class free.
func (a *agent) hasFree(c *class) bool {
	for _, n := range c.needs {
		if a.used[n.resource]+n.amount > a.have[n.resource] {
			return false
		}
	}
	return true
}

// reserveForSuspects reserves as many agents as the suspects need, at most half of them all but one at least.
func (s *State) reserveForSuspects(able []ref) {
	k := slices.IndexFunc(able, func(x ref) bool { // one that waits for an agent that is not there must not hold up the others
		return slices.ContainsFunc(s.live, func(a *agent) bool { return s.suits(a, x) })
	})
	if k < 0 {
		return
	}
	first := able[k]
	slots, agents := 0, 0
	useful := false // for that one
	for _, a := range s.reserved {
		if a.reserved == forSuspects {
			slots += int(a.slots)
			agents++
			useful = useful || s.suits(a, first)
		}
	}
	for (slots < len(able) && agents < (len(s.live)+1)/2) || !useful {
		var best *agent
		for _, a := range s.live {
			if a.reserved == notReserved && (useful || s.suits(a, first)) && (best == nil || a.assigned < best.assigned) {
				best = a
			}
		}
		if best == nil {
			return
		}
		s.reserve(best, forSuspects)
		useful = true
		slots += int(best.slots)
		agents++
	}
}

// preferIdle moves reservations from agents that have yet to end what they had to ones without anything, such as those that came in
// place of the dead: suspects need not wait for the end of long tasks then.
func (s *State) preferIdle(able []ref) {
	for _, a := range slices.Clone(s.reserved) {
		if a.reserved != forSuspects || a.suspects > 0 || a.load() == 0 {
			continue
		}
		k := slices.IndexFunc(s.live, func(b *agent) bool {
			return b.reserved == notReserved && b.load() == 0 && !slices.ContainsFunc(able, func(x ref) bool { return s.suits(a, x) && !s.suits(b, x) })
		})
		if k < 0 {
			continue
		}
		s.unreserve(a)
		s.reserve(s.live[k], forSuspects)
	}
}

// reserve keeps an agent from getting anything else, and asks it for what it has not begun: that may wait for the very
// tasks for which the agent is reserved.
func (s *State) reserve(a *agent, what reservation) {
	a.reserved = what
	s.reserved = append(s.reserved, a)
	s.relist(a, noList)
	for _, sh := range a.shares {
		for n := sh.assigned.first; n != 0; {
			i := graph.Index(n - 1)
			t := sh.run.task(i)
			n = t.next
			if !sh.run.callOf(i).gang {
				s.revoke(sh.run, i, t)
			}
		}
	}
}

func (s *State) unreserve(a *agent) {
	if a.reserved == notReserved {
		return
	}
	a.reserved = notReserved
	s.reserved = slices.DeleteFunc(s.reserved, func(o *agent) bool { return o == a })
	s.lookAt(a)
}
