package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// How gangs end: with the results of all members, or with none.

// broken returns why a gang cannot run any more, if a member has ended without a result.
func (g *gang) broken() (cause word.Task, ended bool) {
	g.each(func(i graph.Index) {
		if x := (ref{g.run, i}); !ended && x.task().state.over() {
			cause, ended = x.r.s.causeOf(x, x.task()), true
		}
	})
	return cause, ended
}

// memberDone tells of a gang, and lets go of it, when all its members are done.
func (s *State) memberDone(r *run, i graph.Index) {
	g := r.gangOf(i)
	all := g.held
	g.each(func(k graph.Index) { all = all && r.task(k).state == done })
	if all {
		g.each(func(k graph.Index) { s.settle(r, k, r.task(k)) })
		s.letGo(g)
	}
}

// loseDone gives up the results of members of a gang that is broken.
func (s *State) loseDone(g *gang) {
	var list []lost
	g.each(func(i graph.Index) {
		if x := (ref{g.run, i}); x.task().state == done {
			list = append(list, lost{x: x})
		}
	})
	s.lose(list)
}

// memberFailed takes the report of a member in that ended without a result: all members are tried again, or have failed.
func (s *State) memberFailed(x ref, failure []byte) {
	g := x.r.gangOf(x.i)
	s.breakOff(x, failure)
	s.lose([]lost{{x: x, quietly: true}})
	if g.fails--; g.fails >= 0 {
		return
	}
	if t := x.task(); t.state.pending() {
		s.fail(x.r, x.i, t, word.StatusFailed, failure)
	}
}

// breakGangs is breakOff for the gangs of tasks that are lost together.
func (s *State) breakGangs(list []ref, why []byte) {
	told := map[*gang]bool{}
	for _, x := range list {
		if len(x.r.gangs) > 0 && x.r.callOf(x.i).gang && !told[x.r.gangOf(x.i)] {
			told[x.r.gangOf(x.i)] = true
			s.breakOff(x, why)
		}
	}
}

// breakOff tells the agents of the other members of a gang why these are about to be cancelled.
func (s *State) breakOff(x ref, failure []byte) {
	x.r.gangOf(x.i).each(func(i graph.Index) {
		t := x.r.task(i)
		if i == x.i || t.state != assigned {
			return
		}
		b := s.box(s.agents[t.holder])
		if n := len(b.broken); n == 0 || b.broken[n-1].Member != x.name() {
			b.broken = append(b.broken, &word.Broken{Member: x.name(), Name: x.r.g.Name(x.i), Failure: failure})
		}
		w := b.broken[len(b.broken)-1]
		w.Tasks = append(w.Tasks, ref{x.r, i}.block())
	})
}

// letGo ends the uses that the members of a gang have for being members.
func (s *State) letGo(g *gang) {
	if !g.held {
		return
	}
	g.each(func(i graph.Index) { g.run.task(i) })
	g.held = false
	g.each(func(i graph.Index) { s.unuse(g.run, i) })
}
