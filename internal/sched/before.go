package sched

import "github.com/braid-compute/braid/internal/word"

// FailedBefore says that an attempt has failed under an earlier scheduler, as its agent said then: the task is not tried again, and the gang
// of a member has one attempt less. A journal tells it, perhaps twice.
type FailedBefore struct {
	Word *word.Failed
}

func (FailedBefore) event() {}

func (e FailedBefore) String() string { return "before: " + tell(e.Word) }

// failedBefore ends a task that is pending and that nobody has, unless it is a member of a gang with attempts left.
func (s *State) failedBefore(w *word.Failed) {
	r := s.run(w.Block.Task.Run)
	i := w.Block.Task.Index
	if r == nil || uint32(i) >= r.n || !r.isNeeded(i) || r.callOf(i).gang && !r.gangOf(i).failedBefore(w.Block) {
		return
	}
	if t := r.task(i); t.state == waiting || t.state == ready {
		s.fail(r, i, t, word.StatusFailed, w.Failure)
	}
}

// failedBefore counts an attempt of a gang that has failed under an earlier scheduler, once, and reports whether it was the last.
func (g *gang) failedBefore(member word.Block) bool {
	if g.before == nil {
		g.before = make(map[word.Block]bool)
	}
	if !g.before[member] {
		g.before[member] = true
		g.fails--
	}
	return g.fails < 0
}

// Decides reports whether an agent's word that an attempt has failed ends the task, or an attempt of its gang: it has the current one, and
// the task is not to be tried again with more memory.
func (s *State) Decides(agent word.Agent, w *word.Failed) bool {
	a, r, i := s.byName[agent], s.run(w.Block.Task.Run), w.Block.Task.Index
	if a == nil || r == nil || uint32(i) >= r.n {
		return false
	}
	t := r.peek(i)
	if t == nil || t.holder != a.slot || t.attempt() != w.Block.Attempt {
		return false
	}
	switch t.state {
	case assigned:
		return !w.Exceeded || s.larger(r, i) == nil
	case done:
		return !r.callOf(i).gang
	}
	return false
}
