package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// agentFailed takes the report of an attempt that ended without a result in: the task has failed, and with it all that
// need it.
func (s *State) agentFailed(a *agent, w *word.Failed) {
	r, t := s.attempt(a, w.Block)
	if t == nil {
		s.recant(a, w)
		return
	}
	i := w.Block.Task.Index
	if r.callOf(i).gang {
		s.memberFailed(ref{r, i}, w.Failure)
		s.retry = len(s.waiting) > 0
		return
	}
	if w.Exceeded && s.exceeded(r, i) {
		s.retry = len(s.waiting) > 0
		return
	}
	s.unassign(a, r, i, t)
	t.state = waiting
	s.fail(r, i, t, word.StatusFailed, w.Failure)
	s.retry = len(s.waiting) > 0
}

// recant takes the report in that a block which was done cannot leave its agent: the task has failed after all, and with it
// all that need it and have not ended.
func (s *State) recant(a *agent, w *word.Failed) {
	r := s.run(w.Block.Task.Run)
	if r == nil || uint32(w.Block.Task.Index) >= r.n {
		return
	}
	i := w.Block.Task.Index
	t := r.peek(i)
	if t == nil || t.state != done || t.holder != a.slot || t.attempt() != w.Block.Attempt {
		return
	}
	s.lose([]lost{{x: ref{r, i}}})
	if t.state.pending() {
		s.fail(r, i, t, word.StatusFailed, w.Failure)
	}
	s.retry = len(s.waiting) > 0
}

// fail ends a pending task by itself.
func (s *State) fail(r *run, i graph.Index, t *task, status word.Status, text []byte) {
	if r.failures == nil {
		r.failures = map[graph.Index]*failure{}
	}
	r.failures[i] = &failure{status, text}
	s.conclude(r, i, t, failed)
	s.failConsumers(ref{r, i}, word.Task{Run: r.id, Index: i})
}

// failFor ends a pending task because of an input's failure.
func (s *State) failFor(r *run, i graph.Index, t *task, cause word.Task) {
	s.withdraw(r, i, t)
	t.state = waiting
	t.setCause(cause)
	s.conclude(r, i, t, input)
	s.failConsumers(ref{r, i}, cause)
}

// reason returns what is known of why a task has ended without a result.
func (s *State) reason(x ref) []byte {
	switch t := x.task(); t.state {
	case failed:
		return x.r.failures[x.i].text
	case input:
		c := t.cause()
		if q := s.run(c.Run); q != nil && q.failures[c.Index] != nil {
			return q.failures[c.Index].text
		}
	}
	return []byte("it was cancelled")
}

// causeOf returns the task by whose own failure an ended task has ended.
func (s *State) causeOf(x ref, t *task) word.Task {
	if t.state == input {
		return t.cause()
	}
	return x.name()
}

// failConsumers ends all pending tasks that need a task which has ended, and the other members of its gang.
func (s *State) failConsumers(x ref, cause word.Task) {
	stack := []ref{x}
	for len(stack) > 0 {
		last := len(stack) - 1
		x := stack[last]
		stack = stack[:last]
		end := func(r *run, i graph.Index) {
			t := r.task(i)
			if !t.state.pending() {
				return
			}
			s.withdraw(r, i, t)
			t.state = waiting
			t.setCause(cause)
			s.conclude(r, i, t, input)
			stack = append(stack, ref{r, i})
		}
		x.r.eachConsumer(x.i, x.task(), end)
		if x.r.callOf(x.i).gang {
			g := x.r.gangOf(x.i)
			s.breakOff(x, s.reason(x))
			s.loseDone(g)
			g.each(func(i graph.Index) { end(x.r, i) })
			s.letGo(g)
		}
	}
}

// conclude ends a pending task without a result. If an agent has it, the agent knows or is told.
func (s *State) conclude(r *run, i graph.Index, t *task, to state) {
	s.withdraw(r, i, t)
	t.state = to
	t.queue = noQueue
	g := r.callOf(i).group
	if t.has(flagCounted) {
		t.flags &^= flagCounted
		g.Done--
	}
	if to == cancelled {
		g.Cancelled++
	} else {
		g.Failed++
	}
	delete(s.missing, ref{r, i})
	delete(s.wish, ref{r, i})
	t.flags &^= flagMissed | flagUrgent
	s.dropInputs(r, i)
	s.settle(r, i, t)
}
