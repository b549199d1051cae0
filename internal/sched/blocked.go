package sched

import "github.com/braid-compute/braid/internal/word"

// load is how many of an agent's tasks use its slots or wait for one: those that wait for other tasks do not, and what they
// wait for must find room.
func (a *agent) load() int { return a.assigned - a.blocked }

// blocked notes attempts that began to wait for other tasks.
func (s *State) blocked(a *agent, w *word.Blocked) {
	for _, b := range w.Tasks {
		if _, t := s.attempt(a, b); t != nil && !t.has(flagBlocked) {
			t.flags |= flagBlocked
			a.blocked++
			s.retry = s.retry || len(s.waiting) > 0 // nothing is kept from others here any more
		}
	}
	s.lookAt(a)
}
