package sched

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
)

// checkLists checks the lists of agents.
func (s *State) checkLists() error {
	for k := dirtyList; k <= roomList; k++ {
		n := 0
		for at, a := range s.lists[k].agents {
			if a == nil || at < s.lists[k].head {
				continue
			}
			n++
			if a.listed != k || a.place != at || a.lost {
				return fmt.Errorf("agent %d is at %d of list %d, and says %d of %d (lost: %v)", a.id, at, k, a.place, a.listed, a.lost)
			}
		}
		if n != s.lists[k].n {
			return fmt.Errorf("list %d has %d agents, counted %d", k, s.lists[k].n, n)
		}
	}
	for _, a := range s.live {
		if a.listed == noList && a.reserved == notReserved && s.wantsMore(a) {
			return fmt.Errorf("agent %d has room and is in no list", a.id)
		}
		if a.queued > 0 && !a.isLoaded {
			return fmt.Errorf("agent %d has a backlog and is not listed as such", a.id)
		}
		if c := a.kept; c != nil && (c.kept != a || !c.listed) {
			return fmt.Errorf("agent %d is kept for a class that does not wait for it", a.id)
		}
		if a.listed != noList && a.reserved != notReserved {
			return fmt.Errorf("agent %d is reserved and in list %d", a.id, a.listed)
		}
	}
	return nil
}

// checkRest checks that every ready task is where Plan looks, and that nothing is left over from a step.
func (s *State) checkRest() error {
	if len(s.changed) > 0 || len(s.outboxes) > 0 || len(s.settling) > 0 || len(s.over) > 0 || len(s.unsent) > 0 || s.prefer != nil {
		return fmt.Errorf("a step has left something over")
	}
	for _, v := range s.sums {
		if v != 0 {
			return fmt.Errorf("sums are not cleared")
		}
	}
	for _, c := range s.waiting {
		if c.kept != nil && (c.kept.lost || c.kept.kept != c) {
			return fmt.Errorf("a class of run %d waits for agent %d, which is not kept for it", c.run.id, c.kept.id)
		}
	}
	uses := make([]int, len(s.resources))
	for _, a := range s.live {
		for _, k := range a.offers {
			uses[k]++
		}
	}
	for _, r := range s.runs {
		for _, c := range r.classes {
			for _, n := range c.needs {
				uses[n.resource]++
			}
		}
	}
	for k, x := range s.resources {
		if x.uses != uses[k] {
			return fmt.Errorf("resource %q has %d uses, counted %d", x.name, uses[k], x.uses)
		}
	}
	suspects := map[ref]bool{}
	for _, x := range s.suspects {
		suspects[x] = true
	}
	for _, r := range s.runs {
		members := map[*gang]uint32{}
		queued := make([]map[graph.Index]bool, len(r.classes))
		for n, c := range r.classes {
			queued[n] = map[graph.Index]bool{}
			for _, e := range append(c.queue.heap[:len(c.queue.heap):len(c.queue.heap)], c.queue.tail) {
				for i := e.first; i < e.end; i++ {
					queued[n][i] = true
				}
			}
		}
		rooted := map[graph.Index]bool{}
		for _, pool := range s.stretches(r) {
			for x := pool; x.at < x.end; x.at++ {
				rooted[x.index(r)] = true
			}
		}
		for i := range graph.Index(r.n) {
			t := r.peek(i)
			if t == nil || t.state != ready {
				continue
			}
			at := ref{r, i}
			ok := true
			switch t.queue {
			case rootQueue:
				ok = rooted[i]
			case classQueue:
				c := r.callOf(i).class
				ok = queued[c][i] && (c == 0 && r.opened || c > 0 && r.classes[c].listed)
			case suspectQueue:
				ok = suspects[at]
			case urgentQueue:
				ok = slices.ContainsFunc(s.urgent, func(u urgent) bool { return u.ref == at })
			case gangQueue:
				members[r.gangOf(i)]++
			}
			if !ok {
				return fmt.Errorf("task %v is ready and not in queue %d", at.name(), t.queue)
			}
		}
		if len(r.pool) > 0 && !r.opened {
			return fmt.Errorf("run %d has roots and is not open", r.id)
		}
		for _, g := range r.gangs {
			if r.left == 0 && g.ready != members[g] {
				return fmt.Errorf("gang at %d/%d has %d ready members, counted %d", r.id, g.first, g.ready, members[g])
			}
		}
	}
	return nil
}

// stretches returns all roots of a run that were not begun.
func (s *State) stretches(r *run) []stretch {
	all := append([]stretch(nil), r.pool...)
	for _, sh := range r.shares {
		all = append(all, sh.roots...)
	}
	return all
}
