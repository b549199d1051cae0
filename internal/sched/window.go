package sched

import "github.com/braid-compute/braid/graph"

// batch is the number of tasks that a client's turn at an agent lasts.
const batch = 64

// Plan gives agents work and appends the assignments to out. It places at most [Config].PlanTasks tasks, give or take a
// batch, and is cheap when nothing changed since the last call.
func (s *State) Plan(_ Instant, out []Effect) []Effect {
	s.out = out
	s.budget = s.cfg.PlanTasks
	s.placeUrgent()
	s.placeSparingly()
	s.placeUrgent() // at agents that were given back
	s.placeClasses()
	for s.budget > 0 {
		a := s.lists[dirtyList].front()
		if a == nil {
			break
		}
		s.relist(a, noList)
		s.fill(a)
	}
	s.placeClasses()
	s.feedIdle()
	s.endAssigns()
	s.sendAnswers()
	return s.flush()
}

// More reports whether another Plan at once would do more.
func (s *State) More() bool {
	return s.lists[dirtyList].n > 0 || s.retry || s.postponed
}

// hasRoom reports whether an agent may be assigned more: below two tasks a slot always, otherwise within the window.
func (s *State) hasRoom(a *agent) bool {
	if a.reserved != notReserved {
		return false
	}
	if a.load() < 2*int(a.slots) {
		return true
	}
	return a.assigned < s.cfg.WindowTasks && a.nanos < s.cfg.WindowNanos*int64(a.slots) && a.bytes < a.window
}

// wantsMore reports whether a quarter of an agent's window has become free, which is when it is filled again.
func (s *State) wantsMore(a *agent) bool {
	if a.reserved != notReserved {
		return false
	}
	if a.load() < 2*int(a.slots) {
		return true
	}
	return 4*a.assigned <= 3*s.cfg.WindowTasks && 4*(a.nanos/3) <= s.cfg.WindowNanos*int64(a.slots) && 4*(a.bytes/3) <= a.window
}

// lookAt lists an agent of which something has changed where Plan finds it.
func (s *State) lookAt(a *agent) {
	if !a.lost && (a.listed != noList || s.wantsMore(a)) {
		s.relist(a, dirtyList)
	}
}

// fill assigns tasks to an agent until its window is full or nothing is there for it.
func (s *State) fill(a *agent) {
	found := true
	for found && s.budget > 0 && s.hasRoom(a) {
		found = s.takeTurn(a)
	}
	switch {
	case found && s.hasRoom(a):
		s.relist(a, dirtyList) // the budget ended it
	case found || a.reserved != notReserved:
		s.relist(a, noList)
	case a.load() < int(a.slots):
		s.relist(a, freeList)
	default:
		s.relist(a, roomList)
	}
}

// takeTurn assigns a batch of tasks of the client whose turn it is, or of the next one that has some.
func (s *State) takeTurn(a *agent) bool {
	for range s.turn {
		s.at++
		if s.at >= len(s.turn) {
			s.at = 0
		}
		if s.takeFrom(a, s.turn[s.at]) {
			return true
		}
	}
	return false
}

// takeFrom assigns a batch of one client's tasks: of the highest priority there is, its runs taking turns.
func (s *State) takeFrom(a *agent, c *client) bool {
	var best *share
	highest := int32(0)
	for n := 0; n < len(a.active); n++ {
		sh := a.active[n]
		if sh.idle() {
			last := len(a.active) - 1
			a.active[n], a.active[last] = a.active[last], nil
			a.active = a.active[:last]
			sh.active = false
			n--
			continue
		}
		if sh.run.client != c {
			continue
		}
		level, _, ok := sh.peek()
		if !ok {
			continue
		}
		p := sh.run.priorities[level]
		if best == nil || p > highest || p == highest && c.wait(sh.run) < c.wait(best.run) {
			best, highest = sh, p
		}
	}
	if r := s.firstOpen(c); r != nil && (best == nil || r.openPriority() > highest || best.run == r && !best.parted ||
		r.openPriority() == highest && c.wait(r) < c.wait(best.run)) && s.pull(a, r) {
		best = a.share(r)
		c.rotate(r)
	}
	if best == nil {
		return false
	}
	c.served = best.run.id
	s.takeBatch(a, best)
	return true
}

// wait returns how many numbers of runs come before a run's turn, after the run that was served last.
func (c *client) wait(r *run) uint32 { return uint32(r.id - c.served - 1) }

// rotate puts a run behind the client's others with work that belongs to no agent yet.
func (c *client) rotate(r *run) {
	if n := len(c.open); n > 1 && c.open[0] == r {
		copy(c.open, c.open[1:])
		c.open[n-1] = r
	}
}

// firstOpen returns the client's run with the highest priority of work that belongs to no agent, and forgets those that
// have none any more.
func (s *State) firstOpen(c *client) *run {
	var best *run
	keep := c.open[:0]
	for n, r := range c.open {
		if len(r.pool) == 0 && r.classes[0].queue.empty() {
			r.opened = false
			continue
		}
		keep = append(keep, r)
		if best == nil || r.openPriority() > best.openPriority() {
			best = r
		}
		if !c.prioritised {
			keep = append(keep, c.open[n+1:]...)
			break
		}
	}
	clear(c.open[len(keep):])
	c.open = keep
	return best
}

// pull moves work of a run that belongs to no agent into the agent's share.
func (s *State) pull(a *agent, r *run) bool {
	sh := a.share(r)
	got := false
	if len(r.pool) > 0 && sh.rooted == 0 {
		got = s.pullRoots(sh)
	}
	q := &r.classes[0].queue
	for n := 0; n < batch && !q.empty(); n++ {
		level, i := q.peek()
		q.pop()
		if t := r.task(i); t.state == ready && t.queue == classQueue {
			s.enqueue(a, r, level, i, t)
			got = true
		}
	}
	if got {
		s.load(a)
	}
	return got
}

func (sh *share) idle() bool { return sh.queued == 0 && len(sh.roots) == 0 }

// peek returns the share's next task by level and index, from its queue or its roots.
func (sh *share) peek() (level uint32, i graph.Index, ok bool) {
	level, i, ok = sh.nextRoot()
	if sh.queued == 0 {
		sh.queue.clear()
		return level, i, ok
	}
	for !sh.queue.empty() {
		l, k := sh.queue.peek()
		if t := sh.run.task(k); t.state == ready && t.queue == agentQueue && t.holder == sh.agent.slot {
			if !ok || l < level || l == level && k < i {
				return l, k, true
			}
			return level, i, ok
		}
		sh.queue.pop()
	}
	return level, i, ok
}

// takeBatch assigns a batch of tasks of a share to its agent.
func (s *State) takeBatch(a *agent, sh *share) {
	for n := 0; n < batch && s.hasRoom(a); n++ {
		_, i, ok := sh.peek()
		if !ok {
			return
		}
		s.assign(a, sh.run, i, sh.run.task(i))
	}
}
