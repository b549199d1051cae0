package sched

import (
	"cmp"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// Workers returns what is at the agents, in the order of their numbers. Process ids and times are the shell's to add.
func (s *State) Workers() []word.Worker {
	list := make([]word.Worker, 0, len(s.live))
	for _, a := range s.live {
		list = append(list, word.Worker{
			Agent: a.id, Name: a.name, Slots: a.slots, Assigned: uint32(a.assigned), Memory: a.memory, Bytes: a.stored,
		})
	}
	slices.SortFunc(list, func(a, b word.Worker) int { return cmp.Compare(a.Agent, b.Agent) })
	return list
}

// Work returns how many runs a client has, and the counts of its tasks by the names of their calls.
func (s *State) Work(id word.Client) (runs int, groups []word.Group) {
	c := s.clients[id]
	if c == nil {
		return 0, nil
	}
	for _, g := range c.groups {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b word.Group) int { return cmp.Compare(a.Name, b.Name) })
	return len(c.runs), groups
}
