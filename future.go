package braid

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/session"
)

// handle is a task that was submitted, without its type.
type handle struct {
	c     *Client
	place place
	err   error        // why there is no task
	once  *atomic.Bool // of several handles on one result: set when this one was released
	of    any          // the Futures it is one of, which must live as long
}

// Future is a handle on a task that was submitted. It is also an argument: calls that take it get the result without
// it passing through the caller. It is safe for concurrent use; release it with Release, or leave that to Close and, as a
// backstop, to the collector.
type Future[T any] struct{ handle }

func (*Future[T]) arg(T)              {}
func (f *Future[T]) missing() bool    { return f == nil || f.c == nil }
func (h *handle) missing() bool       { return h.c == nil }
func (h *handle) delayed() *call      { return nil }
func (h *handle) members() []argument { return nil }
func (h *handle) input(b *builder)    { b.future(h, 0) }
func (h *handle) where() (place, int) { return h.place, 0 }

// never returns why there is no task behind the handle, or nil if there is one.
func (h *handle) never() error {
	if h.err == nil && h.place.run == nil {
		return errors.New("braid: the future is the zero value: Submit, Scatter and Futures.At make futures")
	}
	return h.err
}

// Get waits for the result and returns it, or the error: a [*TaskError] if the task failed, was cancelled, or took the
// result of one that was. ctx bounds only the waiting; inside a task, pass the task's context, and its slot is yielded
// meanwhile.
func (f *Future[T]) Get(ctx context.Context) (T, error) {
	var zero T
	if err := f.never(); err != nil {
		return zero, err
	}
	v, err := get(ctx, f.c, f.place)
	if err != nil || v == nil {
		return zero, err
	}
	t, err := take[T](v, assembler[T]())
	if err != nil {
		return zero, fmt.Errorf("braid: %s: %w", f.place.run.Name(f.place.index), err)
	}
	return t, nil
}

// get waits for the outcome of a task.
func get(ctx context.Context, c *Client, p place) (any, error) {
	c.attend(ctx, p)
	if err := p.run.Wait(ctx, p.index); err != nil {
		return nil, fmt.Errorf("braid: waiting for %s: %w", p.run.Name(p.index), err)
	}
	c.quiet()
	v, f, err := p.run.Value(ctx, p.index)
	if f != nil {
		return nil, taskError(f)
	}
	if err != nil {
		return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), err)
	}
	if p.run.Released(p.index) {
		return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), ErrReleased)
	}
	if r, ok := v.(*session.Remote); ok {
		found, err := c.fetch(ctx, []*session.Remote{r})
		if err != nil {
			return nil, unfetched(p.run.Name(p.index), err)
		}
		return found[0], nil
	}
	return v, nil
}

// Wait waits until the task has its outcome, whatever it is. The error is that of ctx, or of a task never submitted.
func (h *handle) Wait(ctx context.Context) error {
	if err := h.never(); err != nil {
		return err
	}
	if err := h.place.run.Wait(ctx, h.place.index); err != nil {
		return fmt.Errorf("braid: waiting for %s: %w", h.place.run.Name(h.place.index), err)
	}
	h.c.quiet()
	return nil
}

// Done reports whether the task has its outcome.
func (h *handle) Done() bool {
	return h.never() != nil || h.place.run.Status(h.place.index).Settled()
}

// Cancel cancels the task: its outcome is [ErrCancelled] unless it has one already. Its context is done; braid cannot
// stop a function that does not look at it, and its slot stays taken until it returns. Calls that take the result fail.
// What only this task needed is not run.
func (h *handle) Cancel() {
	if h.never() != nil {
		return
	}
	r := h.place.run
	switch n := r.Tasks(); {
	case h.c.cluster != nil:
		h.c.cluster.cancel(r, h.place.index)
	case n == 1 || r.WantedAlone(h.place.index):
		r.Cancel(ErrCancelled)
	default:
		r.CancelTask(h.place.index, ErrCancelled)
	}
}

// Release says that the result is not needed any more; the last release frees it. A task that has not begun, and whose
// result nothing else takes, is not run.
func (h *handle) Release() {
	if h.err != nil || h.once != nil && h.once.Swap(true) {
		return
	}
	h.place.run.Release(h.place.index)
}

// Name returns the task's name, as reports and errors show it.
func (h *handle) Name() string {
	if h.never() != nil {
		return "never submitted"
	}
	return h.place.run.Name(h.place.index)
}

// String describes the future: its task and where it stands.
func (h *handle) String() string {
	if h.never() != nil {
		return "future, never submitted: " + h.never().Error()
	}
	return "future of " + h.Name() + ", " + h.place.run.Status(h.place.index).String()
}

// Explain says where the task stands and why.
func (h *handle) Explain() Explanation {
	if h.never() != nil {
		return Explanation{Task: h.Name(), State: "failed", Why: h.never().Error()}
	}
	if h.c.cluster != nil {
		return h.c.cluster.explain(h.place)
	}
	return explanation(h.place.run.Explain(h.place.index))
}

// Graph-free access for the functions of this package that take futures of any type.
func (h *handle) submitted() *handle { return h }

// Handle is a [Future] of any type.
type Handle interface {
	Wait(context.Context) error
	Done() bool
	Cancel()
	Release()
	Name() string
	Explain() Explanation
	submitted() *handle
}

func (h *handle) watch(fn func()) {
	if h.never() != nil {
		fn()
		return
	}
	h.place.run.Watch(h.place.index, fn)
}
