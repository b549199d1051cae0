package sched

import (
	"cmp"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// Stats counts what is on a cluster.
type Stats struct {
	Agents, Slots int
	Runs          int
	Running       int // tasks assigned to agents and not ended
	Waiting       int // tasks in the queues of agents
	Blocks        int // held by agents
	Bytes         int64
	Groups        []Group
}

// Group counts the tasks of one client that share a call's name.
type Group struct {
	Client word.Client
	word.Group
}

// Stats returns the counts, groups ordered by client and name.
func (s *State) Stats() Stats {
	st := Stats{Agents: len(s.live), Slots: int(s.slots), Runs: len(s.runs), Running: s.assigned, Waiting: s.queued}
	for _, a := range s.live {
		st.Blocks += a.held
		st.Bytes += a.stored
	}
	for _, c := range s.turn {
		for _, g := range c.groups {
			st.Groups = append(st.Groups, Group{c.id, *g})
		}
	}
	slices.SortFunc(st.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Client, b.Client), cmp.Compare(a.Name, b.Name))
	})
	return st
}
