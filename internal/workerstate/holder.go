package workerstate

import (
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// What is said to those who want blocks from here. Every subscription is answered once.

func (s *State) subscribe(p Peer, w *word.Subscribe, out []Effect) []Effect {
	for _, b := range w.Blocks {
		switch r := s.lookup(b.Task); s.prospect(r, b) {
		case held:
			out = append(out, Deliver{p, b})
		case open:
			e := s.extra(r)
			e.peers = append(e.peers, p)
		case gone:
			s.denials.add(p, b)
		case absent:
			s.wait(p, b)
		}
	}
	return out
}

// prospect says what is to be expected of a block, given the record of its task, if any: that it is here, will be, never
// will be; or that it is not known, because the scheduler's word about it may be under way.
func (s *State) prospect(r *record, b word.Block) phase {
	switch {
	case r == nil || r.phase == absent || r.attempt.Less(b.Attempt):
		return absent
	case r.attempt != b.Attempt || r.unasked:
		return gone
	}
	return r.phase
}

// wait notes a subscription to a block that this agent has not heard of.
func (s *State) wait(p Peer, b word.Block) {
	e := s.early[b]
	if e == nil {
		e = &early{}
		s.early[b] = e
	}
	e.peers, e.aged = append(e.peers, p), append(e.aged, false)
}

func (s *State) unsubscribe(p Peer, w *word.Unsubscribe) {
	for _, b := range w.Blocks {
		if r := s.find(b); r != nil && r.extra != 0 {
			e := &s.extras[r.extra]
			if i := slices.Index(e.peers, p); i >= 0 {
				e.peers = slices.Delete(e.peers, i, i+1)
			}
		}
		s.forget(p, b)
	}
}

// forget takes a subscription of a peer out of those to a block that is not known here, and reports whether there was one.
func (s *State) forget(p Peer, b word.Block) bool {
	e := s.early[b]
	if e == nil {
		return false
	}
	i := slices.Index(e.peers, p)
	if i >= 0 {
		e.peers, e.aged = slices.Delete(e.peers, i, i+1), slices.Delete(e.aged, i, i+1)
	}
	if len(e.peers) == 0 {
		delete(s.early, b)
	}
	return i >= 0
}

// deny tells a subscriber that a block will not be here.
func (s *State) deny(p Peer, b word.Block) {
	if p.Agent == s.self && p.Client == 0 {
		s.lack(b)
		return
	}
	s.denials.add(p, b)
}

// blocksLost gives up blocks that turned out not to be here: the scheduler has them made again, and places anew what takes them here.
func (s *State) blocksLost(ev BlocksLost, out []Effect) []Effect {
	var lost []word.Block
	for _, b := range ev.Blocks {
		r := s.find(b)
		if r == nil || r.phase != held {
			continue
		}
		lost = append(lost, b)
		s.dropped = append(s.dropped, b)
		s.giveUp(b, r)
	}
	switch {
	case s.alone:
		s.unsaid = append(s.unsaid, lost...)
	case len(lost) > 0:
		out = append(out, SendScheduler{&word.Lost{Blocks: lost}})
	}
	return out
}

// tick answers subscriptions that have waited since the last Tick.
func (s *State) tick() {
	for _, b := range slices.SortedFunc(maps.Keys(s.early), before) {
		e := s.early[b]
		n := 0
		for i, p := range e.peers {
			if e.aged[i] {
				s.deny(p, b)
				continue
			}
			e.peers[n], e.aged[n] = p, true
			n++
		}
		e.peers, e.aged = e.peers[:n], e.aged[:n]
		if n == 0 {
			delete(s.early, b)
		}
	}
}
