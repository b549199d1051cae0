package exec

import (
	"context"

	"github.com/braid-compute/braid/graph"
)

// Wait waits until task i has its outcome. It returns the context's error if that comes first. Waiting with the context
// of a task yields the task's slot.
func (r *Run) Wait(ctx context.Context, i graph.Index) error {
	if r.Status(i).Settled() {
		return nil
	}
	done := make(chan struct{})
	if !r.watch(i, func(*slot) { close(done) }) {
		return nil
	}
	return r.x.wait(ctx, done, func() string { return r.Name(i) })
}

// WaitAll waits until every task has its outcome, or the run is cancelled.
func (r *Run) WaitAll(ctx context.Context) error {
	return r.x.wait(ctx, r.Done(), func() string { return r.Label() })
}

// Done returns a channel that is closed when every task has its outcome, or the run is cancelled.
func (r *Run) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		if r.decided || r.tasks == 0 {
			close(r.done)
		}
	}
	return r.done
}

// wait waits for done or the end of ctx, yielding the slot if ctx is that of a task of this executor.
func (x *Executor) wait(ctx context.Context, done <-chan struct{}, what func() string) error {
	select {
	case <-done:
		return nil
	default:
	}
	if c := FromContext(ctx); c != nil {
		c.Block(what())
		defer c.Unblock()
	}
	end := ctx.Done()
	if end == nil {
		<-done
		return nil
	}
	select {
	case <-done:
		return nil
	case <-end:
		return context.Cause(ctx)
	}
}

// WaitChannel waits for a word on a channel or the end of ctx; waiting with the context of a task yields its slot.
func WaitChannel(ctx context.Context, ch <-chan struct{}, what string) error {
	if c := FromContext(ctx); c != nil {
		return c.run.x.wait(ctx, ch, func() string { return what })
	}
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WaitAllOrFailure waits until every task has its outcome, or one has failed.
func (r *Run) WaitAllOrFailure(ctx context.Context) error {
	r.mu.Lock()
	if r.failed == nil {
		r.failed = make(chan struct{})
		if r.decided || r.tasks == 0 || r.first.Load() != nil {
			close(r.failed)
			r.failedClosed = true
		}
	}
	ch := r.failed
	r.mu.Unlock()
	return r.x.wait(ctx, ch, func() string { return r.Label() })
}

// FirstFailure returns the failure of the lowest task among those that have failed so far, or the cancellation of the
// run, or nil.
func (r *Run) FirstFailure() *Failure {
	if f := r.first.Load(); f != nil {
		return f
	}
	return r.cancelled.Load()
}

// noteFailure remembers the failure of the lowest task and ends waits that a failure ends.
func (r *Run) noteFailure(f *Failure) {
	for {
		old := r.first.Load()
		if old != nil && old.Task <= f.Task {
			return
		}
		if r.first.CompareAndSwap(old, f) {
			break
		}
	}
	r.mu.Lock()
	r.closeFailed()
	r.mu.Unlock()
}

// closeFailed ends waits that a failure ends. Called with mu held.
func (r *Run) closeFailed() {
	if r.failed != nil && !r.failedClosed {
		r.failedClosed = true
		close(r.failed)
	}
}
