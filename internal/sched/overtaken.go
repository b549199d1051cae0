package sched

import "slices"

// A task of large needs finds them free together by chance only, as long as small ones take every piece that becomes free. So
// it is counted how many tasks pass it: when they are many, an agent is kept for its class. What the class needs is not given to
// others there, until its first task has been placed, there or elsewhere.

// overtake counts a task of one class that is assigned to an agent for the others that wait for the same.
func (s *State) overtake(a *agent, by *class) {
	for _, c := range s.waiting {
		if c == by || s.runs[c.run.id] != c.run || !c.competesWith(by) || c.queue.empty() || !a.mayRun(c) {
			continue
		}
		if c.passed++; c.passed >= s.cfg.Overtaken && c.kept == nil {
			s.keep(c)
		}
	}
}

// competesWith reports whether two classes need some of the same.
func (c *class) competesWith(o *class) bool {
	return slices.ContainsFunc(c.needs, func(n need) bool {
		return slices.ContainsFunc(o.needs, func(m need) bool { return m.resource == n.resource })
	})
}

// keep keeps an agent for a class: of those that can run its tasks, the one where least of what they need is in use.
func (s *State) keep(c *class) {
	_, first := c.queue.peek()
	least := uint64(0)
	for _, a := range s.live {
		if a.kept != nil || a.reserved != notReserved || !a.mayRun(c) || a.blocked > 0 || !s.suits(a, ref{c.run, first}) {
			continue
		}
		used := uint64(0) // in thousandths
		for _, n := range c.needs {
			used += 1000 * min(a.used[n.resource], maxShare) / min(a.have[n.resource], maxShare)
		}
		if c.kept == nil || used < least {
			c.kept, least = a, used
		}
	}
	if c.kept != nil {
		c.kept.kept = c
	}
}

// maxShare bounds amounts of which shares are computed: memory without a limit is more.
const maxShare = 1 << 50

// letOthersIn ends what was kept for a class.
func (s *State) letOthersIn(c *class) {
	c.passed = 0
	if c.kept != nil {
		c.kept.kept, c.kept = nil, nil
		s.retry = true
	}
}

// isKeptFrom reports whether an agent keeps for another class what one needs. Tasks that wait for others inside hold what they
// have until these have ended, which may need the same: then nothing is kept.
func (a *agent) isKeptFrom(c *class) bool {
	return a.kept != nil && a.kept != c && a.blocked == 0 && a.kept.competesWith(c)
}
