package sched

import "github.com/braid-compute/braid/graph"

// Where a task waits once every input is available: in the queue of the agent that has most of its inputs' bytes, unless
// far more waits there than elsewhere.

// ready puts a pending task that misses nothing into the queue where it belongs.
func (s *State) ready(r *run, i graph.Index, t *task) {
	t.state = ready
	c := r.callOf(i)
	switch {
	case c.gang:
		s.enqueueGang(r, i, t)
	case t.suspected > 0:
		t.queue = suspectQueue
		s.suspects = append(s.suspects, ref{r, i})
	case c.class != 0:
		t.queue = classQueue
		s.enqueueClass(r.classes[c.class], c.level, i)
	case t.has(flagUrgent):
		t.queue = urgentQueue
		s.urgent = append(s.urgent, urgent{ref{r, i}, s.wanted(ref{r, i})})
	default:
		a := s.wanted(ref{r, i})
		if a == nil {
			a = s.home(r, i)
		}
		if a != nil {
			s.enqueue(a, r, c.level, i, t)
			return
		}
		t.queue = classQueue
		s.enqueueClass(r.classes[0], c.level, i)
		s.open(r)
	}
}

// wanted returns the agent at which a task that is placed anew is to wait, if that is known.
func (s *State) wanted(x ref) *agent {
	if len(s.wish) > 0 {
		if a := s.wish[x]; a != nil && !a.lost {
			return a
		}
	}
	return s.prefer
}

// enqueue puts a ready task into the queue of an agent.
func (s *State) enqueue(a *agent, r *run, level uint32, i graph.Index, t *task) {
	t.state, t.queue, t.holder = ready, agentQueue, a.slot
	sh := a.share(r)
	sh.queue.push(level, i)
	sh.queued++
	sh.activate()
	a.queued++
	s.queued++
	s.load(a)
	if a.listed != noList {
		s.relist(a, dirtyList)
	}
}

// dequeue takes a ready task out of its queue, in which its entry remains as a hint.
func (s *State) dequeue(r *run, i graph.Index, t *task) {
	switch t.queue {
	case agentQueue:
		a := s.agents[t.holder]
		a.share(r).queued--
		a.queued--
		s.queued--
	case gangQueue:
		r.gangOf(i).unready()
	}
	t.state, t.queue, t.holder = waiting, noQueue, 0
}

// home returns the agent at which a task without special needs is to wait, or nil if there is none.
func (s *State) home(r *run, i graph.Index) *agent {
	switch len(s.live) {
	case 0:
		return nil
	case 1:
		return s.live[0]
	}
	best, widest := s.heaviest(r, i)
	if best == nil {
		return s.next()
	}
	if !s.reaches(best, ref{r, i}) {
		if a := s.meetingPlace(ref{r, i}); a != nil {
			return a
		}
	}
	sp := &r.spill
	if sp.left > 0 && sp.from == widest && !sp.to.lost && sp.to.reserved == notReserved {
		sp.left--
		return sp.to
	}
	if !s.overloaded(best) {
		return best
	}
	to := s.next()
	if degree := len(r.succ.Of(widest)); degree > 1 {
		n := uint64(degree) * uint64(to.slots) / uint64(s.slots)
		*sp = spill{from: widest, to: to, left: uint32(n)}
	}
	return to
}

// spill sends the next consumers of one input to one agent, so that an input with many consumers gives the other agents
// long stretches of neighbours and not every second task.
type spill struct {
	from graph.Index
	to   *agent
	left uint32
}

// trifle is the binary logarithm of the bytes whose transfer takes no longer than asking for them: what an input weighs for
// being elsewhere, however small it is, and the grain in which bytes are compared.
const trifle = 15

// lessToDo reports whether fewer tasks wait and run at the agent, for its slots, than at another one.
func (a *agent) lessToDo(o *agent) bool {
	return (a.assigned+a.queued)*int(o.slots) < (o.assigned+o.queued)*int(a.slots)
}

// farLessToDo reports whether at most three quarters as many do.
func (a *agent) farLessToDo(o *agent) bool {
	return 4*(a.assigned+a.queued)*int(o.slots) < 3*(o.assigned+o.queued)*int(a.slots)
}

// heaviest returns the agent with most of the task's inputs, by bytes and by number, of several the owner of the task or the one with the
// least to do, and the input of this run that has most consumers. If all inputs are known to be small, to move them costs less than to wait: then
// the owner gets the task that has any of them, or far less to do.
func (s *State) heaviest(r *run, i graph.Index) (best *agent, widest graph.Index) {
	degree, small := 0, true
	var room [8]ref
	for _, x := range r.inputs(i, room[:0]) {
		t := x.task()
		if x.r == r {
			if d := len(r.succ.Of(x.i)); d > degree {
				widest, degree = x.i, d
			}
		}
		if t.state != assigned && t.state != done {
			continue
		}
		n := t.bytes
		if t.state == assigned {
			n = t.expected.value()
			small = small && (n > 0 || x.r.callOf(x.i).habit.n > 0)
		}
		if s.sums[t.holder] == 0 {
			s.found = append(s.found, t.holder)
		}
		small = small && n>>trifle == 0
		s.sums[t.holder] += 1 + n>>trifle
	}
	most, owned := int64(0), int64(0)
	owner := r.owner(i)
	if owner != nil {
		owned = s.sums[owner.slot]
	}
	for _, slot := range s.found {
		a := s.agents[slot]
		if n := s.sums[slot]; n > most || n == most && a.lessToDo(best) {
			best, most = a, n
		}
		s.sums[slot] = 0
	}
	s.found = s.found[:0]
	if best != nil && owner != nil && (owned == most || small && (owned > 0 || owner.farLessToDo(best))) {
		best = owner
	}
	return best, widest
}

// overloaded reports whether far more waits at an agent than elsewhere: half more than its part, and four tasks a slot.
func (s *State) overloaded(a *agent) bool {
	if a.reserved != notReserved {
		return true
	}
	mine, all := uint64(a.assigned+a.queued), uint64(s.assigned+s.queued)
	return 2*mine*uint64(s.slots) > uint64(a.slots)*(3*all+8*uint64(s.slots))
}

// next returns an agent for a task for which nothing speaks for one: of a few, in turns, the one with the least to do.
func (s *State) next() *agent {
	var best *agent
	for range min(8, len(s.live)) {
		s.ring++
		if s.ring >= len(s.live) {
			s.ring = 0
		}
		a := s.live[s.ring]
		if best == nil || best.reserved != notReserved && a.reserved == notReserved || best.reserved == a.reserved && a.lessToDo(best) {
			best = a
		}
	}
	return best
}

// becomeAvailable tells the consumers of a task that has just been assigned, or done without having been assigned.
func (s *State) becomeAvailable(r *run, i graph.Index, t *task) {
	r.eachConsumer(i, t, func(vr *run, vi graph.Index) {
		if vr.strict && t.state == assigned && vr.callOf(vi).strict {
			return
		}
		s.arrive(vr, vi)
	})
}

// becomeDone tells the strict consumers of a task that was assigned that it is done.
func (s *State) becomeDone(r *run, i graph.Index, t *task) {
	if !r.strict && !t.has(flagTaken) {
		return
	}
	r.eachConsumer(i, t, func(vr *run, vi graph.Index) {
		if vr.strict && vr.callOf(vi).strict {
			s.arrive(vr, vi)
		}
	})
}

// arrive counts an input that has become available to a consumer.
func (s *State) arrive(r *run, i graph.Index) {
	t := r.task(i)
	if !t.state.pending() {
		return
	}
	t.missing--
	if t.missing == 0 && t.state == waiting {
		s.ready(r, i, t)
	}
}

// becomeUnavailable tells the consumers of a task that it is not available any more; was is what it was before.
func (s *State) becomeUnavailable(r *run, i graph.Index, t *task, was state) {
	r.eachConsumer(i, t, func(vr *run, vi graph.Index) {
		v := vr.task(vi)
		if !v.state.pending() {
			return
		}
		strict := vr.strict && vr.callOf(vi).strict
		if strict && was != done {
			return
		}
		v.missing++
		switch {
		case v.state == ready:
			s.dequeue(vr, vi, v)
		case v.state == assigned && (strict || v.suspected > 0):
			s.revokeAll(s.withConsumers(ref{vr, vi}, v)) // lest it keeps from its input what both need
		}
	})
}
