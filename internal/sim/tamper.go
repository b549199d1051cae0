package sim

import (
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/workerstate"
)

// Tamper changes what machines are told and what they say, as a mistake inside of them would. Each function returns what passes
// instead of what it is given; those that are nil change nothing.
type Tamper struct {
	Name          string
	ToScheduler   func(*Chance, sched.Event) []sched.Event
	FromScheduler func(*Chance, sched.Effect) []sched.Effect
	ToAgent       func(*Chance, workerstate.Event) []workerstate.Event
	FromAgent     func(*Chance, workerstate.Effect) []workerstate.Effect
}

// Chance decides when a Tamper acts.
type Chance struct {
	sim *simulation
	// Kept is whatever a Tamper wants to remember during a run.
	Kept any
}

// Hit is true once in n times, and counts as an act.
func (c *Chance) Hit(n int) bool {
	if !c.sim.tampering.one(n) {
		return false
	}
	c.sim.report.Tampered++
	return true
}

func (s *simulation) toScheduler(ev sched.Event) []sched.Event {
	if t := s.sc.Tamper; t != nil && t.ToScheduler != nil {
		return t.ToScheduler(&s.chance, ev)
	}
	s.oneEvent[0] = ev
	return s.oneEvent[:]
}

func (s *simulation) fromScheduler(e sched.Effect) []sched.Effect {
	if t := s.sc.Tamper; t != nil && t.FromScheduler != nil {
		return t.FromScheduler(&s.chance, e)
	}
	s.oneEffect[0] = e
	return s.oneEffect[:]
}

func (s *simulation) toAgent(ev workerstate.Event) []workerstate.Event {
	if t := s.sc.Tamper; t != nil && t.ToAgent != nil {
		return t.ToAgent(&s.chance, ev)
	}
	return []workerstate.Event{ev}
}

func (s *simulation) fromAgent(e workerstate.Effect) []workerstate.Effect {
	if t := s.sc.Tamper; t != nil && t.FromAgent != nil {
		return t.FromAgent(&s.chance, e)
	}
	return []workerstate.Effect{e}
}
