package sim

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// client submits graphs, reads results, changes its mind and goes.
type client struct {
	sim     *simulation
	id      int
	jobs    []*job
	wants   []map[graph.Index]*want // by job
	sent    []bool                  // the job was submitted
	gone    bool
	origins map[word.Task]word.Block // the attempts that its results come from
	eager   bool                     // it reads results as soon as they are there
}

// want is a result that a client wants.
type want struct {
	outcome  word.Outcome // as told last; its Status is 0 while it is not known
	released bool
	fetching bool
	fetched  bool
}

func (c *client) place() int { return 100_000 + c.id }

func (c *client) number() word.Client { return word.Client(c.id + 1) }

func (c *client) peer() workerstate.Peer { return workerstate.Peer{Client: c.number()} }

// begin plans what the client does.
func (c *client) begin() {
	s := c.sim
	c.eager = s.rng.one(2)
	at := int64(0)
	for n, j := range c.jobs {
		wants := map[graph.Index]*want{}
		for _, i := range j.wanted {
			wants[i] = &want{}
		}
		c.wants = append(c.wants, wants)
		c.sent = append(c.sent, false)
		if n > 0 {
			at += int64(s.rng.below(int(s.sc.Chaos / 2)))
		}
		s.at(min(at, s.sc.Chaos-1), func() { c.submit(n) })
	}
}

func (c *client) say(ev sched.Event) {
	c.sim.send(c, c.sim.driver, func() { c.sim.driver.hear(ev) })
}

func (c *client) submit(n int) {
	if c.gone {
		return
	}
	j := c.jobs[n]
	for _, run := range j.takes { // only what it still wants can be taken
		k := slices.IndexFunc(c.jobs, func(j *job) bool { return j.run == run })
		for _, w := range c.wants[k] {
			if w.released || !c.sent[k] {
				return
			}
		}
	}
	c.sent[n] = true
	c.say(sched.Submitted{Client: c.number(), Run: j.run, Graph: j.graph, All: j.all, Wanted: slices.Clone(j.wanted)})
}

// told takes in what the scheduler says about results.
func (c *client) told(w any) {
	m, ok := w.(*word.Settled)
	if !ok {
		c.sim.fail("the scheduler tells a client %T", w)
		return
	}
	k := slices.IndexFunc(c.jobs, func(j *job) bool { return j.run == m.Run })
	if k < 0 {
		c.sim.fail("the scheduler tells client %d of run %d, which is not its own", c.number(), m.Run)
		return
	}
	for _, o := range m.Tasks {
		x := c.wants[k][o.Index]
		if x == nil {
			c.sim.fail("the scheduler tells client %d of task %d/%d, which it does not want", c.number(), m.Run, o.Index)
			return
		}
		if o.Holder != x.outcome.Holder || o.Attempt != x.outcome.Attempt {
			x.fetching = false // what was asked for before may never come
		}
		x.outcome = o
		if c.eager || c.sim.calm {
			c.fetch(k, o.Index)
		}
	}
}

// fetch reads a result at its holder.
func (c *client) fetch(k int, i graph.Index) {
	x := c.wants[k][i]
	if x.outcome.Status != word.StatusDone || x.released || x.fetching || x.fetched || c.gone {
		return
	}
	s := c.sim
	h := x.outcome.Holder
	if h == word.Nobody || int(h) >= len(s.numbers) {
		s.fail("client %d is told that agent %d, which never was, holds a result", c.number(), h)
		return
	}
	p := s.numbers[h]
	x.fetching = true
	if !p.isCalled(h) {
		s.after(s.sc.Delay, func() { c.failed(k, i) })
		return
	}
	b := word.Block{Task: word.Task{Run: c.jobs[k].run, Index: i}, Attempt: x.outcome.Attempt}
	s.send(c, p, func() { p.fromPeer(h, c.peer(), &word.Subscribe{Blocks: []word.Block{b}}, nil) })
}

// failed ends an attempt to read a result. The client tries again later with what it knows then.
func (c *client) failed(k int, i graph.Index) {
	c.wants[k][i].fetching = false
	c.sim.after(5*c.sim.sc.Delay, func() {
		if x := c.wants[k][i]; x.outcome.Status == word.StatusDone {
			if c.sim.numbers[x.outcome.Holder].isCalled(x.outcome.Holder) {
				c.fetch(k, i)
			}
		}
	})
}

// fromHolder takes in a word about blocks.
func (c *client) fromHolder(holder word.Agent, w any, v *value) {
	switch w := w.(type) {
	case *word.Delivery:
		k, x := c.find(w.Block.Task)
		if k < 0 {
			c.sim.fail("client %d is given %v, which it does not want", c.number(), w.Block)
			return
		}
		c.sim.tell("client", int(c.number()), holderSays{holder, w.Block})
		c.sim.judge.read(w.Block, v)
		x.fetching, x.fetched = false, true
		c.sim.report.Fetched++
	case *word.NotHere:
		for _, b := range w.Blocks {
			if k, x := c.find(b.Task); k >= 0 && x.outcome.Attempt == b.Attempt && x.outcome.Holder == holder {
				x.fetching = false
				x.outcome = word.Outcome{} // the scheduler knows better soon
			}
		}
	}
}

// holderSays is a delivery in a story.
type holderSays struct {
	holder word.Agent
	block  word.Block
}

func (h holderSays) String() string {
	return "reads " + h.block.String() + " at " + workerstate.Peer{Agent: h.holder}.String()
}

func (c *client) find(t word.Task) (int, *want) {
	k := slices.IndexFunc(c.jobs, func(j *job) bool { return j.run == t.Run })
	if k < 0 || c.wants[k][t.Index] == nil {
		return -1, nil
	}
	return k, c.wants[k][t.Index]
}

// each calls f for what the client wants of jobs it submitted, in order.
func (c *client) each(f func(k int, i graph.Index, x *want)) {
	for k, j := range c.jobs {
		if !c.sent[k] {
			continue
		}
		for _, i := range j.wanted {
			f(k, i, c.wants[k][i])
		}
	}
}

// agentGone forgets what an agent that is gone held: the scheduler will tell where it is to be had.
func (c *client) agentGone(n word.Agent) {
	c.each(func(k int, i graph.Index, x *want) {
		if x.outcome.Status == word.StatusDone && x.outcome.Holder == n {
			x.outcome, x.fetching = word.Outcome{}, false
		}
	})
}

// newTerm forgets where results are: the next scheduler will tell.
func (c *client) newTerm() {
	c.each(func(k int, i graph.Index, x *want) {
		x.outcome, x.fetching = word.Outcome{}, false
	})
}

// broken is told when the connection with a holder ended.
func (c *client) broken(other end) {
	p, ok := other.(*process)
	if !ok {
		return
	}
	c.each(func(k int, i graph.Index, x *want) {
		if x.fetching && c.sim.numbers[x.outcome.Holder] == p {
			c.failed(k, i)
		}
	})
}

// release gives up some results, or all of a job.
func (c *client) release(k int, all bool) {
	if c.gone || !c.sent[k] {
		return
	}
	for n := range c.jobs { // not what a later job of its own will take
		if !c.sent[n] && slices.Contains(c.jobs[n].takes, c.jobs[k].run) && !c.sim.calm {
			return
		}
	}
	w := &word.Release{Run: c.jobs[k].run, All: all}
	for _, i := range c.jobs[k].wanted {
		x := c.wants[k][i]
		if !x.released && (all || c.sim.rng.one(3)) {
			x.released = true
			w.Tasks = append(w.Tasks, i)
		}
	}
	if all {
		w.Tasks = nil
	}
	c.say(sched.ClientWord{Client: c.number(), Word: w})
}

// cancel cancels some tasks, or all of a job.
func (c *client) cancel(k int, all bool) {
	if c.gone || !c.sent[k] {
		return
	}
	w := &word.CancelTasks{Run: c.jobs[k].run, All: all}
	for range 3 {
		if !all {
			w.Tasks = append(w.Tasks, graph.Index(c.sim.rng.below(len(c.jobs[k].tasks))))
		}
	}
	c.say(sched.ClientWord{Client: c.number(), Word: w})
}

// leave ends the client, with a word or without.
func (c *client) leave() {
	if c.gone {
		return
	}
	c.gone = true
	c.each(func(_ int, _ graph.Index, x *want) { x.released = true })
	if c.sim.rng.one(2) {
		c.say(sched.ClientWord{Client: c.number(), Word: &word.Leave{}})
		return
	}
	c.say(sched.ClientGone{Client: c.number()})
}

// finish begins the quiet time: everything that is wanted shall be read.
func (c *client) finish() {
	c.each(func(k int, i graph.Index, _ *want) { c.fetch(k, i) })
}

// checkSettled is the client's idea of progress.
func (c *client) checkSettled() {
	s := c.sim
	c.each(func(k int, i graph.Index, x *want) {
		t := word.Task{Run: c.jobs[k].run, Index: i}
		switch {
		case x.released || s.err != nil:
		case x.outcome.Status == 0 && s.judge.mayWait(t): // for an agent that has what it needs
		case x.outcome.Status == 0:
			s.fail("nothing happens any more, and client %d does not know how %v ended; the scheduler explains: %+v", c.number(), t, s.driver.state.Explain(t))
		case x.outcome.Status != word.StatusDone:
		case !x.fetched:
			s.fail("nothing happens any more, and client %d has not read %v at agent %d", c.number(), t, x.outcome.Holder)
		default:
			b := word.Block{Task: t, Attempt: x.outcome.Attempt}
			p := s.numbers[x.outcome.Holder]
			if !p.alive || p.number != x.outcome.Holder || p.store[b] == nil {
				s.fail("%v is wanted by client %d, and agent %d does not hold it any more", b, c.number(), x.outcome.Holder)
				return
			}
			s.judge.agrees(c, b, p.store[b])
		}
	})
}

// releaseAll gives up everything.
func (c *client) releaseAll() {
	if c.sim.rng.one(4) {
		c.leave()
		return
	}
	for k := range c.jobs {
		c.release(k, c.sim.rng.one(2))
		c.release(k, true)
	}
}
