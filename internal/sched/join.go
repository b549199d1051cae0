package sched

import (
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// join takes an agent in, with the blocks that it kept from an earlier term or from before it was cut off.
func (s *State) join(ev AgentJoined) {
	if s.byName[ev.Agent] != nil {
		return
	}
	j := &ev.Join
	a := &agent{id: ev.Agent, name: j.Name, slots: max(1, j.Slots), memory: j.Memory}
	a.window = s.cfg.WindowBytes
	if a.window <= 0 {
		a.window = math.MaxInt64 / 8
		if j.Memory > 0 {
			a.window = max(1, j.Memory/4)
		}
	}
	if n := len(s.free); n > 0 {
		a.slot = s.free[n-1]
		s.free = s.free[:n-1]
		s.agents[a.slot] = a
	} else {
		a.slot = uint32(len(s.agents))
		s.agents = append(s.agents, a)
		s.sums = append(s.sums, 0)
	}
	s.byName[a.id] = a
	s.live = append(s.live, a)
	s.slots += a.slots
	s.equip(a, j)
	s.relist(a, dirtyList)
	s.retry = len(s.waiting) > 0
	for k := range j.Blocks {
		s.adopt(a, &j.Blocks[k])
	}
	s.refuseAll()
}

// refuseAll ends tasks that could only run at agents that are gone, or that were waited for in vain: all are there that were
// expected.
func (s *State) refuseAll() {
	var ids []word.Run
	for id, r := range s.runs {
		if len(r.classes) > 1 || len(r.gangs) > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if r := s.runs[id]; r != nil { // the end of one may be the end of another
			s.refuse(r)
			s.refuseGangs(r)
		}
	}
}

// adopt makes a joined agent the holder of a block that it kept, if the task is needed, has no better attempt, and does not
// derive from impure tasks; otherwise the agent is told to free it.
func (s *State) adopt(a *agent, h *word.Held) {
	r := s.run(h.Block.Task.Run)
	i := h.Block.Task.Index
	if r == nil || uint32(i) >= r.n || r.isTainted(i) || r.callOf(i).gang {
		s.refuseBlock(a, h.Block)
		return
	}
	t := r.task(i)
	mine := t.term == s.cfg.Term
	if t.state != waiting && t.state != ready || t.uses == 0 || h.Block.Attempt.Term > s.cfg.Term ||
		mine && h.Block.Attempt != t.attempt() || !mine && h.Block.Attempt.Term == s.cfg.Term {
		s.refuseBlock(a, h.Block)
		return
	}
	if t.state == ready {
		s.dequeue(r, i, t)
	}
	r.reachConsumers(i, t)
	t.term, t.count = h.Block.Attempt.Term, h.Block.Attempt.Count
	s.finish(a, r, i, t, h.Bytes)
	r.eachConsumer(i, t, s.arrive)
	if t.has(flagMissed) {
		s.resolveAll(ref{r, i}, t)
	}
	s.dropInputs(r, i)
}

func (s *State) refuseBlock(a *agent, b word.Block) {
	box := s.box(a)
	box.frees = append(box.frees, b)
}
