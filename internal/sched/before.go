package sched

import "github.com/braid-compute/braid/internal/word"

// FailedBefore says that a task has failed under an earlier scheduler, as its agent said then: it is not tried again. A journal tells it.
type FailedBefore struct {
	Word *word.Failed
}

func (FailedBefore) event() {}

func (e FailedBefore) String() string { return "before: " + tell(e.Word) }

// failedBefore ends a task that is pending and that nobody has. Gangs are tried again: their attempts count anew.
func (s *State) failedBefore(w *word.Failed) {
	r := s.run(w.Block.Task.Run)
	i := w.Block.Task.Index
	if r == nil || uint32(i) >= r.n || !r.isNeeded(i) || r.callOf(i).gang {
		return
	}
	if t := r.task(i); t.state == waiting || t.state == ready {
		s.fail(r, i, t, word.StatusFailed, w.Failure)
	}
}

// Decides reports whether an agent's word that an attempt has failed ends the task: it has the current one. Of members of gangs it
// reports false.
func (s *State) Decides(agent word.Agent, b word.Block) bool {
	a, r := s.byName[agent], s.run(b.Task.Run)
	if a == nil || r == nil || uint32(b.Task.Index) >= r.n || r.callOf(b.Task.Index).gang {
		return false
	}
	t := r.peek(b.Task.Index)
	return t != nil && (t.state == assigned || t.state == done) && t.holder == a.slot && t.attempt() == b.Attempt
}
