package braid

import (
	"context"
	"sync"
)

// aside is work of a client that goes on beside its tasks. The zero value is useful.
type aside struct {
	mu    sync.Mutex
	ctx   context.Context // nil: there was no such work
	stop  context.CancelFunc
	ended bool
	work  sync.WaitGroup
}

// start begins a piece of work, which watches its context. It reports false after end.
func (a *aside) start(do func(context.Context)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	if a.ctx == nil {
		a.ctx, a.stop = context.WithCancel(context.Background())
	}
	ctx := a.ctx
	a.work.Go(func() { do(ctx) })
	return true
}

// end stops the work and waits until it has ended.
func (a *aside) end() {
	a.mu.Lock()
	a.ended = true
	if a.stop != nil {
		a.stop()
	}
	a.mu.Unlock()
	a.work.Wait()
}
