package par

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
)

// stream is one loop over the result of Map or MapUnordered.
//
// Workers claim items one by one and put results into a ring of slots; the goroutine of the loop, here called the
// consumer, takes them out. A worker that finds the ring full or the input at its end goes away, and the consumer
// starts one again when there is room, so there are no idle workers. The consumer sleeps on a channel when the next
// result is not there, and only the worker that brings that result wakes it.
type stream[A, R any] struct {
	op      string
	ordered bool
	fn      func(context.Context, A) (R, error)
	feed    feed[A]
	scope   scope
	done    <-chan struct{} // of the caller's context
	budget  *Budget
	nested  bool
	asked   bool  // Options.Workers was given
	limit   int64 // most workers at once
	members sync.WaitGroup
	wake    chan struct{} // holds at most one token; a stale one only makes the consumer look again

	crew  sync.Mutex // held to change size and given, and to set lent for a worker
	given bool       // the caller's core is in the budget

	ring  ring[R]
	ahead lookAhead

	_       [64]byte // below, each group is written by other goroutines at other times
	claimed atomic.Int64
	size    atomic.Int64 // workers now
	lent    atomic.Bool  // the caller's core is not the caller's to use: a worker has it, or the budget
	halt    atomic.Bool
	_       [64]byte

	finished  atomic.Int64 // items done, in order of completion; only MapUnordered uses it
	_         [64]byte
	delivered atomic.Int64
	sleeper   atomic.Int64 // 1 + the position the consumer sleeps for; 0 if it is awake
	total     atomic.Int64 // number of items, or unknown
	_         [64]byte
}

// unknown is the total of a sequence that has not ended.
const unknown = -1

// feed is where the items come from: a slice, or a sequence that is pulled under lock.
type feed[A any] struct {
	items []A
	lock  chan struct{} // a channel, because the wait for a slow input must count as blocked in a synctest bubble
	next  func() (A, bool)
	stop  func()
}

func newStream[A, R any](ctx context.Context, op string, ordered bool, fn func(context.Context, A) (R, error), o Options) *stream[A, R] {
	b, nested := budgetOf(ctx)
	s := &stream[A, R]{
		op: op, ordered: ordered, fn: fn, scope: scope{parent: ctx, budget: b}, done: ctx.Done(),
		budget: b, nested: nested, asked: o.Workers > 0, limit: int64(o.Workers), wake: make(chan struct{}, 1),
	}
	if !s.asked {
		s.limit = int64(b.cores)
	}
	s.total.Store(unknown)
	return s
}

// open prepares the input and the ring.
func (s *stream[A, R]) open(items []A, seq iter.Seq[A], ahead int) {
	s.ahead.init(ahead, s.limit)
	slots := s.ahead.most
	if seq == nil {
		s.feed.items = items
		s.total.Store(int64(len(items)))
		s.limit = min(s.limit, int64(len(items)))
		slots = min(slots, int64(len(items)))
	} else {
		s.feed.next, s.feed.stop = iter.Pull(seq)
		s.feed.lock = make(chan struct{}, 1)
	}
	s.limit = min(s.limit, s.ahead.most)
	s.ring.init(slots)
}

// shut stops the workers and waits for them.
func (s *stream[A, R]) shut() {
	s.halt.Store(true)
	s.scope.end()
	s.members.Wait()
}

func (s *stream[A, R]) close() {
	s.shut()
	if s.feed.stop != nil {
		s.feed.stop()
	}
}

// run is the consumer: it yields result after result.
func (s *stream[A, R]) run(yield func(R, error) bool) {
	defer s.close()
	s.refill()
	for p := int64(0); ; p++ {
		if !s.await(p) {
			if s.total.Load() != p {
				s.shut()
				var none R
				yield(none, stopped(s.scope.parent, s.op, fmt.Sprintf("after %d results", p)))
			}
			return
		}
		r, err := s.ring.take(p)
		s.delivered.Store(p + 1)
		s.refill()
		if !yield(r, err) {
			return
		}
	}
}

// await returns when the result at position p is there. It returns false if it never will be, because the input or the
// caller's context has ended.
func (s *stream[A, R]) await(p int64) bool {
	for {
		if s.total.Load() == p || closed(s.done) {
			return false
		}
		if s.ring.ready(p) {
			return true
		}
		// Workers look at sleeper after they have changed what the consumer looks at after setting it.
		s.sleeper.Store(p + 1)
		switch {
		case s.ring.ready(p) || s.total.Load() == p:
		case s.size.Load() == 0 && s.workHere():
		default:
			select {
			case <-s.wake:
			case <-s.done:
			}
		}
		s.sleeper.Store(0)
	}
}

// workHere does one item on the caller's goroutine, or starts a worker. That is for a nested call: its caller holds a
// core, and no other may be free.
func (s *stream[A, R]) workHere() bool {
	if s.recruit() {
		return false
	}
	if !s.nested || s.asked || s.lent.Swap(true) {
		return false
	}
	s.sleeper.Store(0)
	if i, a, ok := s.claim(); ok {
		s.do(i, a)
	}
	s.lent.Store(false)
	return true
}

// refill starts a worker if there is room for one and enough to do.
func (s *stream[A, R]) refill() {
	if s.size.Load() < s.limit && s.room() {
		s.recruit()
	}
}

// room tells whether it is worth starting a worker: whether a quarter of the look-ahead is free. Starting one for each
// free slot would cost more than a fast item.
func (s *stream[A, R]) room() bool {
	claimed := s.claimed.Load()
	if claimed == s.total.Load() || s.halt.Load() {
		return false
	}
	w := s.ahead.window.Load()
	return s.delivered.Load()+w-claimed >= max(1, w/4)
}
