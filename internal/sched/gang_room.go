package sched

import (
	"fmt"

	"github.com/braid-compute/braid/internal/word"
)

// How many members of a gang can run at once, and what is said where they are too few.

// membersOf returns how many tasks of a class an empty agent can run at a time.
func (a *agent) membersOf(c *class) uint32 {
	n := uint64(a.slots)
	for _, x := range c.needs {
		n = min(n, a.have[x.resource]/x.amount)
	}
	return uint32(n)
}

// refuseGangs ends the gangs of a run for which all agents together are too few. Without any agent, or as long as more are
// expected, they wait.
func (s *State) refuseGangs(r *run) {
	if len(s.live) == 0 || len(s.live) < s.cfg.Expect {
		return
	}
	for _, g := range r.gangs {
		x := ref{r, g.first}
		if !r.isNeeded(x.i) || !x.task().state.pending() {
			continue
		}
		if room, _ := s.roomFor(g); room < uint64(g.count) {
			s.fail(r, x.i, x.task(), word.StatusLost, []byte(s.tooFew(g)))
		}
	}
}

// roomFor returns how many members of a gang can run at once, on how many agents.
func (s *State) roomFor(g *gang) (room uint64, agents int) {
	c := g.run.classes[g.run.calls[g.call].class]
	for _, a := range s.live {
		if a.mayRun(c) {
			room += uint64(a.membersOf(c))
			agents++
		}
	}
	return room, agents
}

// tooFew says what a gang needs and what there is.
func (s *State) tooFew(g *gang) string {
	room, able := s.roomFor(g)
	slots := uint64(0)
	for _, a := range s.live {
		slots += uint64(a.slots)
	}
	text := fmt.Sprintf("its gang of %d tasks needs %d slots at once, and there are %d", g.count, g.count, slots)
	if slots >= uint64(g.count) {
		text = fmt.Sprintf("its gang has %d tasks, and with what each of them needs, at most %d can run at once", g.count, room)
	}
	workers := "workers"
	if len(s.live) == 1 {
		workers = "worker"
	}
	if able < len(s.live) {
		return fmt.Sprintf("%s, on %d of %d %s", text, able, len(s.live), workers)
	}
	return fmt.Sprintf("%s, on %d %s", text, able, workers)
}
