package braid

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
)

// Scatter gives a value to the client and returns a future of it, so that many calls can take it without carrying it
// along: a table that all of them look things up in, a mask, a model. The value is shared, not copied.
//
// Worker processes get it before they need it, each once: it is sent to one of them, and from there to every other to which
// a task is assigned that takes it. A worker keeps it as long as such tasks are assigned to it and for half a minute after
// the last, in up to an eighth of its memory limit. So there is no need to broadcast a value. If the worker that holds it
// dies, it is placed on another one, because the scheduler has what was submitted until the future is released.
func Scatter[T any](ctx context.Context, c *Client, v T) *Future[T] {
	f := &Future[T]{handle{c: c}}
	if err := ctx.Err(); err != nil {
		f.err = fmt.Errorf("braid: scatter: %w", context.Cause(ctx))
		return f
	}
	if c == nil {
		f.err = errNoClient
		return f
	}
	if c.closed.Load() {
		f.err = ErrClosed
		return f
	}
	g, site := graph.NewBuilder(), caller()
	op := g.Op(graph.Op{Name: passOn.name, Impl: passOn.op})
	g.Add(g.Call(graph.Call{Op: op, Traits: g.Traits(graph.Traits{}), Site: g.Site(site)}), g.Literal(v))
	g.Number(c.number, c.submissions.Add(1))
	built, err := g.Build()
	if err != nil {
		f.err = err
		return f
	}
	f.place.run, err = c.launch(built, exec.Want{All: true})
	f.err = unscattered(site, err)
	if f.err == nil && f.place.run.Sized() {
		runtime.AddCleanup(f, forget, lost{place: f.place})
	}
	return f
}

// ScatterEach is [Scatter] for several values, which are spread over the workers: the future of each is that of its place,
// and the Futures are the argument that stands for all of them. The slice is shared, not copied.
func ScatterEach[T any](ctx context.Context, c *Client, values []T) *Futures[T] {
	m := mapping{f: passOn, items: column[T](values), site: caller()}
	c, of, n, err := m.submit(ctx, c)
	return mapped[T](c, of, n, unscattered(m.site, err))
}

// unscattered says of a value that cannot be sent where it was scattered, instead of what the graph around it is.
func unscattered(site uintptr, err error) error {
	e, ok := errors.AsType[*codec.UnencodableError](err)
	if !ok {
		return err
	}
	at := ""
	if s := (graph.Site{PC: site}).String(); s != "" {
		at = " (" + s + ")"
	}
	return fmt.Errorf("braid: scatter%s: the value cannot be sent to worker processes: %w", at, e)
}
