package par

// recruit starts a worker if the limit and the budget allow it.
func (s *stream[A, R]) recruit() bool {
	if s.size.Load() >= s.limit || !s.asked && s.budget.free.Load() <= 0 && s.lent.Load() {
		return false // the usual answer while all cores are busy, without writing to shared memory
	}
	s.crew.Lock()
	defer s.crew.Unlock()
	if s.size.Load() >= s.limit {
		return false
	}
	on := s.core()
	if on == noCore && !s.asked {
		return false
	}
	s.size.Add(1)
	s.members.Go(func() {
		defer s.leave(on)
		s.work()
	})
	return true
}

// seat says which core a worker works on.
type seat uint8

const (
	noCore     seat = iota // none of the budget: only with Options.Workers
	budgetCore             // one taken from the budget
	callerCore             // the caller's, which waits or consumes meanwhile
)

// core finds a core for one more worker. The caller holds crew.
func (s *stream[A, R]) core() seat {
	if s.nested && !s.asked {
		// A caller that would have no other worker does the work itself, which needs no goroutine.
		if s.limit == 1 {
			return noCore
		}
		if s.budget.free.Load() > 0 && !s.lent.Swap(true) {
			return callerCore
		}
	}
	if s.budget.take() {
		return budgetCore
	}
	// A call at the top has a right to one worker.
	if !s.nested && !s.asked && !s.lent.Swap(true) {
		return callerCore
	}
	return noCore
}

// leave is the end of a worker, be it for want of room or by Goexit in fn.
func (s *stream[A, R]) leave(on seat) {
	left := s.vacate(on)
	// The consumer may have made room before it could see that this worker was going.
	if s.room() && s.recruit() {
		return
	}
	if left == 0 {
		s.rouse()
	}
}

// vacate gives back a worker's core and returns the number of workers left. If the worker on a nested caller's core is
// not the last, that core goes to the budget, because its owner can only wait; the last worker then leaves its own to
// the caller.
func (s *stream[A, R]) vacate(on seat) (left int64) {
	s.crew.Lock()
	defer s.crew.Unlock()
	left = s.size.Add(-1)
	switch {
	case on == callerCore && s.nested && left > 0:
		s.given = true
		s.budget.put()
	case on == callerCore:
		s.lent.Store(false)
	case on == budgetCore && s.given && left == 0:
		s.given = false
		s.lent.Store(false)
	case on == budgetCore:
		s.budget.put()
	}
	return left
}

func (s *stream[A, R]) work() {
	for {
		i, a, ok := s.claim()
		if !ok {
			return
		}
		if s.size.Load() < s.limit && s.room() {
			s.recruit()
		}
		s.do(i, a)
	}
}

// claim takes the next item, unless the look-ahead is used up, the input has ended or the stream is closing.
func (s *stream[A, R]) claim() (i int64, a A, ok bool) {
	if s.feed.next != nil {
		return s.pull()
	}
	for {
		i = s.claimed.Load()
		if i == int64(len(s.feed.items)) || s.halt.Load() || closed(s.done) || s.full(i) {
			return 0, a, false
		}
		if s.claimed.CompareAndSwap(i, i+1) {
			return i, s.feed.items[i], true
		}
	}
}

func (s *stream[A, R]) full(i int64) bool {
	if i < s.delivered.Load()+s.ahead.window.Load() {
		return false
	}
	s.ahead.adapt(s.delivered.Load())
	return i >= s.delivered.Load()+s.ahead.window.Load()
}

// pull takes the next item from a sequence.
func (s *stream[A, R]) pull() (i int64, a A, ok bool) {
	s.feed.lock <- struct{}{}
	i = s.claimed.Load()
	returned := false
	defer func() {
		if !returned {
			// The input failed: its error takes the place of the item, and nothing comes after it.
			s.claimed.Store(i + 1)
			s.total.Store(i + 1)
			s.publish(i, *new(R), failure(recover()))
			ok = false
		}
		<-s.feed.lock
	}()
	if i == s.total.Load() || s.halt.Load() || closed(s.done) || s.full(i) {
		returned = true
		return 0, a, false
	}
	a, ok = s.feed.next()
	returned = true
	if ok {
		s.claimed.Store(i + 1)
		return i, a, true
	}
	s.total.Store(i) // the last worker to leave tells the consumer
	return 0, a, false
}

// do runs fn on item i and publishes the result.
func (s *stream[A, R]) do(i int64, a A) {
	var r R
	var err error
	returned := false
	defer func() {
		if !returned {
			err = failure(recover())
		}
		s.publish(i, r, err)
	}()
	r, err = s.fn(&s.scope, a)
	returned = true
}

// publish puts the result of item i into its place in the ring and wakes the consumer if it waits for that.
func (s *stream[A, R]) publish(i int64, r R, err error) {
	p := i
	if !s.ordered {
		p = s.finished.Add(1) - 1
	}
	if err != nil {
		r, err = *new(R), &Error{Op: s.op, Index: int(i), End: int(i) + 1, Err: err}
	}
	s.ring.put(p, r, err)
	if s.sleeper.Load() == p+1 {
		s.rouse()
	}
}

// rouse wakes the consumer if it sleeps.
func (s *stream[A, R]) rouse() {
	if s.sleeper.Swap(0) == 0 {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
