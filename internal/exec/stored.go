package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// leastStored is the size in bytes from which results are kept in the store: one costs it about two microseconds, and a file
// for less would be small.
const leastStored = 16 << 10

// stored returns the bytes that the store has in memory or expects.
func (x *Executor) stored() int64 {
	if x.store == nil {
		return 0
	}
	return x.store.Used()
}

// expect counts n bytes that a running task is expected to make, or takes them off the count if n is negative.
func (x *Executor) expect(n int64) {
	if x.store != nil && (n >= x.least || n <= -x.least) {
		x.store.Charge(block.Expected, n)
	} else {
		x.memory.Add(n)
	}
}

// keep puts a result of n bytes into the store. Above the pause mark it returns when as much has left memory as can, so that
// results are not made faster than files are written. It returns nil for a result that stays with its task.
func (x *Executor) keep(c *call, v any, n int64) *block.Block {
	if c.op.Form == nil || c.outputs > 1 {
		return nil
	}
	f := c.op.Form(v)
	if f == nil {
		return nil
	}
	b, err := x.store.BoxSized(context.Background(), v, n, f, nil) // what it waits for is writing only
	if err != nil {                                                // the store is closed
		return nil
	}
	return b
}

// Results returns the store that the running task's function may put its result into, nil if that is to be a value; see [Op.Lends].
func (c *Context) Results() *block.Store {
	k := &c.run.calls[c.call]
	if !k.op.Lends || k.op.Size == nil || k.steps != nil || k.outputs > 1 || k.gang {
		return nil
	}
	return c.run.x.store
}

// Idle reports whether a slot has nothing to run at the moment.
func (x *Executor) Idle() bool { return x.sleeping.Load() > 0 }

func release(b *block.Block) {
	if b != nil {
		b.Release()
	}
}

// notice notes that an input is in the store.
func (s *slot) notice(v any) {
	if _, ok := v.(*block.Block); ok {
		s.stored = true
	}
}

// invokePinned calls the function of a task with the inputs that the store holds brought into memory and kept there. They are
// read in the task's slot: if reading gave the slot away, so many tasks could have their inputs in memory at once that these
// would not fit.
func (w *worker) invokePinned(ctx *Context, c *call, in []any) (any, error) {
	how := pinValues
	switch {
	case c.steps != nil:
	case c.op.Lends:
		how = pinLoans
	case c.op.Looks:
		how = pinLooks
	}
	in, err := w.pin(ctx, in, how)
	if err != nil {
		return nil, err
	}
	return c.invoke(ctx, in)
}

// pinning says what a function does with inputs that the store holds.
type pinning uint8

const (
	pinValues pinning = iota // it may keep them
	pinLooks                 // it looks at them, and they may be gone afterwards
	pinLoans                 // it lends them to another process, and looks at those in lists
)

// LeastLent is the size in bytes from which a block is mapped by another process instead of being copied there
// (docs/decisions/0024).
const LeastLent = 256 << 10

// pin returns the inputs with those that the store holds as live values, until unpin.
func (w *worker) pin(ctx *Context, in []any, how pinning) ([]any, error) {
	in = CopyInputs(in)
	for k, v := range in {
		if list, ok := v.(*List); ok {
			for n, v := range *list {
				live, err := w.live(ctx, v, min(how, pinLooks))
				if err != nil {
					return nil, fmt.Errorf("item %d of its argument %d: %w", n, k+1, err)
				}
				(*list)[n] = live
			}
			continue
		}
		live, err := w.live(ctx, v, how)
		if err != nil {
			return nil, fmt.Errorf("its argument %d: %w", k+1, err)
		}
		in[k] = live
	}
	return in, nil
}

// LostInputError is why a task was not begun: an input that the store held is lost.
type LostInputError struct {
	Block *block.Block
	err   error
}

func (e *LostInputError) Error() string { return e.err.Error() }

// Unwrap returns what matches [block.ErrLost].
func (e *LostInputError) Unwrap() error { return e.err }

func (w *worker) live(ctx *Context, v any, how pinning) (any, error) {
	b, ok := v.(*block.Block)
	if !ok {
		return v, nil
	}
	pin := b.Pin
	lend := how == pinLoans && b.Size() >= LeastLent
	switch {
	case lend:
		pin = b.PinToLend
	case how != pinValues:
		pin = b.PinLent
	}
	view, err := pin(ctx)
	if err != nil {
		name := "another task"
		if run, i := w.maker(ctx.run, b); run != nil {
			name = run.Name(i)
			view, err = mended(ctx, run, i, b, pin)
		}
		if err != nil {
			err = fmt.Errorf("the result of %s: %w", name, unreadable(err))
		}
	}
	if err != nil {
		if errors.Is(err, block.ErrLost) {
			err = &LostInputError{Block: b, err: err}
		}
		return nil, err
	}
	w.views = append(w.views, view)
	if lend {
		return view, nil
	}
	return view.Value(), nil
}

// maker returns the task that made an input which the store holds, and its run, or nil.
func (w *worker) maker(r *Run, b *block.Block) (*Run, graph.Index) {
	for _, a := range w.refs {
		switch a.Kind() {
		case graph.RefOutput:
			if r.task(a.Task()).value == any(b) {
				return r, a.Task()
			}
		case graph.RefExternal:
			e := &r.exts[a.Table()]
			for n := range e.count {
				if i := e.first + graph.Index(n); e.run.result(i) == any(b) {
					return e.run, i
				}
			}
		}
	}
	return nil, 0
}

// unpin lets the inputs of the task leave memory again.
func (w *worker) unpin() {
	for k, v := range w.views {
		v.Release()
		w.views[k] = nil
	}
	w.views = w.views[:0]
}

// unreadable says why a result cannot be had from the store.
func unreadable(err error) error {
	if errors.Is(err, block.ErrClosed) {
		return ErrClosed
	}
	return err
}
