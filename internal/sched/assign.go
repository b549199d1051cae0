package sched

import (
	"cmp"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// assign gives a ready task to an agent.
func (s *State) assign(a *agent, r *run, i graph.Index, t *task) {
	if a.wrun != r {
		s.endAssign(a)
		a.writing, a.wrun = &word.Assign{}, r
		s.unsent = append(s.unsent, a)
	}
	s.dequeue(r, i, t)
	r.reachConsumers(i, t)
	c := r.callOf(i)
	if t.term == s.cfg.Term {
		t.count++
	} else {
		t.term, t.count = s.cfg.Term, 1
	}
	t.holder = a.slot
	t.nanos, t.expected = s.expect(c)
	t.state = assigned
	a.assigned++
	a.nanos += t.nanos.value()
	a.bytes += t.expected.value()
	s.assigned++
	s.budget--
	s.crowd(a)
	if t.suspected > 0 {
		a.suspects++
	}
	if c.gang {
		a.ganged++
	}
	s.occupy(a, r.classes[c.class])
	a.share(r).assigned.append(r, i)
	s.write(a, r, i, t)
	s.becomeAvailable(r, i, t)
	if t.has(flagMissed) {
		s.resolveAll(ref{r, i}, t)
	}
}

// write adds a task to the word that is being written for its agent.
func (s *State) write(a *agent, r *run, i graph.Index, t *task) {
	w := a.writing
	w.Tasks = append(w.Tasks, word.Block{Task: word.Task{Run: r.id, Index: i}, Attempt: t.attempt()})
	start := len(w.Inputs)
	_, args := r.g.Task(i, s.refs[:0])
	for _, arg := range args {
		switch arg.Kind() {
		case graph.RefOutput:
			s.writeInput(a, ref{r, arg.Task()}, start)
		case graph.RefExternal:
			e := &r.exts[arg.Table()]
			for j := range e.count {
				s.writeInput(a, ref{e.src, e.first + graph.Index(j)}, start)
			}
		}
	}
	if row := w.Inputs[start:]; len(row) > few {
		slices.SortFunc(row, func(a, b word.Input) int {
			return cmp.Or(cmp.Compare(a.Block.Task.Run, b.Block.Task.Run), cmp.Compare(a.Block.Task.Index, b.Block.Task.Index))
		})
		w.Inputs = w.Inputs[:start+len(slices.Compact(row))]
	}
	w.Ends = append(w.Ends, uint32(len(w.Inputs)))
	t.flags |= flagFresh
}

// few is the number of inputs up to which a repeated one is found by looking at all before it.
const few = 16

func (s *State) writeInput(a *agent, x ref, start int) {
	t := x.task()
	if t.has(flagFresh) && t.holder == a.slot {
		return // it is in the same word
	}
	w := a.writing
	name := x.name()
	if row := w.Inputs[start:]; len(row) <= few {
		for k := range row {
			if row[k].Block.Task == name {
				return
			}
		}
	}
	w.Inputs = append(w.Inputs, word.Input{
		Block:  word.Block{Task: name, Attempt: t.attempt()},
		Holder: s.agents[t.holder].id,
	})
}

// endAssign sends the word that is being written for an agent.
func (s *State) endAssign(a *agent) {
	if a.writing == nil {
		return
	}
	for _, b := range a.writing.Tasks {
		a.wrun.task(b.Task.Index).flags &^= flagFresh
	}
	s.send(a, a.writing)
	a.writing, a.wrun = nil, nil
}

// endAssigns sends all words that are being written. Agents whose tasks take from each other are filled in turns, a few tasks at a
// time: these few go in one word.
func (s *State) endAssigns() {
	for n, a := range s.unsent {
		s.endAssign(a)
		s.unsent[n] = nil
	}
	s.unsent = s.unsent[:0]
}

// unassign takes a task off an agent's load; its state is for the caller to set.
func (s *State) unassign(a *agent, r *run, i graph.Index, t *task) {
	c := r.callOf(i)
	a.assigned--
	a.nanos -= t.nanos.value()
	a.bytes -= t.expected.value()
	s.assigned--
	if t.suspected > 0 {
		a.suspects--
	}
	if c.gang {
		a.ganged--
	}
	if t.has(flagBlocked) {
		t.flags &^= flagBlocked
		a.blocked--
	}
	t.flags &^= flagBegun | flagUrgent
	if t.has(flagRevoking) {
		t.flags &^= flagRevoking
		a.revoking--
		s.answered(a)
	}
	s.vacate(a, r.classes[c.class])
	a.share(r).assigned.remove(r, t)
	s.lookAt(a)
}
