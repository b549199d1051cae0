package sim

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// driver is the shell of the scheduler.
type driver struct {
	sim     *simulation
	state   *sched.State
	term    uint32
	up      bool
	steps   int
	turning bool
	inbox   []sched.Event
	agents  map[*process]word.Agent // that joined in this term and were not lost
	effects []sched.Effect
	outbox  []sched.Effect // what this turn will send

	// What a successor is given. Words of clients that were not taken in are repeated by them.
	journal []sched.Event
	words   []sched.Event
}

func newDriver(s *simulation) *driver {
	d := &driver{sim: s}
	d.begin()
	return d
}

func (d *driver) place() int { return 0 }

// begin starts a scheduler with what the journal keeps.
func (d *driver) begin() {
	d.term++
	d.up = true
	cfg := d.sim.sc.Config
	cfg.Term = d.term
	d.state = sched.New(cfg)
	d.agents = map[*process]word.Agent{}
	d.inbox = nil
	if d.term == 1 {
		return
	}
	d.sim.report.Terms++
	d.sim.judge.nextTerm()
	d.sim.tell("scheduler", 0, "a new term begins")
	for _, c := range d.sim.clients {
		d.sim.send(d, c, c.newTerm)
	}
	d.inbox = slices.Clone(d.journal)
	d.journal = nil
	d.inbox = append(d.inbox, d.words...)
	d.words = nil
	d.wake()
}

// die ends the scheduler. Another one begins after a while.
func (d *driver) die() {
	if !d.up {
		return
	}
	d.sim.tell("scheduler", 0, "dies")
	for _, ev := range d.inbox {
		if journaled(ev) {
			d.words = append(d.words, ev)
		}
	}
	d.inbox = nil
	d.up = false
	for _, p := range d.sim.processes {
		d.sim.sever(d, p)
	}
	d.sim.after(d.sim.around(5*d.sim.sc.Delay), d.begin)
}

// journaled reports whether a successor is given the event.
func journaled(ev sched.Event) bool {
	switch ev.(type) {
	case sched.Submitted, sched.ClientWord, sched.ClientGone, sched.FailedBefore, sched.Past:
		return true
	}
	return false
}

// hear takes an event in. It is handled at the next turn.
func (d *driver) hear(ev sched.Event) {
	if !d.up {
		if journaled(ev) {
			d.words = append(d.words, ev)
		}
		return
	}
	d.inbox = append(d.inbox, ev)
	d.wake()
}

// wake plans a turn, which handles what has come until then.
func (d *driver) wake() {
	if d.turning {
		return
	}
	d.turning = true
	d.sim.after(int64(d.sim.rng.below(int(d.sim.sc.Delay))), d.turn)
}

// turn steps what has come, plans once, and then sends.
func (d *driver) turn() {
	d.turning = false
	if !d.up {
		return
	}
	s := d.sim
	inbox := d.inbox
	d.inbox = nil
	for _, ev := range inbox {
		if gone, ok := ev.(sched.AgentLost); ok {
			d.announceLoss(gone.Agent)
		}
		if journaled(ev) {
			d.journal = append(d.journal, ev)
		}
		s.tell("scheduler", 0, ev)
		s.judge.heard(ev)
		for _, ev := range s.toScheduler(ev) {
			s.report.Steps++
			d.keepFailure(ev)
			d.effects = d.state.Step(s.instant(), ev, d.effects[:0])
			d.take()
		}
	}
	for round := 0; ; round++ {
		d.effects = d.state.Plan(s.instant(), d.effects[:0])
		d.take()
		if !d.state.More() {
			break
		}
		if round == 1000 {
			s.fail("the scheduler wants to plan for ever")
			return
		}
	}
	s.judge.turned()
	for _, e := range d.outbox {
		d.perform(e)
	}
	clear(d.outbox)
	d.outbox = d.outbox[:0]
	d.steps++
	if d.steps%s.sc.Checks == 0 {
		d.check()
	}
}

// take judges effects and keeps them until the turn sends.
func (d *driver) take() {
	for _, e := range d.effects {
		for _, e := range d.sim.fromScheduler(e) {
			d.sim.tell("scheduler", 0, e)
			if past, ok := e.(sched.Past); ok {
				d.journal = append(d.journal, past)
				continue
			}
			d.sim.judge.said(e)
			d.outbox = append(d.outbox, e)
		}
	}
	clear(d.effects)
}

// keepFailure has a successor know that a task has failed.
func (d *driver) keepFailure(ev sched.Event) {
	if a, ok := ev.(sched.AgentWord); ok {
		if w, ok := a.Word.(*word.Failed); ok && d.state.Decides(a.Agent, w) {
			d.journal = append(d.journal, sched.FailedBefore{Word: w})
		}
	}
}

// claim is how many bytes of memory an attempt that is assigned now may take.
func (d *driver) claim(t word.Task) int64 {
	claim := d.sim.task(t).traits.Needs.Memory
	if grown := d.state.Claims(t.Run); grown != nil {
		claim = max(claim, grown(t.Index))
	}
	return claim
}

func (d *driver) check() {
	if j := d.sim.jobs[d.sim.asking.between(1, len(d.sim.jobs)-1)]; j.tasks != nil { // whatever it is, there is an explanation
		t := word.Task{Run: j.run, Index: graph.Index(d.sim.asking.below(len(j.tasks)))}
		if x := d.state.Explain(t); x.State == "" || x.Why == "" {
			d.sim.fail("the scheduler has no explanation for %v: %+v", t, x)
		}
	}
	if err := d.state.Check(); err != nil {
		d.sim.fail("the scheduler's Check: %v", err)
	}
}

func (d *driver) perform(e sched.Effect) {
	s := d.sim
	switch e := e.(type) {
	case sched.Send:
		if int(e.Agent) >= len(s.numbers) || e.Agent == word.Nobody {
			s.fail("the scheduler sends something to agent %d, which never was", e.Agent)
			return
		}
		p := s.numbers[e.Agent]
		if d.agents[p] != e.Agent {
			return // it was lost in this turn
		}
		s.send(d, p, func() { p.fromScheduler(e.Agent, e.Word) })
	case sched.Tell:
		c := s.clients[e.Client-1]
		s.send(d, c, func() { c.told(e.Word) })
	case sched.RunOver:
		d.journal = slices.DeleteFunc(d.journal, func(ev sched.Event) bool { return runOf(ev) == e.Run })
	}
}

// runOf returns the run that an event of the journal is about, 0 for none.
func runOf(ev sched.Event) word.Run {
	switch ev := ev.(type) {
	case sched.Submitted:
		return ev.Run
	case sched.Past:
		return ev.Task.Run
	case sched.FailedBefore:
		return ev.Word.Block.Task.Run
	case sched.ClientWord:
		switch w := ev.Word.(type) {
		case *word.Release:
			return w.Run
		case *word.CancelTasks:
			return w.Run
		}
	}
	return 0
}

// join takes in an agent that is there for the first time or again.
func (d *driver) join(p *process, w word.Join) {
	if !d.up {
		return
	}
	s := d.sim
	if old := d.agents[p]; old != word.Nobody {
		d.lose(p, "it came back under another number")
	}
	n := word.Agent(len(s.numbers))
	s.numbers = append(s.numbers, p)
	d.agents[p], p.next = n, n
	s.report.Announced += len(w.Blocks)
	s.send(d, p, func() { p.welcome(n) })
	d.hear(sched.AgentJoined{Agent: n, Join: w})
}

// lose takes note that an agent is gone.
func (d *driver) lose(p *process, why string) {
	n := d.agents[p]
	if !d.up || n == word.Nobody {
		return
	}
	delete(d.agents, p)
	d.hear(sched.AgentLost{Agent: n, Why: why})
}

// broken is told when the connection with an agent ended.
func (d *driver) broken(other end) {
	if p, ok := other.(*process); ok {
		d.lose(p, "the connection broke")
	}
}

// announceLoss tells everybody that an agent is gone.
func (d *driver) announceLoss(gone word.Agent) {
	for _, p := range d.sim.processes {
		if n := d.agents[p]; n != word.Nobody {
			d.sim.send(d, p, func() {
				if p.number == n && p.state != nil {
					p.step(workerstate.PeerLost{Peer: workerstate.Peer{Agent: gone}})
				}
			})
		}
	}
	for _, c := range d.sim.clients {
		d.sim.send(d, c, func() { c.agentGone(gone) })
	}
}
