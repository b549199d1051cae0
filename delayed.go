package braid

import "github.com/braid-compute/braid/graph"

// Delayed is a call that was written down and not yet submitted; as an argument of other calls it makes a graph. It is
// immutable. It runs once within a [Submit] or [Compute], however many calls take it, and again in the next.
type Delayed[T any] struct{ call }

// call is a delayed call without its type. What a walk over the graph reads comes first, so that it costs few cache misses.
type call struct {
	// build and index say which task of which graph under construction the call became; see builder.
	build uint64
	index graph.Index
	n     uint8
	args  [3]argument
	kept  *handle // of a persisted value: where its result is; f is nil then
	f     *function
	with  *settings
	site  uintptr
}

func (*Delayed[T]) arg(T)           {}
func (d *Delayed[T]) missing() bool { return d == nil }
func (d *Delayed[T]) delayed() *call {
	if d == nil {
		return nil
	}
	return &d.call
}
func (*call) members() []argument     { return nil }
func (d *call) input(b *builder)      { b.ref(d) }
func (d *call) arguments() []argument { return d.args[:d.n] }

// With returns the call with more options. The copy is another task.
func (d *Delayed[T]) With(opts ...Option) *Delayed[T] {
	c := &Delayed[T]{call{f: d.f, args: d.args, n: d.n, with: d.with.and(opts), site: d.site, kept: d.kept}}
	return c
}

// Into says that [Compute] is to store the result in *p.
func (d *Delayed[T]) Into(p *T) Want {
	return Want{d: &d.call, store: func(v any) (err error) { *p, err = take[T](v, assembler[T]()); return err }}
}

// Want is a result that [Compute] is to deliver. See [Delayed.Into].
type Want struct {
	d     *call
	store func(any) error
}
