package braid

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/exec"
)

// Submit begins to run a delayed call and everything it takes, and returns at once. ctx bounds only this call: the work
// ends by itself, by Cancel or Release of the future, or when the client closes. An error is in the future.
func Submit[T any](ctx context.Context, c *Client, d *Delayed[T]) *Future[T] {
	f := &Future[T]{handle{c: c}}
	if d == nil {
		f.err = fmt.Errorf("braid: submit: the delayed call is nil")
		return f
	}
	places, _, err := c.submit(ctx, &d.call)
	if err != nil {
		f.err = err
		return f
	}
	f.place = places[0]
	if d.shared() {
		f.once = new(atomic.Bool)
	}
	if f.place.run.Sized() && (d.with == nil || d.with.key == "") { // what has a key is held by the client
		runtime.AddCleanup(f, forget, lost{f.place, f.once})
	}
	return f
}

// shared reports whether the result of a call may have several handles, which are then counted.
func (d *call) shared() bool { return d.kept != nil || d.with != nil && d.with.key != "" }

// lost is what is left of a handle that was dropped.
type lost struct {
	place
	once *atomic.Bool
}

// forget is the backstop for handles that are dropped without Release.
func forget(l lost) {
	switch {
	case l.once != nil && l.once.Swap(true):
	case l.list:
		l.run.ForgetAll()
	default:
		l.run.Forget(l.index)
	}
}

// submit submits calls as one graph and says where their results will be, and what run is new.
func (c *Client) submit(ctx context.Context, targets ...*call) ([]place, *exec.Run, error) {
	if c == nil {
		return nil, nil, errNoClient
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, fmt.Errorf("braid: submit: %w", context.Cause(ctx))
	}
	if c.closed.Load() {
		return nil, nil, ErrClosed
	}
	b := newBuilder(c)
	defer b.close()
	places, err := b.add(targets)
	if err != nil {
		return nil, nil, err
	}
	r, err := b.submit(places)
	runtime.KeepAlive(targets) // until the run holds what they take
	if err != nil {
		return nil, nil, err
	}
	for k := range places {
		if places[k].run == nil {
			places[k].run = r
		}
		if p := places[k]; targets[k].shared() && !p.run.Retain(p.index) {
			return nil, nil, fmt.Errorf("braid: submit: %s: %w", p.run.Name(p.index), ErrReleased)
		}
	}
	return places, r, nil
}

// Persist begins to run a delayed call and returns a delayed value that stands for the result, which the client holds:
// calls that take it do not run it again. An error shows when it is used.
func Persist[T any](ctx context.Context, c *Client, d *Delayed[T]) *Delayed[T] {
	f := Submit(ctx, c, d)
	if f.err == nil && f.once == nil {
		f.once = new(atomic.Bool)
		f.place.run.Retain(f.place.index)
	}
	return &Delayed[T]{call{kept: &f.handle, site: caller()}} // keeps the future alive
}

// Compute runs several delayed calls as one graph, in which what they share runs once, waits for all, and stores the
// results: Compute(ctx, c, mean.Into(&m), deviation.Into(&s)). If one fails, its error is returned and the rest is
// cancelled; the same happens when ctx ends.
func Compute(ctx context.Context, c *Client, wants ...Want) error {
	if len(wants) == 0 {
		return nil
	}
	targets := make([]*call, len(wants))
	for k, w := range wants {
		if w.d == nil {
			return fmt.Errorf("braid: compute: want %d is the zero value: make wants with Into", k+1)
		}
		targets[k] = w.d
	}
	places, run, err := c.submit(ctx, targets...)
	if err != nil {
		return err
	}
	defer release(run, targets, places)
	settled := newCompletions[int](len(wants)) // in any order, so that a failure is seen while others still run
	for k, p := range places {
		p.run.Watch(p.index, func() { settled.add(k) })
	}
	for k := range settled.each(ctx) {
		v, err := get(ctx, c, places[k])
		if err != nil {
			c.cancel(run)
			return err
		}
		if err := wants[k].store(v); err != nil {
			c.cancel(run)
			return fmt.Errorf("braid: %s: %w", places[k].run.Name(places[k].index), err)
		}
	}
	if settled.left() > 0 {
		c.cancel(run)
		return fmt.Errorf("braid: compute: %w", context.Cause(ctx))
	}
	return nil
}

// cancel cancels the run of a Compute, if it needed one.
func (c *Client) cancel(run *exec.Run) {
	switch {
	case run == nil:
	case c.cluster != nil:
		c.cluster.cancel(run)
	default:
		run.Cancel(ErrCancelled)
	}
}

func release(run *exec.Run, targets []*call, places []place) {
	for k, p := range places {
		if p.run == run || targets[k].shared() || targets[k].with != nil && targets[k].with.memo != nil {
			p.run.Release(p.index)
		}
	}
}

// ComputeAll runs delayed calls of one type as one graph, in which what they share runs once, waits for all, and returns
// the results in order. If one fails, its error is returned and the rest is cancelled; the same happens when ctx ends.
func ComputeAll[T any](ctx context.Context, c *Client, ds []*Delayed[T]) ([]T, error) {
	results := make([]T, len(ds))
	wants := make([]Want, len(ds))
	for k, d := range ds {
		if d == nil {
			return nil, fmt.Errorf("braid: compute: delayed call %d of %d is nil", k+1, len(ds))
		}
		wants[k] = d.Into(&results[k])
	}
	if err := Compute(ctx, c, wants...); err != nil {
		return nil, err
	}
	return results, nil
}

// Compute2 runs two arguments as one graph and returns their values. See [Compute].
func Compute2[A, B any](ctx context.Context, c *Client, a Arg[A], b Arg[B]) (x A, y B, err error) {
	dx, dy := identity[A](a), identity[B](b)
	err = Compute(ctx, c, dx.Into(&x), dy.Into(&y))
	return x, y, err
}

// identity makes a delayed call of any argument.
func identity[T any](a Arg[T]) *Delayed[T] {
	if d, ok := a.(*Delayed[T]); ok && d != nil {
		return d
	}
	d := &Delayed[T]{call{f: passOn, n: 1, site: caller()}}
	d.args[0] = a
	return d
}
