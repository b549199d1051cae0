package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// done takes the report of finished attempts in.
func (s *State) done(a *agent, w *word.Done) {
	for k := range w.Tasks {
		f := &w.Tasks[k]
		r, t := s.attempt(a, f.Block)
		if t == nil { // of an attempt that was given up meanwhile
			b := s.box(a)
			b.frees = append(b.frees, f.Block)
			continue
		}
		i := f.Block.Task.Index
		if r.tainted != nil && !s.usedCurrent(r, i, f.Used) {
			b := s.box(a)
			b.frees = append(b.frees, f.Block)
			s.lose([]lost{{x: ref{r, i}, quietly: true}})
			continue
		}
		r.callOf(i).habit.learn(f.Nanos, f.Bytes)
		r.callOf(i).group.Nanos += f.Nanos
		s.unassign(a, r, i, t)
		if t.suspected > 1 {
			t.suspected = 1
			s.tellPast(ref{r, i})
		}
		s.finish(a, r, i, t, f.Bytes)
		s.becomeDone(r, i, t)
		if t.has(flagMissed) {
			s.resolveAll(ref{r, i}, t)
		}
		s.dropInputs(r, i)
		if t.uses == 0 {
			s.discard(r, i, t)
		}
		if len(r.gangs) > 0 && r.callOf(i).gang {
			s.memberDone(r, i)
		}
	}
	s.retry = len(s.waiting) > 0
}

// finish makes an agent the holder of a task's block.
func (s *State) finish(a *agent, r *run, i graph.Index, t *task, bytes int64) {
	t.state, t.holder = done, a.slot
	t.flags &^= flagUrgent
	if len(s.wish) > 0 {
		delete(s.wish, ref{r, i})
	}
	t.bytes = max(bytes, 0)
	a.held++
	a.stored += t.bytes
	a.share(r).held.append(r, i)
	if !t.has(flagCounted) {
		t.flags |= flagCounted
		r.callOf(i).group.Done++
	}
	if len(r.gangs) > 0 && r.callOf(i).gang {
		return // memberDone tells of it
	}
	s.settle(r, i, t)
}

// unhold takes a done task's block off its holder's account; its state is for the caller to set.
func (s *State) unhold(a *agent, r *run, i graph.Index, t *task) {
	a.held--
	a.stored -= t.bytes
	t.bytes = 0
	a.share(r).held.remove(r, t)
}

// settle tells the client of a task's outcome, if it wants it.
func (s *State) settle(r *run, i graph.Index, t *task) {
	if !t.has(flagWanted) || t.has(flagTold) {
		return
	}
	t.flags |= flagTold
	o := word.Outcome{Index: i}
	switch t.state {
	case done:
		o.Status, o.Attempt, o.Holder, o.Bytes = word.StatusDone, t.attempt(), s.agents[t.holder].id, t.bytes
	case failed:
		f := r.failures[i]
		o.Status, o.Data = f.status, f.text
	case cancelled:
		o.Status = word.StatusCancelled
	case input:
		o.Status, o.Cause = word.StatusInput, t.cause()
		o.CauseStatus = word.StatusLost
		if q := s.run(o.Cause.Run); q != nil {
			if f := q.failures[o.Cause.Index]; f != nil {
				o.CauseStatus, o.Data = f.status, f.text
			} else {
				o.CauseStatus = word.StatusCancelled
			}
		}
	}
	r.settled = append(r.settled, o)
	if !r.settling {
		r.settling = true
		s.settling = append(s.settling, r)
	}
}
