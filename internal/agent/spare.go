package agent

import (
	"sync"
	"sync/atomic"
	"time"
)

// spare lets the runtime run one goroutine more than there are slots, so that what others say is heard while long tasks run, and not while
// tasks are short: workers then hear it between two of them, and a thread of its own, which the kernel wakes at every word on whichever
// core it likes, would only take that from a task, here or in the process that has said it.
type spare struct {
	set     func(on bool) // nil: it is not ours to say
	short   atomic.Int32  // tasks that were short, less some for each long one
	wait    atomic.Bool   // what ends next is no task but a wait for one
	last    atomic.Int64  // when a worker came by last, on the executor's clock
	off     atomic.Bool
	watched atomic.Bool // it is looked whether somebody comes by
	mu      sync.Mutex  // guards changes of off and watched
	timer   *time.Timer
	over    bool
}

const (
	shortTask    = 200_000               // ns: up to this a task is short
	longTask     = 1_000_000             // ns: from this it is long
	manyShort    = 256                   // so many, and there is no spare goroutine
	perLong      = 64                    // a long one counts against so many: it may have lost its core meanwhile
	spareTimeout = 10 * time.Millisecond // a task is long, too, if nobody has come by for so long
)

// passed notes that a worker comes by, between two tasks or because it has none.
func (s *spare) passed(last, now int64, idle bool) {
	if s.set == nil {
		return
	}
	s.last.Store(now)
	waited := s.wait.Load()
	if waited != idle {
		s.wait.Store(idle)
	}
	if waited && s.off.Load() && !s.watched.Load() {
		s.watch()
	}
	switch took := now - last; {
	case waited:
	case took >= longTask:
		if s.short.Add(-perLong) <= 0 {
			s.short.Store(0)
			if s.off.Load() {
				s.change(false)
			}
		}
	case took <= shortTask && s.short.Load() < manyShort:
		if s.short.Add(1) >= manyShort && !s.off.Load() {
			s.change(true)
		}
	}
}

// change has the runtime do without the spare goroutine, or have it again.
func (s *spare) change(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.off.Load() == off || s.over {
		return
	}
	s.off.Store(off)
	s.set(!off)
	if off {
		s.arm()
	} else if s.timer != nil {
		s.timer.Stop()
		s.watched.Store(false)
	}
}

// watch goes on to look whether somebody comes by, after nobody had a task.
func (s *spare) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.off.Load() && !s.watched.Load() {
		s.arm()
	}
}

// arm begins to look whether somebody comes by. The lock is held.
func (s *spare) arm() {
	since := s.last.Load()
	s.watched.Store(true)
	s.timer = time.AfterFunc(spareTimeout, func() { s.look(since) })
}

// look gives the spare goroutine back if a task has run since a time of the executor's clock. A worker that waits needs none, nor to be
// looked at.
func (s *spare) look(since int64) {
	if s.last.Load() == since && !s.wait.Load() {
		s.short.Store(0)
		s.change(false)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.off.Load() {
		return
	}
	s.watched.Store(false)
	if s.last.Load() != since || !s.wait.Load() {
		s.arm()
	}
}

// end gives the spare goroutine back for good.
func (s *spare) end() {
	s.change(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}
