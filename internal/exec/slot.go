package exec

import (
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
)

// slot is the right to run one task at a time, and the queue of what its worker found ready. Except for the deque and
// the atomic fields, a slot belongs to the worker that drives it.
type slot struct {
	x     *Executor
	n     int
	deque deque
	chunk atomic.Pointer[chunk] // being walked; thieves may split it

	current atomic.Pointer[Context] // the task that runs here; nil while parked

	next     item // kept in hand: the first task that the last one made ready
	hasNext  bool
	bound    bool  // the task in hand is of a gang that begins now: it comes before everything else
	admitted bool  // the task in hand was held back and may run now, whatever has changed since
	reserved int64 // bytes counted for it

	run     *Run // whose tokens are in hand
	tokens  int64
	settled int64 // tasks of run that settled and are not yet taken off its count
	passed  int64 // change of the run's count of passed tasks

	group *Group // whose numbers are in hand
	count int64
	good  int64
	nanos int64

	unrecorded uint32 // tasks to come that are not recorded as spans

	now       int64 // last reading of the clock
	turns     uint32
	turnAt    int64 // when the worker last looked for other runs
	aheadRefs []graph.Ref
	aheadSum  uint32 // of what readAhead read, so that it is read
	refs      []graph.Ref

	in     []any   // inputs of the task that begins
	lists  []*List // those of them that are lists
	used   int     // how many of the lists are in use
	stored bool    // the store holds one of the inputs

	contexts   []Context // made ahead
	contextsOf *Run      // whose they are
	block      int       // how many were made at once

	parked chan bool // where its worker waits; nil if it has none. True: work; false: leave the slot to somebody else
}

// take takes a token of r for a task.
func (s *slot) take(r *Run) {
	s.hold(r)
	if s.tokens == 0 {
		r.live.Add(tokenBatch)
		s.tokens = tokenBatch
	}
	s.tokens--
}

// push makes task i of r available to this slot's worker and to thieves.
func (s *slot) push(r *Run, i graph.Index) {
	s.take(r)
	it := newItem(r.id, uint32(i))
	if !s.hasNext {
		s.next, s.hasNext = it, true
		return
	}
	s.deque.push(it)
	if s.x.sleeping.Load() > 0 {
		s.x.wake()
	}
}

// inHand takes a task, whose token somebody else has taken, as the next to run.
func (s *slot) inHand(it item) { s.next, s.hasNext = it, true }

// stash puts the task in hand into the deque, where others can take it.
func (s *slot) stash() {
	if s.hasNext {
		s.hasNext = false
		if s.admitted { // whoever takes it asks again
			s.unreserve()
		}
		s.deque.push(s.next)
	}
}

// pop takes the task in hand, or the newest one.
func (s *slot) pop() (item, bool) {
	if s.hasNext {
		s.hasNext = false
		return s.next, true
	}
	return s.deque.pop()
}

// hold makes r the run whose tokens are in hand. Giving back those of another can make tasks of a third run ready, whose
// tokens are then in hand, hence the loop.
func (s *slot) hold(r *Run) {
	for s.run != r {
		if s.run == nil {
			s.run = r
			return
		}
		s.settleTokens()
	}
}

// done puts the token of a task that has ended into the hand.
func (s *slot) done(r *Run) {
	s.hold(r)
	s.tokens++
}

// settleTokens gives the tokens in hand back and takes the settled tasks off the run's count.
func (s *slot) settleTokens() {
	r, n, settled, passed := s.run, s.tokens, s.settled, s.passed
	s.run, s.tokens, s.settled, s.passed = nil, 0, 0, 0
	if passed != 0 {
		r.passed.Add(passed)
	}
	if settled > 0 {
		r.countSettled(settled, s)
	}
	if n > 0 {
		r.dropTokens(n, s)
	}
}

// tally counts an attempt that ended after nanos in its group, with a result or not. Numbers stay in hand for up to a
// millisecond.
func (s *slot) tally(g *Group, nanos int64, done bool) {
	if s.group != g {
		s.settleTally()
		s.group = g
	}
	s.count++
	if done {
		s.good++
	}
	s.nanos += nanos
	if s.nanos > 1e6 {
		s.settleTally()
	}
}

func (s *slot) settleTally() {
	if s.group != nil && s.count > 0 {
		s.group.ended.Add(s.count)
		s.group.done.Add(s.good)
		s.group.nanos.Add(s.nanos)
	}
	s.group, s.count, s.good, s.nanos = nil, 0, 0, 0
}

// settleAll empties the worker's hands, before it looks elsewhere for work or gives the slot away. Giving back the last
// token of a run can make tasks of another run ready, hence the loop.
func (s *slot) settleAll() {
	s.settleTally()
	for s.run != nil || s.hasNext {
		s.stash()
		s.settleTokens()
	}
	if s.offers() && s.x.sleeping.Load() > 0 {
		s.x.wake()
	}
}

// offers reports whether thieves could take something from the slot.
func (s *slot) offers() bool {
	c := s.chunk.Load()
	return !s.deque.empty() || c != nil && !c.empty()
}
