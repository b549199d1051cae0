package sim

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// process is the shell of an agent.
type process struct {
	sim       *simulation
	id        int
	name      string
	slots     int
	resources []word.Resource
	memory    int64

	alive   bool
	joined  bool // the scheduler welcomed it, and the connection lasts
	number  word.Agent
	next    word.Agent // the number that it will be welcomed under
	early   []func()   // words from peers that know that number before it does
	session int        // of its connections with the scheduler
	state   *workerstate.State
	steps   int
	ticking bool

	executor executor
	store    map[word.Block]*value // blocks made here
	copies   map[word.Block]*value // of blocks made elsewhere
	freed    map[word.Block]bool   // the scheduler said so, here
	incoming *value                // of the delivery that is being handled
	stray    bool                  // nobody took it yet
}

// addProcess starts an agent process.
func (s *simulation) addProcess(name string, slots int, first bool) *process {
	p := &process{
		sim: s, id: len(s.processes), name: name, slots: slots, alive: true, memory: leastMemory,
		store: map[word.Block]*value{}, copies: map[word.Block]*value{}, freed: map[word.Block]bool{},
	}
	if first {
		p.resources = []word.Resource{{Name: special, Amount: 1000}}
		p.memory = mostMemory
	}
	p.executor = executor{process: p, attempts: map[word.Block]*attempt{}}
	s.processes = append(s.processes, p)
	return p
}

func (p *process) place() int { return 1 + p.id }

// connectAfter plans a connection with the scheduler, one at a time.
func (p *process) connectAfter(nanos int64) {
	p.session++
	session := p.session
	p.sim.after(nanos, func() {
		if p.session == session {
			p.connect()
		}
	})
}

// connect announces the agent to the scheduler, as soon as there is one.
func (p *process) connect() {
	if !p.alive {
		return
	}
	if !p.sim.driver.up {
		p.connectAfter(p.sim.around(5 * p.sim.sc.Delay))
		return
	}
	p.early, p.next = nil, word.Nobody
	if p.state == nil {
		p.sendJoin(nil)
		return
	}
	p.sim.report.Rejoins++
	for _, q := range p.sim.processes {
		if q != p {
			p.sim.hush(p, q)
		}
	}
	for _, c := range p.sim.clients {
		p.sim.sever(p, c)
	}
	p.step(workerstate.Rejoin{})
}

func (p *process) sendJoin(blocks []word.Held) {
	w := word.Join{Name: p.name, Slots: uint32(p.slots), Memory: p.memory, Resources: p.resources, Blocks: blocks}
	p.sim.send(p, p.sim.driver, func() { p.sim.driver.join(p, w) })
}

// welcome gives the agent its number.
func (p *process) welcome(n word.Agent) {
	if !p.alive {
		return
	}
	p.number, p.joined = n, true
	if p.state == nil {
		p.state = workerstate.New(n)
	} else {
		p.step(workerstate.Welcomed{Self: n})
	}
	for _, arrive := range p.early {
		arrive()
	}
	p.early = nil
}

// isCalled reports whether a number is the process's own, now or soon.
func (p *process) isCalled(n word.Agent) bool { return p.alive && (p.number == n || p.next == n) }

// die ends the process. The others find out one after the other.
func (p *process) die() {
	s := p.sim
	s.tell("agent", int(p.number), "dies")
	s.report.Deaths++
	p.alive, p.joined = false, false
	s.sever(p, s.driver)
	for _, q := range s.processes {
		if q == p || !q.alive {
			continue
		}
		if s.rng.one(2) {
			s.sever(p, q)
		} else {
			s.hush(p, q) // it will hear of it from the scheduler
		}
	}
	for _, c := range s.clients {
		s.sever(p, c)
	}
}

// broken is told when a connection ended.
func (p *process) broken(other end) {
	if !p.alive {
		return
	}
	switch other := other.(type) {
	case *driver:
		was := p.joined
		p.joined = false
		if was {
			p.step(workerstate.SchedulerLost{})
		}
		p.connectAfter(p.sim.around(10 * p.sim.sc.Delay))
	case *process:
		for _, n := range []word.Agent{other.number, other.next} { // the scheduler may have told of its next number already
			if p.state != nil && n != word.Nobody {
				p.step(workerstate.PeerLost{Peer: workerstate.Peer{Agent: n}, Unreachable: true})
			}
			if other.next == other.number {
				break
			}
		}
	case *client:
		if p.state != nil {
			p.step(workerstate.PeerLost{Peer: other.peer()})
		}
	}
}

// fromScheduler handles a word that was sent to the agent under a number.
func (p *process) fromScheduler(to word.Agent, w any) {
	if !p.alive || !p.joined || p.number != to {
		return
	}
	switch w := w.(type) {
	case *word.Free:
		for _, b := range w.Blocks {
			p.freed[b] = true
		}
	case *word.Broken:
		return // for the functions that run
	}
	p.step(workerstate.FromScheduler{Word: w})
}

// fromPeer handles a word about blocks, with the value that a delivery brings.
func (p *process) fromPeer(to word.Agent, from workerstate.Peer, w any, v *value) {
	if !p.isCalled(to) {
		return
	}
	if to != p.number {
		p.early = append(p.early, func() { p.fromPeer(to, from, w, v) })
		return
	}
	p.incoming, p.stray = v, true
	p.step(workerstate.FromPeer{Peer: from, Word: w})
	p.incoming = nil
}

// step gives the machine an event and does what it says.
func (p *process) step(ev workerstate.Event) {
	s := p.sim
	s.tell("agent", int(p.number), ev)
	for _, ev := range s.toAgent(ev) {
		s.report.Steps++
		for _, e := range p.state.Step(ev, nil) {
			for _, e := range s.fromAgent(e) {
				s.tell("agent", int(p.number), e)
				p.perform(e)
			}
		}
	}
	p.steps++
	if p.steps%s.sc.Checks == 0 {
		p.check()
	}
	if p.state.Stats().Early > 0 && !p.ticking {
		p.ticking = true
		s.after(4*s.sc.Delay, func() {
			p.ticking = false
			if p.alive {
				p.step(workerstate.Tick{})
			}
		})
	}
}

func (p *process) check() {
	if err := p.state.Check(); err != nil {
		p.sim.fail("the Check of agent %d: %v", p.number, err)
	}
}

func (p *process) perform(e workerstate.Effect) {
	s := p.sim
	switch e := e.(type) {
	case workerstate.Execute:
		p.executor.execute(e.Assign)
	case workerstate.TakeBack:
		s.after(int64(s.rng.below(int(s.sc.Delay))), func() {
			if p.alive {
				returned, started := p.executor.takeBack(e.Tasks)
				p.step(workerstate.TakenBack{Returned: returned, Started: started})
			}
		})
	case workerstate.Abort:
		p.executor.abort(e.Tasks)
	case workerstate.SendScheduler:
		if j, ok := e.Word.(*word.Join); ok {
			p.sendJoin(j.Blocks)
			return
		}
		p.toScheduler(e.Word)
	case workerstate.SendPeer:
		p.toPeer(e.Peer, e.Word, nil)
	case workerstate.Deliver:
		p.deliver(e)
	case workerstate.Settle:
		p.settle(e)
	case workerstate.Drop:
		p.drop(e.Blocks)
	}
}

func (p *process) toScheduler(w any) {
	s, n := p.sim, p.number
	if !p.joined {
		s.fail("agent %d says something to a scheduler that is not there: %T", n, w)
		return
	}
	s.send(p, s.driver, func() {
		if s.driver.agents[p] == n {
			s.driver.hear(agentWord(n, w))
		}
	})
}

// toPeer sends a word about blocks, perhaps twice.
func (p *process) toPeer(to workerstate.Peer, w any, v *value) {
	s := p.sim
	from := workerstate.Peer{Agent: p.number}
	times := 1
	if s.rng.permille(s.sc.Duplicates) && !s.calm {
		times = 2
		s.report.Duplicates++
	}
	for range times {
		if to.Client != 0 {
			c := s.clients[to.Client-1]
			s.send(p, c, func() { c.fromHolder(from.Agent, w, v) })
			continue
		}
		if int(to.Agent) >= len(s.numbers) || to.Agent == word.Nobody {
			s.fail("agent %d says something to agent %d, which never was: %T", p.number, to.Agent, w)
			return
		}
		if to.Agent == p.number {
			s.fail("agent %d says something to itself: %T", p.number, w)
			return
		}
		q := s.numbers[to.Agent]
		if q == p {
			continue // itself under the number before
		}
		s.send(p, q, func() { q.fromPeer(to.Agent, from, w, v) })
	}
}

func (p *process) deliver(e workerstate.Deliver) {
	v := p.store[e.Block]
	if v == nil {
		p.sim.fail("agent %d delivers %v, which it does not have", p.number, e.Block)
		return
	}
	if p.freed[e.Block] {
		p.sim.fail("agent %d delivers %v, which was freed", p.number, e.Block)
		return
	}
	p.sim.report.Delivered++
	p.toPeer(e.Peer, &word.Delivery{Block: e.Block}, v)
}

// settle fulfils promises with a block that has just come, is a copy, or was made here.
func (p *process) settle(e workerstate.Settle) {
	if p.incoming != nil && p.stray {
		p.copies[e.Block], p.stray = p.incoming, false
	}
	v := p.copies[e.Block]
	if v == nil {
		v = p.store[e.Block]
	}
	if v == nil {
		p.sim.fail("agent %d settles %v, which it does not have", p.number, e.Block)
		return
	}
	for _, c := range e.Consumers {
		p.executor.settle(c, e.Block, v)
	}
}

func (p *process) drop(blocks []word.Block) {
	for _, b := range blocks {
		if p.store[b] == nil && p.copies[b] == nil {
			p.sim.fail("agent %d drops %v, which it does not have", p.number, b)
			return
		}
		delete(p.store, b)
		delete(p.copies, b)
	}
}

// left says what a process still has that it should not have when nobody wants anything.
func (p *process) left() string {
	if st := p.state.Stats(); st != (workerstate.Stats{}) {
		return fmt.Sprintf("its state counts %+v", st)
	}
	for _, m := range []map[word.Block]*value{p.store, p.copies} {
		for _, b := range sorted(m) {
			return fmt.Sprintf("it holds %v", b)
		}
	}
	return ""
}

func sorted[V any](m map[word.Block]V) []word.Block {
	return slices.SortedFunc(maps.Keys(m), compareBlocks)
}
