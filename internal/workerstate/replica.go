package workerstate

import (
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// arrival is how far a copy is.
type arrival uint8

const (
	wanted  arrival = iota // subscribed to at the holder
	here                   // arrived, and kept for the attempts that take it
	lacking                // its holder has not got it; the scheduler was told, and answers
)

func (a arrival) String() string { return [...]string{"wanted", "here", "lacking"}[a] }

// replica is a block that attempts here take and that is not made here: a copy of it, or what stands for one until it
// comes. It lives as long as an open attempt takes it. A block of this agent's own is one, too, if an attempt was promised
// another copy of it and the scheduler then named this agent as the holder.
type replica struct {
	block   word.Block
	holder  word.Agent
	arrival arrival
	claims  int          // open attempts that take it
	takers  []word.Block // these attempts, until the block is here
}

// take makes an open attempt a taker of a block at the holder that the scheduler named.
func (s *State) take(taker word.Block, r *record, in word.Input) {
	e := s.extra(r)
	c := s.copies[in.Block]
	if c == nil {
		c = s.newReplica(in.Block)
		s.copies[in.Block] = c
	}
	c.claims++
	e.copies = append(e.copies, c)
	if c.arrival == here {
		s.settled = append(s.settled, Settle{c.block, []word.Block{taker}})
		return
	}
	if c.takers == nil {
		c.takers = s.single(taker)
	} else {
		c.takers = append(c.takers, taker)
	}
	s.seek(c, in.Holder)
}

// newReplica returns what stands for a block that nobody took so far.
func (s *State) newReplica(b word.Block) *replica {
	c := &replica{}
	if n := len(s.spareCopies); n > 0 {
		c = s.spareCopies[n-1]
		s.spareCopies = s.spareCopies[:n-1]
	}
	*c = replica{block: b, arrival: lacking}
	return c
}

// single returns a list of one block with room for no other. Most copies have one taker; lists of one come from a common
// stretch of memory, because they are given out in effects and cannot be used again.
func (s *State) single(b word.Block) []word.Block {
	const stretch = 128
	if len(s.singles) == cap(s.singles) {
		s.singles = make([]word.Block, 0, stretch)
	}
	s.singles = append(s.singles, b)
	n := len(s.singles)
	return s.singles[n-1 : n : n]
}

// seek subscribes to a block at a holder, unless that was done.
func (s *State) seek(c *replica, holder word.Agent) {
	if c.arrival == wanted {
		if c.holder == holder {
			return
		}
		s.stop(c)
	}
	c.arrival, c.holder = wanted, holder
	if holder != s.self {
		s.asks.add(Peer{Agent: holder}, c.block)
		return
	}
	self := Peer{Agent: s.self}
	switch r := s.lookup(c.block.Task); s.prospect(r, c.block) {
	case held:
		s.arrived(c)
	case open:
		e := s.extra(r)
		e.peers = append(e.peers, self)
	case gone:
		s.lack(c.block)
	case absent:
		s.wait(self, c.block)
	}
}

// stop ends a subscription that was not answered.
func (s *State) stop(c *replica) {
	if c.holder != s.self {
		s.unasks.add(Peer{Agent: c.holder}, c.block)
		return
	}
	s.unsubscribe(Peer{Agent: s.self}, &word.Unsubscribe{Blocks: []word.Block{c.block}})
}

// arrived fulfils the promises of a block that is here now, unless nobody takes it any more or it came before.
func (s *State) arrived(c *replica) {
	if c == nil || c.arrival == here {
		return
	}
	c.arrival = here
	s.settled = append(s.settled, Settle{c.block, c.takers})
	c.takers = nil
}

// lack asks the scheduler where else a block is to be had, for every attempt that takes it.
func (s *State) lack(b word.Block) {
	c := s.copies[b]
	c.arrival = lacking
	for _, t := range c.takers {
		s.missing = append(s.missing, &word.InputMissing{Task: t.Task, Attempt: t.Attempt, Input: word.Input{Block: b, Holder: c.holder}})
	}
}

func (s *State) delivery(w *word.Delivery) {
	c := s.copies[w.Block]
	if c != nil && c.holder == s.self {
		return // an answer that crossed the word that this agent makes the block itself
	}
	s.arrived(c)
}

func (s *State) notHere(p Peer, w *word.NotHere) {
	for _, b := range w.Blocks {
		if c := s.copies[b]; c != nil && c.arrival == wanted && p == (Peer{Agent: c.holder}) {
			s.lack(b)
		}
	}
}

// resolve gives an attempt another block, or another holder of it, for an input that is lacking.
func (s *State) resolve(w *word.Resolve) {
	taker := word.Block{Task: w.Task, Attempt: w.Attempt}
	r := s.find(taker)
	if r == nil || r.phase != open || r.extra == 0 {
		return
	}
	copies := s.extras[r.extra].copies
	i := slices.IndexFunc(copies, func(c *replica) bool { return c.block.Task == w.Input.Block.Task })
	if i < 0 || copies[i].arrival == here {
		return
	}
	c := copies[i]
	if c.block == w.Input.Block {
		s.seek(c, w.Input.Holder)
		return
	}
	s.extras[r.extra].copies = slices.Delete(copies, i, i+1)
	s.leave(c, taker)
	s.take(taker, r, w.Input)
}

// release ends an attempt's claim on the copies that it takes.
func (s *State) release(taker word.Block, r *record) {
	if r.extra == 0 {
		return
	}
	e := &s.extras[r.extra]
	for _, c := range e.copies {
		s.leave(c, taker)
	}
	e = &s.extras[r.extra]
	clear(e.copies)
	e.copies = e.copies[:0]
}

// leave takes a taker off a copy, and drops the copy after its last one.
func (s *State) leave(c *replica, taker word.Block) {
	if c.arrival != here {
		i := slices.Index(c.takers, taker)
		c.takers = slices.Delete(c.takers, i, i+1)
	}
	c.claims--
	if c.claims > 0 {
		return
	}
	delete(s.copies, c.block)
	switch {
	case c.arrival == wanted:
		s.stop(c)
	case c.arrival == here && c.holder != s.self:
		s.dropped = append(s.dropped, c.block)
	}
	const most = 1024
	if len(s.spareCopies) < most {
		s.spareCopies = append(s.spareCopies, c)
	}
}

func (s *State) peerLost(ev PeerLost, out []Effect) []Effect {
	for i := range s.extras {
		e := &s.extras[i]
		if slices.Contains(e.peers, ev.Peer) {
			e.peers = slices.DeleteFunc(e.peers, func(p Peer) bool { return p == ev.Peer })
		}
	}
	for _, b := range slices.SortedFunc(maps.Keys(s.early), before) {
		for s.forget(ev.Peer, b) {
		}
	}
	if ev.Peer.Client != 0 {
		return out
	}
	if ev.Unreachable && !s.alone {
		out = append(out, SendScheduler{&word.Unreachable{Peer: ev.Peer.Agent}})
	}
	for _, b := range slices.SortedFunc(maps.Keys(s.copies), before) {
		if c := s.copies[b]; c.arrival == wanted && c.holder == ev.Peer.Agent {
			s.lack(b)
		}
	}
	return out
}
