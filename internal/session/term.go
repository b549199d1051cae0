package session

import (
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/word"
)

// When another scheduler takes the place of the one that was lost, the conversation goes on: what was submitted and released is known there, and
// what this side has said and nobody has kept is said again. What the old one has told is not known: so the new one tells again which
// submissions it has, which of their tasks are over, and who holds results, as the workers come back under other numbers.

// inquiry is a question that is answered with word.Published.
type inquiry struct {
	reply chan *word.Published
	word  any
	again bool // it was sent to another scheduler, too
}

// welcome takes in which number this client has, and of which scheduler.
func (s *Session) welcome(w *word.Welcome) {
	s.mu.Lock()
	anew := s.term != 0 && s.term != w.Term
	s.client, s.term = w.Client, w.Term
	s.mu.Unlock()
	if anew {
		s.begin()
	}
}

// begin forgets what the scheduler that is gone has said of workers and blocks, and asks the new one what that has not answered.
func (s *Session) begin() {
	s.mu.Lock()
	peers, asked := s.peers, s.asked
	s.peers, s.asked = make(map[word.Agent]*peer), make(map[uint64]chan word.Explained)
	close(s.changed)
	s.changed = make(chan struct{})
	for _, r := range s.byNumber {
		r.values.each(func(v *Remote) { v.holder, v.asked, v.denied = word.Nobody, false, false })
	}
	var questions []any
	for _, q := range slices.Sorted(maps.Keys(s.replies)) {
		s.replies[q].again = true
		questions = append(questions, s.replies[q].word)
	}
	s.mu.Unlock()
	for _, p := range peers {
		p.close()
	}
	for _, ch := range asked {
		ch <- word.Explained{State: "unknown", Why: "another scheduler has taken over: ask again"}
	}
	for _, w := range questions {
		_ = s.o.Scheduler.Send(w) // losing it is noticed by the reader
	}
}

// answered returns what the answer to a question means. A name that the scheduler before took away is not known to this one.
func (i *inquiry) answered(w *word.Published) *word.Published {
	if _, ok := i.word.(*word.Unpublish); ok && i.again && w.Problem == word.ProblemUnknown {
		return &word.Published{Question: w.Question}
	}
	return w
}
