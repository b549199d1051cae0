package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// A task's result has uses: a pending consumer's references, externals in use, its client's want. What has none is not
// made, or freed; what has one again is made again, with all that it needs for that.

// takeInputs begins the uses that a task makes of its inputs.
func (s *State) takeInputs(r *run, i graph.Index) {
	_, args := r.g.Task(i, s.refs[:0])
	for _, a := range args {
		switch a.Kind() {
		case graph.RefOutput:
			s.use(r, a.Task())
		case graph.RefExternal:
			e := &r.exts[a.Table()]
			e.left++
			if e.left == 1 {
				for j := range e.count {
					s.use(e.src, e.first+graph.Index(j))
				}
			}
		}
	}
}

// dropInputs ends the uses that a task made of its inputs.
func (s *State) dropInputs(r *run, i graph.Index) {
	_, args := r.g.Task(i, s.refs[:0])
	for _, a := range args {
		switch a.Kind() {
		case graph.RefOutput:
			s.unuse(r, a.Task())
		case graph.RefExternal:
			e := &r.exts[a.Table()]
			e.left--
			if e.left == 0 {
				for j := range e.count {
					s.unuse(e.src, e.first+graph.Index(j))
				}
			}
		}
	}
}

func (s *State) use(r *run, i graph.Index) {
	t := r.task(i)
	t.uses++
	if t.state == idle {
		s.changed = append(s.changed, ref{r, i})
	}
}

func (s *State) unuse(r *run, i graph.Index) {
	t := r.task(i)
	t.uses--
	if t.uses > 0 {
		return
	}
	switch {
	case t.state == done:
		s.discard(r, i, t)
	case t.state.pending():
		s.changed = append(s.changed, ref{r, i})
	}
}

// sweep makes what has uses again pending, and what has none any more idle, until nothing changes.
func (s *State) sweep() {
	for len(s.changed) > 0 {
		last := len(s.changed) - 1
		x := s.changed[last]
		s.changed = s.changed[:last]
		t := x.task()
		switch {
		case t.state == idle && t.uses > 0:
			s.wake(x, t)
		case t.state.pending() && t.uses == 0:
			s.withdraw(x.r, x.i, t)
			t.state = idle
			t.flags &^= flagUrgent
			s.dropInputs(x.r, x.i)
		case t.state == done && t.uses == 0:
			s.discard(x.r, x.i, t)
		}
	}
}

// wake makes a task whose result was freed, or never needed, pending again.
func (s *State) wake(x ref, t *task) {
	t.state = waiting
	if x.r.callOf(x.i).impure {
		s.invalidate(x)
	}
	if x.r.callOf(x.i).gang {
		s.lose(s.addGang(x, nil))
	}
	if s.isAwaited(x) {
		s.hurry(x)
	}
	s.takeInputs(x.r, x.i)
	s.restart(x.r, x.i, t)
}

// restart counts what a waiting task misses and makes it ready, or ends it, as its inputs are.
func (s *State) restart(r *run, i graph.Index, t *task) {
	for _, x := range r.inputs(i, nil) {
		if u := x.task(); u.state.over() {
			s.failFor(r, i, t, s.causeOf(x, u))
			return
		}
	}
	if r.callOf(i).gang {
		if cause, ended := r.gangOf(i).broken(); ended {
			s.failFor(r, i, t, cause)
			return
		}
	}
	t.missing, _ = r.countMissing(i, r.callOf(i).strict)
	if t.missing == 0 {
		s.ready(r, i, t)
	}
}

// discard frees the block of a done task that nobody needs.
func (s *State) discard(r *run, i graph.Index, t *task) {
	a := s.agents[t.holder]
	s.unhold(a, r, i, t)
	t.state = idle
	b := s.box(a)
	b.frees = append(b.frees, word.Block{Task: word.Task{Run: r.id, Index: i}, Attempt: t.attempt()})
}

// withdraw takes a pending task from where it is: out of its queue, or from its agent, which is told to cancel it.
func (s *State) withdraw(r *run, i graph.Index, t *task) {
	switch t.state {
	case ready:
		s.dequeue(r, i, t)
	case assigned:
		a := s.agents[t.holder]
		s.unassign(a, r, i, t)
		b := s.box(a)
		b.cancels = append(b.cancels, word.Block{Task: word.Task{Run: r.id, Index: i}, Attempt: t.attempt()})
	}
}
