package sim

import (
	"cmp"
	"slices"

	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// executor stands for what runs an agent's tasks: it has every attempt at once and starts each when its inputs are there and
// there is room.
type executor struct {
	process  *process
	attempts map[word.Block]*attempt
	ready    []*attempt
	cpu      int // thousandths in use
	ended    workerstate.TasksEnded
	telling  bool
}

// attempt is one that was handed over and has not ended.
type attempt struct {
	block   word.Block
	task    *task
	inputs  []*value
	used    []word.Block
	missing int
	running bool
	aborted bool
	waiters []waiter // attempts that take its result, and as which input
}

type waiter struct {
	attempt *attempt
	input   int
}

func compareBlocks(a, b word.Block) int {
	return cmp.Or(cmp.Compare(a.Task.Run, b.Task.Run), cmp.Compare(a.Task.Index, b.Task.Index),
		cmp.Compare(a.Attempt.Term, b.Attempt.Term), cmp.Compare(a.Attempt.Count, b.Attempt.Count))
}

// execute takes the attempts of an Assign in. What a task takes is known from its graph; the Assign says where that is.
func (x *executor) execute(w *word.Assign) {
	p := x.process
	s := p.sim
	here := make(map[word.Task]word.Block, len(w.Tasks))
	for k, b := range w.Tasks {
		t := s.task(b.Task)
		if x.attempts[b] != nil || p.store[b] != nil {
			s.fail("agent %d is to execute %v twice", p.number, b)
			return
		}
		a := &attempt{block: b, task: t, inputs: make([]*value, len(t.deps)), used: make([]word.Block, len(t.deps)), missing: len(t.deps)}
		named := w.InputsOf(k)
		outside := 0
		for i, d := range t.deps {
			n := slices.IndexFunc(named, func(in word.Input) bool { return in.Block.Task == d })
			switch {
			case n >= 0:
				outside++
				if named[n].Holder == p.number {
					x.link(a, i, named[n].Block)
				}
			case here[d] != word.Block{}:
				x.link(a, i, here[d])
			default:
				s.fail("the Assign of %v to agent %d does not say where its input %v is", b, p.number, d)
				return
			}
		}
		if outside != len(named) {
			s.fail("the Assign of %v to agent %d names inputs that it does not take: %v", b, p.number, named)
			return
		}
		here[b.Task] = b
		x.attempts[b] = a
		if a.missing == 0 {
			x.ready = append(x.ready, a)
		}
	}
	x.fill()
}

// link connects an input with a block that is made here or is to be. If there is none, it is a promise.
func (x *executor) link(a *attempt, i int, b word.Block) {
	if v := x.process.store[b]; v != nil {
		a.give(i, b, v)
		return
	}
	if from := x.attempts[b]; from != nil && !from.aborted {
		from.waiters = append(from.waiters, waiter{a, i})
	}
}

// give fulfils an input.
func (a *attempt) give(i int, b word.Block, v *value) {
	if a.inputs[i] == nil {
		a.inputs[i], a.used[i] = v, b
		a.missing--
	}
}

func (x *executor) settle(consumer, b word.Block, v *value) {
	a := x.attempts[consumer]
	if a == nil {
		x.process.sim.fail("agent %d settles %v for %v, which is not in its executor", x.process.number, b, consumer)
		return
	}
	i := slices.Index(a.task.deps, b.Task)
	if i < 0 {
		x.process.sim.fail("agent %d settles %v for %v, which does not take it", x.process.number, b, consumer)
		return
	}
	if a.inputs[i] != nil {
		return
	}
	a.give(i, b, v)
	x.consider(a)
}

// consider puts an attempt that has its inputs among those that may start.
func (x *executor) consider(a *attempt) {
	if a.missing == 0 && !a.running && !a.aborted {
		x.ready = append(x.ready, a)
		x.fill()
	}
}

// need is how many thousandths of a core a task takes.
func (t *task) need() int { return cmp.Or(int(t.traits.Needs.CPU), 1000) }

// fill starts what may start, in the order in which it became ready.
func (x *executor) fill() {
	for len(x.ready) > 0 {
		a := x.ready[0]
		if x.cpu+a.task.need() > 1000*x.process.slots {
			return
		}
		x.ready = x.ready[1:]
		x.run(a)
	}
}

func (x *executor) run(a *attempt) {
	p := x.process
	s := p.sim
	a.running = true
	x.cpu += a.task.need()
	s.judge.began(p, a)
	end := func() {
		if p.alive {
			x.end(a)
		}
	}
	if a.task.poison {
		s.after(s.around(s.sc.Work), func() {
			if p.alive && !a.aborted {
				s.killProcess(p)
			}
			end()
		})
		return
	}
	if a.task.gang == 0 {
		s.after(s.around(s.sc.Work), end)
		return
	}
	g := &s.gangs[a.task.gang-1]
	g.add(member{p, a, end})
	if g.complete() {
		for _, m := range g.members {
			s.after(s.around(s.sc.Work), m.end)
		}
		g.members, g.met = nil, true
	}
}

// gang is a set of tasks that talk to each other: none ends before all have started. What they said is kept for those of
// them that are made again.
type gang struct {
	size    int
	met     bool
	failed  int      // attempts that failed by a flaky member, and the one after them
	members []member // that run and wait for the others
}

type member struct {
	process *process
	attempt *attempt
	end     func()
}

func (g *gang) add(m member) {
	g.members = slices.DeleteFunc(g.members, func(o member) bool { return !o.process.alive })
	g.members = append(g.members, m)
}

func (g *gang) complete() bool { return g.met || len(g.members) >= g.size }

// end ends an attempt that ran.
func (x *executor) end(a *attempt) {
	p := x.process
	s := p.sim
	x.cpu -= a.task.need()
	defer x.fill()
	if a.aborted && s.rng.one(2) {
		return // its context was cancelled and it returned nothing of interest
	}
	if !a.aborted {
		delete(x.attempts, a.block)
	}
	fails := a.task.fails
	if f := a.task.flaky; f > 0 && !fails {
		g := &s.gangs[a.task.gang-1]
		fails = g.failed < f
		g.failed++
	}
	if limit := s.judge.limit(a.block); a.task.takes > limit && !a.aborted {
		s.report.Exceeded++
		x.ended.Failed = append(x.ended.Failed, word.Failed{Block: a.block, Failure: []byte("killed at its limit"), Exceeded: true})
		x.tellLater()
		return
	}
	if fails || a.aborted && s.rng.one(2) {
		s.report.Failed++
		x.ended.Failed = append(x.ended.Failed, word.Failed{Block: a.block, Failure: []byte("made to fail")})
		x.tellLater()
		return
	}
	v := compute(a.block, a.task, a.inputs)
	s.judge.made(p, a.block, v)
	p.store[a.block] = v
	f := word.Finished{Block: a.block, Bytes: int64(1 + a.block.Task.Index%7), Nanos: s.sc.Work}
	for i, d := range a.task.deps {
		if s.task(d).tainted {
			f.Used = append(f.Used, a.used[i])
		}
	}
	x.ended.Finished = append(x.ended.Finished, f)
	if !a.aborted {
		for _, w := range a.waiters {
			if x.attempts[w.attempt.block] == w.attempt {
				w.attempt.give(w.input, a.block, v)
				x.consider(w.attempt)
			}
		}
	}
	x.tellLater()
}

// tellLater tells the machine of what ended, together with what ends in the meantime.
func (x *executor) tellLater() {
	if x.telling {
		return
	}
	x.telling = true
	s := x.process.sim
	s.after(int64(s.rng.below(int(s.sc.Work))), func() {
		x.telling = false
		ended := x.ended
		x.ended = workerstate.TasksEnded{}
		if x.process.alive {
			x.process.step(ended)
		}
	})
}

// takeBack gives up those of the attempts that have not begun.
func (x *executor) takeBack(blocks []word.Block) (returned, started []word.Block) {
	for _, b := range blocks {
		if a := x.attempts[b]; a != nil && !a.running {
			x.remove(a)
			returned = append(returned, b)
		} else {
			started = append(started, b)
		}
	}
	return returned, started
}

// abort drops attempts that have not begun, and lets the others know.
func (x *executor) abort(blocks []word.Block) {
	for _, b := range blocks {
		a := x.attempts[b]
		if a == nil {
			continue // it has ended, and the machine will hear of it
		}
		x.remove(a)
		if a.running && a.task.gang > 0 {
			x.leaveGang(a)
		}
	}
	x.fill()
}

// leaveGang ends an aborted attempt that waits for the others of its gang.
func (x *executor) leaveGang(a *attempt) {
	s := x.process.sim
	g := &s.gangs[a.task.gang-1]
	i := slices.IndexFunc(g.members, func(m member) bool { return m.attempt == a })
	if i >= 0 {
		s.after(0, g.members[i].end)
		g.members = slices.Delete(g.members, i, i+1)
	}
}

func (x *executor) remove(a *attempt) {
	a.aborted = true
	delete(x.attempts, a.block)
	x.ready = slices.DeleteFunc(x.ready, func(r *attempt) bool { return r == a })
}
