package sched

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Past is what earlier attempts of a task have shown. As an effect it is for a successor to know; as an event it comes from the journal, after the
// task's Submitted and before any agent. The last one of a task counts.
type Past struct {
	Task      word.Task
	Suspected uint8  // 0: never; otherwise 1 + the deaths in a row of agents that may have been running it
	Bytes     uint64 // of memory that it claims; 0 means what its call says
	Times     uint8  // that the claim has grown
}

func (Past) event()  {}
func (Past) effect() {}

func (e Past) String() string {
	text := fmt.Sprintf("past of %v:", e.Task)
	switch {
	case e.Suspected > 1:
		text += fmt.Sprintf(" %d deaths", e.Suspected-1)
	case e.Suspected == 1:
		text += " suspected"
	}
	if e.Bytes > 0 {
		text += fmt.Sprintf(" claims %d bytes after %d times", e.Bytes, e.Times)
	}
	return text
}

// tellPast has a successor know what attempts of a task have shown until now.
func (s *State) tellPast(x ref) {
	e := Past{Task: x.name(), Suspected: x.task().suspected}
	if g := x.r.grown[x.i]; g != nil {
		e.Bytes, e.Times = g.bytes, uint8(g.times)
	}
	s.out = append(s.out, e)
}

// recallPast takes in what attempts of a task have shown under earlier schedulers. Nobody has the task.
func (s *State) recallPast(e Past) {
	r := s.run(e.Task.Run)
	i := e.Task.Index
	if r == nil || uint32(i) >= r.n || !r.isNeeded(i) {
		return
	}
	t := r.task(i)
	pending := t.state == waiting || t.state == ready
	if !pending && t.state != idle {
		return
	}
	s.withdraw(r, i, t)
	t.suspected = e.Suspected
	s.regrow(r, i, e.Bytes, int(e.Times))
	switch {
	case !pending:
	case t.deaths() >= s.cfg.Deaths:
		t.state = waiting
		s.fail(r, i, t, word.StatusDied, fmt.Appendf(nil, "it was on %d workers when they died, under an earlier scheduler", t.deaths()))
	default:
		t.state = waiting
		s.restart(r, i, t)
	}
}

// regrow gives a task that nobody has a claim of memory, if its call states some.
func (s *State) regrow(r *run, i graph.Index, bytes uint64, times int) {
	c := r.callOf(i)
	class := r.classes[c.class]
	k := s.memoryNeed(class)
	if c.gang || k < 0 || bytes <= class.needs[k].amount {
		return
	}
	g := &growth{call: *c, bytes: bytes, times: times}
	g.class = s.classWith(r, class, k, bytes)
	r.setGrown(i, g)
}
