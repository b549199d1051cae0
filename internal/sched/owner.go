package sched

import (
	"sort"

	"github.com/braid-compute/braid/graph"
)

// Tasks of equal depth are what one step of a program does, and mostly take least from elsewhere, and keep all agents busy, when each agent
// has a block of them in the order of the graph, at every depth the same part. So a task has an owner: of the agents that began with
// the run's roots, in the order of their parts, the one to whose slots the task's rank among those of its depth falls. It is asked
// where inputs leave a choice: with small ones at several agents, whoever has room would otherwise get a whole step and all that follows.

// parts are the agents that have had their part of a run's roots.
type parts struct {
	agents []*agent
	ends   []uint32 // slots up to the end of each
}

// add appends an agent that takes its part.
func (p *parts) add(a *agent) {
	end := a.slots
	if n := len(p.ends); n > 0 {
		end += p.ends[n-1]
	}
	p.agents, p.ends = append(p.agents, a), append(p.ends, end)
}

// at returns the agent at a place from 0 to 65,535 of all slots, or nil if it is lost or there is none.
func (p *parts) at(place uint16) *agent {
	n := len(p.ends)
	if n == 0 {
		return nil
	}
	slot := uint32(uint64(place) * uint64(p.ends[n-1]) >> 16)
	if a := p.agents[sort.Search(n, func(k int) bool { return p.ends[k] > slot })]; !a.lost {
		return a
	}
	return nil
}

// ranks returns for every task where it stands among those of its depth, from 0 to 65,535; nil if all have the same depth.
func ranks(g *graph.Graph) []uint16 {
	if g.Independent() {
		return nil
	}
	depths := make([]uint32, g.Len())
	var sizes []uint32
	buf := make([]graph.Ref, 0, 64)
	for i := range depths {
		depth := uint32(0)
		_, args := g.Task(graph.Index(i), buf)
		for _, a := range args {
			if a.Kind() == graph.RefOutput {
				depth = max(depth, depths[a.Task()]+1)
			}
		}
		if depths[i] = depth; int(depth) == len(sizes) {
			sizes = append(sizes, 0)
		}
		sizes[depth]++
	}
	ranks, before := make([]uint16, len(depths)), make([]uint32, len(sizes))
	for i, depth := range depths {
		ranks[i] = uint16(uint64(before[depth]) << 16 / uint64(sizes[depth]))
		before[depth]++
	}
	return ranks
}

// owner returns the owner of a task, or nil if it has none.
func (r *run) owner(i graph.Index) *agent {
	if r.ranks == nil {
		return nil
	}
	return r.parts.at(r.ranks[i])
}
