package sched

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
)

// Check returns the first invariant that does not hold, in time linear in all that the state knows. Everything that is
// kept as a count is counted anew.
func (s *State) Check() error {
	for _, c := range []func() error{s.checkAgents, s.checkRuns, s.checkLists, s.checkRest} {
		if err := c(); err != nil {
			return err
		}
	}
	return nil
}

// checkAgents counts what every agent has.
func (s *State) checkAgents() error {
	slots, assigned, queued := uint32(0), 0, 0
	for _, a := range s.live {
		var n agent
		for _, sh := range a.shares {
			if sh.run.shares[a] != sh || s.runs[sh.run.id] != sh.run {
				return fmt.Errorf("agent %d has a share of run %d that the run does not have", a.id, sh.run.id)
			}
			if err := sh.check(s, a, &n); err != nil {
				return err
			}
		}
		if a.assigned != n.assigned || a.blocked != n.blocked || a.nanos != n.nanos || a.bytes != n.bytes || a.suspects != n.suspects ||
			a.ganged != n.ganged || a.revoking != n.revoking {
			return fmt.Errorf("agent %d: load is %d tasks, %d ns, %d bytes, %d suspects, %d members, %d revoked; counted %d, %d, %d, %d, %d, %d",
				a.id, a.assigned, a.nanos, a.bytes, a.suspects, a.ganged, a.revoking,
				n.assigned, n.nanos, n.bytes, n.suspects, n.ganged, n.revoking)
		}
		if a.held != n.held || a.stored != n.stored || a.queued != n.queued {
			return fmt.Errorf("agent %d: holds %d blocks, %d bytes, %d tasks wait; counted %d, %d, %d",
				a.id, a.held, a.stored, a.queued, n.held, n.stored, n.queued)
		}
		for k := range a.used {
			have := uint64(0)
			if k < len(n.used) {
				have = n.used[k]
			}
			if a.used[k] != have || a.used[k] > a.have[k] {
				return fmt.Errorf("agent %d: %d of %d of %s in use, counted %d", a.id, a.used[k], a.have[k], s.resources[k].name, have)
			}
		}
		if a.reserved == forSuspects && a.suspects > int(a.slots) {
			return fmt.Errorf("agent %d has %d suspects on %d slots", a.id, a.suspects, a.slots)
		}
		slots += a.slots
		assigned += a.assigned
		queued += a.queued
	}
	if slots != s.slots || assigned != s.assigned || queued != s.queued {
		return fmt.Errorf("%d slots, %d assigned, %d queued in all; counted %d, %d, %d", s.slots, s.assigned, s.queued, slots, assigned, queued)
	}
	return nil
}

// check counts what a share has, adding it to n.
func (sh *share) check(s *State, a *agent, n *agent) error {
	r := sh.run
	for _, x := range sh.assigned.all(r, nil) {
		t := x.task()
		if t.state != assigned || t.holder != a.slot {
			return fmt.Errorf("task %v is in the list of what agent %d has assigned, and is %v at slot %d", x.name(), a.id, t.state, t.holder)
		}
		n.assigned++
		n.nanos += t.nanos.value()
		n.bytes += t.expected.value()
		if t.suspected > 0 {
			n.suspects++
		}
		if r.callOf(x.i).gang {
			n.ganged++
		}
		if t.has(flagBlocked) {
			n.blocked++
		}
		if t.has(flagRevoking) {
			n.revoking++
		}
		for _, need := range r.classes[r.callOf(x.i).class].needs {
			for len(n.used) <= need.resource {
				n.used = append(n.used, 0)
			}
			n.used[need.resource] += need.amount
		}
	}
	for _, x := range sh.held.all(r, nil) {
		t := x.task()
		if t.state != done || t.holder != a.slot {
			return fmt.Errorf("task %v is in the list of what agent %d holds, and is %v at slot %d", x.name(), a.id, t.state, t.holder)
		}
		n.held++
		n.stored += t.bytes
	}
	queued := map[graph.Index]bool{}
	for _, e := range append(sh.queue.heap[:len(sh.queue.heap):len(sh.queue.heap)], sh.queue.tail) {
		for i := e.first; i < e.end; i++ {
			if t := r.task(i); t.state == ready && t.queue == agentQueue && t.holder == a.slot {
				queued[i] = true
			}
		}
	}
	if len(queued) != sh.queued {
		return fmt.Errorf("agent %d has %d tasks of run %d in its queue, counted %d", a.id, sh.queued, r.id, len(queued))
	}
	n.queued += sh.queued
	if sh.active != slices.Contains(a.active, sh) || !sh.active && !sh.idle() {
		return fmt.Errorf("agent %d, run %d: a share is listed as active: %v", a.id, r.id, sh.active)
	}
	rooted := uint32(0)
	for _, x := range sh.roots {
		rooted += x.end - x.at
	}
	if rooted != sh.rooted {
		return fmt.Errorf("agent %d has %d places of roots of run %d, counted %d", a.id, sh.rooted, r.id, rooted)
	}
	return nil
}

// checkRuns counts what every task and run is said to have.
func (s *State) checkRuns() error {
	for _, r := range s.runs {
		wants, left := 0, 0
		for _, p := range r.pages {
			if p == nil {
				left++
			}
		}
		if left != r.left {
			return fmt.Errorf("run %d: %d pages not reached, counted %d", r.id, r.left, left)
		}
		for i := range graph.Index(r.n) {
			t := r.peek(i)
			switch {
			case t == nil:
				if r.isWantedAtFirst(i) {
					wants++
				}
				continue
			case t.has(flagWanted):
				wants++
			}
			if err := s.checkTask(ref{r, i}, t); err != nil {
				return fmt.Errorf("task %d/%d (%v): %w", r.id, i, t.state, err)
			}
		}
		if wants != r.wants {
			return fmt.Errorf("run %d: %d tasks wanted, counted %d", r.id, r.wants, wants)
		}
		if r.wants == 0 && len(r.takers) == 0 {
			return fmt.Errorf("run %d is not needed by anybody and not over", r.id)
		}
		slots := uint32(0)
		for a, sh := range r.shares {
			if a.lost {
				return fmt.Errorf("run %d has a share of agent %d, which is lost", r.id, a.id)
			}
			if sh.parted {
				slots += a.slots
			}
		}
		if slots != r.partedSlots {
			return fmt.Errorf("run %d: %d slots had their part of the roots, counted %d", r.id, r.partedSlots, slots)
		}
		for n := range r.exts {
			e := &r.exts[n]
			pending := uint32(0)
			for _, v := range e.consumers {
				if t := r.peek(v); t == nil && r.isNeeded(v) || t != nil && t.state.pending() {
					pending++
				}
			}
			if e.count > 0 && pending != e.left {
				return fmt.Errorf("run %d: external %d has %d pending references, counted %d", r.id, n, e.left, pending)
			}
		}
	}
	return nil
}

// isWantedAtFirst reports whether a task was wanted when the run was submitted.
func (r *run) isWantedAtFirst(i graph.Index) bool {
	if r.all {
		return true
	}
	_, ok := slices.BinarySearch(r.wanted, i)
	return ok
}

// checkTask checks one task against its neighbours.
func (s *State) checkTask(x ref, t *task) error {
	r := x.r
	uses := uint32(0)
	r.eachConsumer(x.i, t, func(vr *run, vi graph.Index) {
		if vr != r {
			return // counted by external
		}
		if v := vr.peek(vi); v == nil && vr.isNeeded(vi) || v != nil && v.state.pending() {
			uses++
		}
	})
	for _, q := range r.takers {
		for n := range q.exts {
			if e := &q.exts[n]; e.src == r && e.left > 0 && x.i >= e.first && uint32(x.i-e.first) < e.count {
				uses++
			}
		}
	}
	if t.has(flagWanted) {
		uses++
	}
	if r.callOf(x.i).gang && r.gangOf(x.i).held {
		uses++
	}
	if uses != t.uses {
		return fmt.Errorf("%d uses, counted %d", t.uses, uses)
	}
	switch {
	case uses == 0 && (t.state.pending() || t.state == done):
		return fmt.Errorf("nobody needs it")
	case uses > 0 && t.state == idle:
		return fmt.Errorf("somebody needs it")
	case t.state == ready && t.queue == noQueue, t.state != ready && t.queue != noQueue:
		return fmt.Errorf("queue kind %d", t.queue)
	case t.has(flagFresh), t.has(flagRevoking) && t.state != assigned:
		return fmt.Errorf("flags %b", t.flags)
	case (t.state == assigned || t.state == done) && (s.agents[t.holder] == nil || s.agents[t.holder].lost):
		return fmt.Errorf("slot %d holds no agent", t.holder)
	case t.has(flagWanted) && t.has(flagTold) != (t.state.over() || t.state == done && !(r.callOf(x.i).gang && r.gangOf(x.i).held)):
		return fmt.Errorf("client told: %v", t.has(flagTold))
	}
	if _, ok := s.missing[x]; ok != t.has(flagMissed) {
		return fmt.Errorf("waited for: %v, flag %v", ok, t.has(flagMissed))
	}
	if t.state.pending() {
		missing, _ := r.countMissing(x.i, r.callOf(x.i).strict)
		if missing != t.missing {
			return fmt.Errorf("%d inputs missing, counted %d", t.missing, missing)
		}
		if t.state == ready && missing > 0 || t.state == waiting && missing == 0 {
			return fmt.Errorf("%d inputs missing", missing)
		}
		for _, y := range r.inputs(x.i, nil) {
			if u := y.r.peek(y.i); u != nil && (u.state == idle || u.state.over()) {
				return fmt.Errorf("input %v is %v", y.name(), u.state)
			}
		}
	}
	return nil
}
