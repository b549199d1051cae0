package braid

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/braid-compute/braid/internal/exec"
)

// Wait waits until every one of the futures has its outcome, whatever it is. The error is that of ctx, or of the first
// future that was never submitted.
func Wait(ctx context.Context, futures ...Handle) error {
	for _, f := range futures {
		if err := f.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// AsCompleted yields the futures in the order in which they get their outcomes. If ctx ends first, the last pair holds
// a nil future and its error. Leaving the loop cancels nothing. Nil futures are left out.
func AsCompleted[T any](ctx context.Context, futures ...*Future[T]) iter.Seq2[*Future[T], error] {
	return func(yield func(*Future[T], error) bool) {
		futures = slices.DeleteFunc(slices.Clone(futures), func(f *Future[T]) bool { return f.missing() })
		done := newCompletions[*Future[T]](len(futures))
		for _, f := range futures {
			f.watch(func() { done.add(f) })
		}
		for f := range done.each(ctx) {
			if !yield(f, nil) {
				return
			}
		}
		if ctx.Err() != nil && done.left() > 0 {
			yield(nil, context.Cause(ctx))
		}
	}
}

// completions collects what completes, from any goroutine, for one that waits.
type completions[K comparable] struct {
	mu    sync.Mutex
	ready []K
	taken int
	total int
	bell  chan struct{}
}

func newCompletions[K comparable](total int) *completions[K] {
	return &completions[K]{total: total, bell: make(chan struct{}, 1)}
}

func (c *completions[K]) add(k K) {
	c.mu.Lock()
	c.ready = append(c.ready, k)
	c.mu.Unlock()
	select {
	case c.bell <- struct{}{}:
	default:
	}
}

func (c *completions[K]) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total - c.taken
}

// each yields what completes until all has, or ctx ends. Waiting with the context of a task yields its slot.
func (c *completions[K]) each(ctx context.Context) iter.Seq[K] {
	return func(yield func(K) bool) {
		for c.left() > 0 {
			c.mu.Lock()
			batch := c.ready
			c.ready = nil
			c.taken += len(batch)
			c.mu.Unlock()
			for _, k := range batch {
				if !yield(k) {
					return
				}
			}
			if c.left() == 0 {
				return
			}
			if len(batch) == 0 && exec.WaitChannel(ctx, c.bell, "the next result") != nil {
				return
			}
		}
	}
}
