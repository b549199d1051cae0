package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// askBack asks the agent with most assigned, of a few, to return what it has not begun, for the thief.
func (s *State) askBack(thief *agent) {
	victim := s.most(&s.crowded, func(a *agent) int {
		if a.lost {
			return 0
		}
		return a.assigned - int(a.slots)
	}, func(a *agent) { a.isCrowded = false })
	if victim == nil || victim == thief || victim.revoking > 0 || victim.reserved != notReserved ||
		victim.nanos/int64(victim.slots) < s.cfg.StealNanos {
		return
	}
	surplus := (victim.assigned*int(thief.slots) - thief.assigned*int(victim.slots)) / int(victim.slots+thief.slots)
	n := min(surplus, victim.assigned-int(victim.slots))
	var from *share
	for _, sh := range victim.shares[max(0, len(victim.shares)-lookAtMost):] {
		if from == nil || sh.assigned.n > from.assigned.n {
			from = sh
		}
	}
	r := from.run
	look := lookAtMost
	for at := from.assigned.last; at != 0 && n > 0 && look > 0; look-- {
		i := graph.Index(at - 1)
		t := r.task(i)
		at = t.prev
		if c := r.callOf(i); c.class != 0 || c.gang || t.suspected > 0 || t.has(flagRevoking|flagBegun) {
			continue
		}
		if s.waitsHere(ref{r, i}, t) || !s.mayMove(ref{r, i}, thief) {
			continue // the thief would be idle with it all the same
		}
		if list := s.withConsumers(ref{r, i}, t); len(list) <= victim.assigned-victim.revoking-int(victim.slots) {
			s.revokeAll(list)
			n -= len(list)
		}
	}
	if victim.revoking > 0 {
		victim.thief, thief.asking = thief, true
	}
}

// waitsHere reports whether an assigned task takes what its agent has not made yet and was not asked for.
func (s *State) waitsHere(x ref, t *task) bool {
	var room [8]ref
	return slices.ContainsFunc(x.r.inputs(x.i, room[:0]), func(y ref) bool {
		u := y.task()
		return u.state == assigned && u.holder == t.holder && !u.has(flagRevoking)
	})
}

// withConsumers returns an assigned task together with all that need it at the same agent, which cannot have begun unless
// it has.
func (s *State) withConsumers(x ref, t *task) []ref {
	list := []ref{x}
	seen := map[ref]bool{x: true}
	for n := 0; n < len(list); n++ {
		for _, v := range list[n].r.consumersAt(list[n].i, t.holder) {
			if !seen[v] {
				seen[v] = true
				list = append(list, v)
			}
		}
	}
	return list
}

// revokeAll asks for tasks back, the last consumers first.
func (s *State) revokeAll(list []ref) {
	for _, x := range slices.Backward(list) {
		s.revoke(x.r, x.i, x.task())
	}
}

// revoke asks an agent for an assigned task, unless it was asked or has said that it has begun it.
func (s *State) revoke(r *run, i graph.Index, t *task) {
	if t.has(flagRevoking | flagBegun) {
		return
	}
	t.flags |= flagRevoking
	a := s.agents[t.holder]
	a.revoking++
	b := s.box(a)
	b.revokes = append(b.revokes, word.Block{Task: word.Task{Run: r.id, Index: i}, Attempt: t.attempt()})
}

// answered notes that one of an agent's revocations is settled.
func (s *State) answered(a *agent) {
	if a.revoking > 0 || a.thief == nil {
		return
	}
	a.thief.asking = false
	s.lookAt(a.thief)
	a.thief = nil
}

// returned takes tasks back that an agent has not begun, and places them anew.
func (s *State) returned(a *agent, w *word.Returned) {
	if a.thief != nil && !a.thief.lost {
		s.prefer = a.thief
	}
	var list []lost
	for _, b := range w.Tasks {
		if r, t := s.attempt(a, b); t != nil {
			list = append(list, lost{x: ref{r, b.Task.Index}, quietly: true, unbegun: true})
		}
	}
	s.lose(list)
	s.prefer = nil
}

// started notes that an agent keeps tasks that it was asked for.
func (s *State) started(a *agent, w *word.Started) {
	for _, b := range w.Tasks {
		r, t := s.attempt(a, b)
		if t == nil || !t.has(flagRevoking) {
			continue
		}
		t.flags = t.flags&^flagRevoking | flagBegun
		a.revoking--
		s.answered(a)
		if t.has(flagMissed) {
			s.resolveAll(ref{r, b.Task.Index}, t)
		}
	}
}
