package sim

import (
	"fmt"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// planFaults puts every fault on the agenda at some time of the first part of the run.
func (s *simulation) planFaults() {
	plan := func(n int, do func()) {
		for range n {
			s.at(int64(s.rng.next()%uint64(s.sc.Chaos)), do)
		}
	}
	plan(s.sc.Deaths, s.kill)
	plan(s.sc.Cuts, s.cut)
	plan(s.sc.Terms, s.driver.die)
	plan(s.sc.Breaks, s.breakPeers)
	plan(s.sc.Losses, s.loseBlock)
	plan(s.sc.Stalls, s.stallSome)
	plan(s.sc.Walls, func() {
		if p, q := s.anyProcess(), s.anyProcess(); p != q {
			s.tell("agent", int(p.number), fmt.Sprintf("is walled off from agent %d", q.number))
			s.report.Breaks++
			s.wall(p, q)
		}
	})
	plan(s.sc.Joins, func() {
		s.addProcess("b", s.rng.between(1, s.sc.Slots), false).connect()
	})
	plan(s.sc.Cancels, func() {
		c := s.anyClient()
		if len(c.jobs) > 0 {
			c.cancel(s.rng.below(len(c.jobs)), s.rng.one(6))
		}
	})
	plan(s.sc.Releases, func() {
		c := s.anyClient()
		if len(c.jobs) > 0 {
			c.release(s.rng.below(len(c.jobs)), s.rng.one(4))
		}
	})
	plan(s.sc.Leaves, func() { s.anyClient().leave() })
}

func (s *simulation) anyClient() *client { return s.clients[s.rng.below(len(s.clients))] }

// anyProcess returns a process that is alive and was welcomed once, or nil.
func (s *simulation) anyProcess() *process {
	var alive []*process
	for _, p := range s.processes {
		if p.alive && p.number != word.Nobody {
			alive = append(alive, p)
		}
	}
	if len(alive) == 0 {
		return nil
	}
	return alive[s.rng.below(len(alive))]
}

// loseBlock has an agent lose a block that it holds.
func (s *simulation) loseBlock() {
	p := s.anyProcess()
	if p == nil {
		return
	}
	var held []word.Block
	for _, b := range sorted(p.store) {
		if !p.freed[b] {
			held = append(held, b)
		}
	}
	if len(held) == 0 {
		return
	}
	b := held[s.rng.below(len(held))]
	s.report.Lost++
	s.judge.damaged[b] = true
	p.step(workerstate.BlocksLost{Blocks: []word.Block{b}})
}

// kill ends an agent.
func (s *simulation) kill() {
	if p := s.anyProcess(); p != nil {
		s.killProcess(p)
	}
}

// killProcess ends an agent. Another one like it takes its place after a while.
func (s *simulation) killProcess(p *process) {
	p.die()
	s.after(s.around(10*s.sc.Delay), func() {
		q := s.addProcess(p.name, p.slots, false)
		q.resources, q.memory = p.resources, p.memory
		q.connect()
	})
}

// cut breaks the connection between the scheduler and an agent, which will come back.
func (s *simulation) cut() {
	if p := s.anyProcess(); p != nil && p.joined {
		s.tell("agent", int(p.number), "is cut off")
		s.sever(s.driver, p)
	}
}

// breakPeers breaks a connection between two agents, or a client and an agent.
func (s *simulation) breakPeers() {
	p, q := s.anyProcess(), s.anyProcess()
	if p == nil {
		return
	}
	s.report.Breaks++
	if p == q {
		s.sever(p, s.anyClient())
		return
	}
	s.tell("agent", int(p.number), fmt.Sprintf("loses its connection with agent %d", q.number))
	s.sever(p, q)
}

// stallSome lets a connection carry nothing for a while.
func (s *simulation) stallSome() {
	p, q := s.anyProcess(), s.anyProcess()
	switch {
	case p == nil:
	case p == q:
		s.stall(s.driver, p, 50*s.sc.Delay)
	default:
		s.stall(p, q, 50*s.sc.Delay)
	}
}

func agentWord(n word.Agent, w any) sched.Event { return sched.AgentWord{Agent: n, Word: w} }
