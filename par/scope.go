package par

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// scope is the context that one call gives to the functions it runs. It carries the budget and is cancelled when the
// call stops. A context of package context is made only if someone asks for Done, because most bodies never do and it
// would cost more than a short loop.
type scope struct {
	parent context.Context
	budget *Budget
	ended  atomic.Bool

	mu     sync.Mutex
	inner  atomic.Pointer[context.Context] // set under mu
	cancel context.CancelFunc
}

// Deadline implements context.Context.
func (s *scope) Deadline() (time.Time, bool) { return s.parent.Deadline() }

// Done implements context.Context.
func (s *scope) Done() <-chan struct{} {
	if c := s.inner.Load(); c != nil {
		return (*c).Done()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inner.Load() == nil {
		c, cancel := context.WithCancel(s.parent)
		if s.ended.Load() {
			cancel()
		}
		s.cancel = cancel
		s.inner.Store(&c)
	}
	return (*s.inner.Load()).Done()
}

// Err implements context.Context.
func (s *scope) Err() error {
	// Once Done was handed out, Err has to agree with it.
	if c := s.inner.Load(); c != nil {
		return (*c).Err()
	}
	if err := s.parent.Err(); err != nil {
		return err
	}
	if s.ended.Load() {
		return context.Canceled
	}
	return nil
}

// Value implements context.Context. Keys go to the inner context if there is one, so that package context finds its
// own type there and attaches children without a goroutine.
func (s *scope) Value(key any) any {
	if _, ok := key.(BudgetKey); ok {
		return s.budget
	}
	if c := s.inner.Load(); c != nil {
		return (*c).Value(key)
	}
	return s.parent.Value(key)
}

// end cancels the scope. It may be called more than once.
func (s *scope) end() {
	if s.ended.Swap(true) {
		return
	}
	s.mu.Lock()
	cancel := s.cancel
	s.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// closed tells whether done, which may be nil, is closed.
func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
