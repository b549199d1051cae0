package sched

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// lost is an assigned or done task whose attempt is given up.
type lost struct {
	x       ref
	quietly bool    // its agent knows or is gone
	unbegun bool    // nothing can have come of the attempt
	regrown *growth // what the task claims from now on
	was     state   // filled in by lose
}

// lose gives attempts up: the tasks are pending again, and so are those that were fed by impure ones among them. It works
// in passes over all of them, because they may need each other.
func (s *State) lose(list []lost) {
	for n := 0; n < len(list); n++ {
		l := &list[n]
		x, t := l.x, l.x.task()
		if t.state != assigned && t.state != done {
			l.was = idle
			continue
		}
		l.was = t.state
		if !s.agents[t.holder].lost {
			list = s.addLocal(x, t, list)
			l = &list[n]
		}
		s.detach(x, t, l.quietly)
		t.state = waiting
		t.flags &^= flagTold
		if l.regrown != nil {
			x.r.setGrown(x.i, l.regrown) // the attempt had what was claimed before
		}
		c := x.r.callOf(x.i)
		if c.impure && !l.unbegun {
			list = s.addDerived(x, list)
		}
		if c.gang {
			list = s.addGang(x, list)
		}
	}
	for _, l := range list {
		if l.was != idle {
			s.becomeUnavailable(l.x.r, l.x.i, l.x.task(), l.was)
		}
	}
	for _, l := range list {
		if l.was == done {
			s.takeInputs(l.x.r, l.x.i)
		}
	}
	for _, l := range list {
		if l.was != idle && s.isAwaited(l.x) {
			s.hurry(l.x)
		}
	}
	for _, l := range list {
		if t := l.x.task(); l.was != idle && t.state == waiting {
			s.restart(l.x.r, l.x.i, t)
		}
	}
}

// blocksLost has blocks made again that an agent held and has no more, as far as they are needed.
func (s *State) blocksLost(a *agent, w *word.Lost) {
	var list []lost
	for _, b := range w.Blocks {
		r := s.run(b.Task.Run)
		if r == nil || uint32(b.Task.Index) >= r.n {
			continue
		}
		if t := r.peek(b.Task.Index); t != nil && t.state == done && t.holder == a.slot && t.attempt() == b.Attempt {
			list = append(list, lost{x: ref{r, b.Task.Index}, quietly: true})
		}
	}
	s.lose(list)
	s.retry = len(s.waiting) > 0
}

// addLocal appends the consumers of a task that are assigned where it is given up: inside an agent nobody tells them that
// another attempt will be made elsewhere.
func (s *State) addLocal(x ref, t *task, list []lost) []lost {
	for _, v := range x.r.consumersAt(x.i, t.holder) {
		list = append(list, lost{x: v})
	}
	return list
}

// detach takes an assigned or done task off its agent.
func (s *State) detach(x ref, t *task, quietly bool) {
	a := s.agents[t.holder]
	b := word.Block{Task: x.name(), Attempt: t.attempt()}
	if t.state == assigned {
		s.unassign(a, x.r, x.i, t)
		if !quietly {
			box := s.box(a)
			box.cancels = append(box.cancels, b)
		}
		return
	}
	s.unhold(a, x.r, x.i, t)
	if !quietly {
		box := s.box(a)
		box.frees = append(box.frees, b)
	}
}

// loseAgent forgets an agent: what it had begun or held is made again elsewhere, as far as it is needed.
func (s *State) loseAgent(a *agent, why string) {
	a.lost = true
	s.relist(a, noList)
	delete(s.byName, a.id)
	s.live = slices.DeleteFunc(s.live, func(o *agent) bool { return o == a })
	s.slots -= a.slots
	s.unreserve(a)
	for _, k := range a.offers {
		s.resources[k].uses--
	}
	if a.kept != nil {
		s.letOthersIn(a.kept)
	}
	if a.thief != nil {
		a.thief.asking = false
		s.lookAt(a.thief)
		a.thief = nil
	}
	for l := range s.cut {
		if l.from == a.slot || l.to == a.slot {
			delete(s.cut, l)
		}
	}
	maps.DeleteFunc(s.wish, func(_ ref, to *agent) bool { return to == a })
	blamed, died := s.blame(a)
	var list []lost
	var all []ref
	shares := slices.Clone(a.shares)
	slices.SortFunc(shares, func(x, y *share) int { return int(int64(x.run.id) - int64(y.run.id)) })
	for _, sh := range shares {
		all = sh.assigned.all(sh.run, all)
		all = sh.held.all(sh.run, all)
	}
	for _, x := range all {
		list = append(list, lost{x: x, quietly: true})
	}
	s.breakGangs(all, fmt.Appendf(nil, "its worker %q was lost: %s", a.name, why))
	s.lose(list)
	for _, sh := range shares {
		s.returnRoots(sh)
		s.requeue(sh)
		delete(sh.run.shares, a)
	}
	for _, x := range blamed {
		s.tellPast(x)
	}
	for _, x := range died {
		if t := x.task(); t.state.pending() {
			text := fmt.Sprintf("it was on %d workers when they died, the last time on %q: %s", t.deaths(), a.name, why)
			switch others := len(died) - 1; {
			case len(died) < a.blamed:
				text += fmt.Sprintf("; %d tasks may have run there", a.blamed)
			case others > 0:
				text += fmt.Sprintf("; under suspicion with it: %d", others)
			}
			s.fail(x.r, x.i, t, word.StatusDied, []byte(text))
		}
	}
	a.shares, a.active, a.last = nil, nil, nil
	s.agents[a.slot] = nil
	s.free = append(s.free, a.slot)
	s.retry = len(s.waiting) > 0
}

// blame counts a death for every task that may have run on an agent when it was lost: all inputs of it were made. It
// returns these, and those of them that have reached the limit.
func (s *State) blame(a *agent) (blamed, died []ref) {
	var room [8]ref
	for _, sh := range a.shares {
		for n := sh.assigned.first; n != 0; {
			i := graph.Index(n - 1)
			t := sh.run.task(i)
			n = t.next
			begun := true
			for _, x := range sh.run.inputs(i, room[:0]) {
				begun = begun && x.task().state == done
			}
			if !begun {
				continue
			}
			a.blamed++
			if t.suspected == 0 {
				a.suspects++ // keeps the count right that unassign takes it off
				t.suspected = 1
			}
			t.suspected++
			blamed = append(blamed, ref{sh.run, i})
			if t.deaths() >= s.cfg.Deaths {
				died = append(died, ref{sh.run, i})
			}
		}
	}
	return blamed, died
}

// requeue moves what waits in the queue of a lost agent's share elsewhere.
func (s *State) requeue(sh *share) {
	r := sh.run
	for !sh.queue.empty() {
		_, i := sh.queue.peek()
		sh.queue.pop()
		if t := r.task(i); t.state == ready && t.queue == agentQueue && t.holder == sh.agent.slot {
			s.dequeue(r, i, t)
			s.ready(r, i, t)
		}
	}
	if len(r.pool) > 0 {
		s.open(r)
	}
}
