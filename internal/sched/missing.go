package sched

import (
	"github.com/braid-compute/braid/internal/word"
)

// await is an attempt that waits to be told who has one of its inputs.
type await struct {
	consumer ref
	attempt  word.Attempt
}

// doubt is a block that was said to be where an attempt's agent then did not find it: it is believed once more.
type doubt struct {
	consumer word.Block
	input    word.Block
}

// inputMissing answers an agent that does not get an input of an attempt: at once if another attempt or another holder is
// known, or when the input is placed again. A holder that denies what it has reported is believed the second time: it
// may have been asked before it was told.
func (s *State) inputMissing(a *agent, w *word.InputMissing) {
	r, t := s.attempt(a, word.Block{Task: w.Task, Attempt: w.Attempt})
	q := s.run(w.Input.Block.Task.Run)
	if t == nil || q == nil || uint32(w.Input.Block.Task.Index) >= q.n {
		return
	}
	v := ref{r, w.Task.Index}
	x := ref{q, w.Input.Block.Task.Index}
	u := x.task()
	if !u.available(false) || u.has(flagRevoking) {
		s.await(x, u, await{v, w.Attempt})
		return
	}
	holder := s.agents[u.holder]
	l := link{a.slot, u.holder}
	if u.attempt() != w.Input.Block.Attempt || holder.id != w.Input.Holder {
		s.resolve(v, t, x)
		return
	}
	if failures, cut := s.cut[l]; cut {
		s.cut[l]++
		if failures < cutAfter {
			s.resolve(v, t, x) // over another connection
			return
		}
		s.bringTogether(a, holder, v, x)
		return
	}
	if u.state == done {
		d := doubt{word.Block{Task: w.Task, Attempt: w.Attempt}, w.Input.Block}
		if _, ok := s.doubts[d]; ok {
			delete(s.doubts, d)
			s.await(x, u, await{v, w.Attempt})
			s.lose([]lost{{x: x}})
			return
		}
		s.doubts[d] = struct{}{}
	}
	s.resolve(v, t, x)
}

func (s *State) await(x ref, u *task, w await) {
	u.flags |= flagMissed
	s.missing[x] = append(s.missing[x], w)
}

// answer is a Resolve that is due.
type answer struct {
	await
	input ref
}

// resolve notes that the agent of an attempt is to be told who has an input of it.
func (s *State) resolve(v ref, t *task, x ref) {
	s.answers = append(s.answers, answer{await{v, t.attempt()}, x})
}

// sendAnswers tells agents who has the inputs that they miss, as it is after all that was stepped and placed.
func (s *State) sendAnswers() {
	if len(s.answers) == 0 {
		return
	}
	sent := map[answer]bool{}
	for _, w := range s.answers {
		v := w.consumer
		if sent[w] {
			continue
		}
		sent[w] = true
		if s.runs[v.r.id] != v.r {
			continue
		}
		t := v.task()
		if t.state != assigned || t.attempt() != w.attempt {
			continue
		}
		u := w.input.task()
		if !u.available(false) || u.has(flagRevoking) {
			s.await(w.input, u, w.await)
			continue
		}
		s.send(s.agents[t.holder], &word.Resolve{
			Task:    v.name(),
			Attempt: t.attempt(),
			Input:   word.Input{Block: w.input.block(), Holder: s.agents[u.holder].id},
		})
	}
	clear(s.answers)
	s.answers = s.answers[:0]
}

// resolveAll tells all that wait for it who has a task's result, now that it is assigned or done.
func (s *State) resolveAll(x ref, u *task) {
	u.flags &^= flagMissed
	list := s.missing[x]
	delete(s.missing, x)
	for _, w := range list {
		t := w.consumer.task()
		if t.state == assigned && t.attempt() == w.attempt {
			s.resolve(w.consumer, t, x)
		}
	}
}
