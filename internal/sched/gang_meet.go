package sched

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// What the shell asks to let the members of a gang meet.

// Gang is the gang of an attempt, as the shell needs it to let its members meet.
type Gang struct {
	First graph.Index
	Count uint32
}

// GangOf returns the gang of an attempt that an agent has and that is current.
func (s *State) GangOf(agent word.Agent, b word.Block) (g Gang, ok bool) {
	a := s.byName[agent]
	if a == nil {
		return g, false
	}
	r, t := s.attempt(a, b)
	if t == nil || !r.callOf(b.Task.Index).gang {
		return g, false
	}
	m := r.gangOf(b.Task.Index)
	return Gang{m.first, m.count}, true
}

// HasReturned returns the name of a member of a gang that has its result already.
func (s *State) HasReturned(run word.Run, g Gang) (name string, ok bool) {
	r := s.run(run)
	if r == nil {
		return "", false
	}
	for k := range g.Count {
		if t := r.peek(g.First + graph.Index(k)); t != nil && t.state == done {
			return r.g.Name(g.First + graph.Index(k)), true
		}
	}
	return "", false
}
