package sched

import "slices"

// How agents that have nothing to do get something: first work that belongs to nobody, then what waits in another agent's
// queue, which costs nothing; at last what was assigned to another agent, which has to be asked.

// feedAtMost bounds the idle agents that one Plan serves in vain.
const feedAtMost = 8

// feedIdle finds work for agents that found none in their own queues.
func (s *State) feedIdle() {
	for vain := 0; vain < feedAtMost && s.budget > 0; {
		kind := freeList
		a := s.vacant(vain > 0)
		if a == nil {
			kind = roomList
			if a = s.lists[roomList].front(); a == nil {
				return
			}
		}
		if s.anyOpen() || s.steal(a) {
			before := s.assigned
			s.relist(a, noList)
			s.fill(a)
			if s.assigned == before {
				vain++
			}
			continue
		}
		if kind == roomList || len(s.crowded) == 0 {
			return // nobody has anything to spare
		}
		vain++
		if !a.asking {
			s.askBack(a)
		}
		s.relist(a, noList)
		s.relist(a, kind)
	}
}

// evened is how many bytes more an agent may hold than another one and still be given tasks before it.
const evened = 1 << 20

// vacant returns an agent with a slot that does nothing: of the one that has been free for longest and the one that has become free last the
// latter, which is likely to be awake still, unless that holds much more or was tried in vain.
func (s *State) vacant(inVain bool) *agent {
	l := &s.lists[freeList]
	oldest := l.front()
	if oldest == nil || inVain {
		return oldest
	}
	if last := l.back(); last.stored <= oldest.stored+evened {
		return last
	}
	return oldest
}

func (s *State) anyOpen() bool {
	for _, c := range s.turn {
		if len(c.open) > 0 && s.firstOpen(c) != nil {
			return true
		}
	}
	return false
}

// load notes that an agent has a backlog.
func (s *State) load(a *agent) {
	if !a.isLoaded {
		a.isLoaded = true
		s.loaded = append(s.loaded, a)
	}
}

// crowd notes that an agent has more assigned than it has slots.
func (s *State) crowd(a *agent) {
	if !a.isCrowded && a.assigned > int(a.slots) {
		a.isCrowded = true
		s.crowded = append(s.crowded, a)
	}
}

// sampled is the number of agents that a search for a victim looks at.
const sampled = 8

// most returns the agent with the highest measure for its slots among a few of a list, from which those without any are
// dropped on the way; nil if none has some.
func (s *State) most(list *[]*agent, measure func(*agent) int, drop func(*agent)) *agent {
	var best *agent
	high := 0
	for n := 0; n < sampled && len(*list) > 0; n++ {
		s.search++
		if s.search >= len(*list) {
			s.search = 0
		}
		a := (*list)[s.search]
		m := measure(a)
		if m <= 0 {
			last := len(*list) - 1
			(*list)[s.search] = (*list)[last]
			(*list)[last] = nil
			*list = (*list)[:last]
			drop(a)
			continue
		}
		if best == nil || m*int(best.slots) > high*int(a.slots) {
			best, high = a, m
		}
	}
	return best
}

// steal moves about half of what waits at the agent with most of it, of a few, to the thief.
func (s *State) steal(thief *agent) bool {
	victim := s.most(&s.loaded, func(a *agent) int {
		if a.lost {
			return 0
		}
		return a.backlog()
	}, func(a *agent) { a.isLoaded = false })
	if victim == nil || victim == thief {
		return false
	}
	var from *share
	for _, sh := range victim.active {
		if n := sh.queued + int(sh.rooted); n > 0 && (from == nil || n > from.queued+int(from.rooted)) {
			from = sh
		}
	}
	to := thief.share(from.run)
	if from.rooted > 0 {
		x, ok := from.halfRoots()
		if !ok {
			x = from.roots[0]
			from.rooted -= x.end - x.at
			from.roots = append(from.roots[:0], from.roots[1:]...)
		}
		if x.at < x.end {
			to.addRoots(x)
			s.load(thief)
		}
		return true
	}
	return s.stealQueued(from, thief)
}

// stealQueued moves up to half of a share's queue to the thief: only tasks that do not wait for what the victim has not
// made yet, with which the thief would be idle all the same.
func (s *State) stealQueued(from *share, thief *agent) bool {
	r, victim := from.run, from.agent
	want, look := min((from.queued+1)/2, s.cfg.WindowTasks), s.cfg.WindowTasks
	got := false
	var back []entry
	var room [8]ref
	for want > 0 && look > 0 && !from.queue.empty() {
		e := from.queue.half()
		for e.first < e.end && want > 0 && look > 0 {
			e.end--
			i := e.end
			t := r.task(i)
			if t.state != ready || t.queue != agentQueue || t.holder != victim.slot {
				continue
			}
			here := func(x ref) bool { u := x.task(); return u.state == assigned && u.holder == victim.slot }
			if slices.ContainsFunc(r.inputs(i, room[:0]), here) || !s.mayMove(ref{r, i}, thief) {
				back = append(back, entry{e.level, i, i + 1})
				look -= 1 + s.cfg.WindowTasks/lookAtMost
				continue
			}
			s.dequeue(r, i, t)
			s.enqueue(thief, r, e.level, i, t)
			want--
			got = true
		}
		if e.first < e.end {
			back = append(back, e)
		}
	}
	for n := len(back) - 1; n >= 0; n-- {
		from.queue.pushRange(back[n])
	}
	return got
}

// lookAtMost is the number of tasks that a thief looks at in vain.
const lookAtMost = 32
