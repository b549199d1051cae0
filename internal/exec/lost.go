package exec

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
)

// Forget releases a task whose handle was lost, when it has its outcome. Unlike Release it never keeps a task from running.
func (r *Run) Forget(i graph.Index) { r.x.lose(lostHandle{r, i, false}) }

// ForgetAll forgets every task.
func (r *Run) ForgetAll() { r.x.lose(lostHandle{r, 0, true}) }

// lostHandle is a handle that was dropped: on one task of a run, or on all.
type lostHandle struct {
	run  *Run
	task graph.Index
	all  bool
}

// losses are the handles that the collector found dropped.
type losses struct {
	mu        sync.Mutex
	list      []lostHandle
	any       atomic.Bool
	bubbled   bool // the executor lives in a bubble of testing/synctest
	closed    bool
	releasing sync.WaitGroup // goroutines that release them
}

// inBubble reports whether the caller runs in a bubble of testing/synctest, whose clock begins in the year 2000. What is made
// there is not for goroutines from outside, such as the collector's. The clock of a machine may be as wrong; then lost handles
// are released when the executor is used again, as in a bubble.
func inBubble(now time.Time) bool { return now.Year() < 2025 }

// lose notes a lost handle and has it released. It is called by the collector, whose goroutine shall not do that work itself, and
// must not even start it for an executor in a bubble.
func (x *Executor) lose(h lostHandle) {
	l := &x.losses
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, h)
	l.any.Store(true)
	if len(l.list) == 1 && !l.bubbled && !l.closed {
		l.releasing.Go(x.releaseLost)
	}
}

// releaseLost releases what was lost since the last call.
func (x *Executor) releaseLost() {
	l := &x.losses
	if !l.any.Load() {
		return
	}
	l.mu.Lock()
	list := l.list
	l.list = nil
	l.any.Store(false)
	l.mu.Unlock()
	for _, h := range list {
		if !h.all {
			h.run.Watch(h.task, func() { h.run.Release(h.task) })
			continue
		}
		h.run.whenDecided(func(*slot) {
			for i := range graph.Index(h.run.tasks) {
				h.run.Release(i)
			}
		})
	}
}

// end waits until nobody releases lost handles any more.
func (l *losses) end() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.releasing.Wait()
}
