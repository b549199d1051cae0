package braid

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/session"
)

// Futures is one handle on the tasks of a Map, item by item in the order of the arguments. As an argument it is the list
// of all results.
type Futures[R any] struct {
	c   *Client
	run *exec.Run
	n   int
	err error
	mix *mixture // of results that were kept and results of run; nil where run is that of all items
}

func (*Futures[R]) arg([]R)             {}
func (f *Futures[R]) missing() bool     { return f == nil || f.c == nil }
func (*Futures[R]) delayed() *call      { return nil }
func (*Futures[R]) members() []argument { return nil }
func (f *Futures[R]) input(b *builder) {
	if f.mix != nil {
		b.gather(f.c, f.mix.places)
		return
	}
	b.future(&handle{c: f.c, place: place{run: f.run, list: true}, err: f.err}, f.n)
}
func (f *Futures[R]) where() (place, int) { return place{run: f.run, list: true}, f.n }

// Map begins to call the function on each of the arguments and returns one handle for all the results. The slice is
// shared, not copied: it must not change until the results are there. ctx bounds only this call.
func (f *Func1[A, R]) Map(ctx context.Context, c *Client, args []A) *Futures[R] {
	m := mapping{f: f.f, with: f.with, items: column[A](args), site: caller()}
	return mapped[R](m.submit(ctx, c))
}

// Map begins to call the function on each of the arguments, always with the same second argument, which is computed
// once, and returns one handle for all the results. The slice is shared, not copied: it must not change until the
// results are there. ctx bounds only this call.
func (f *Fn2[A, B, R]) Map(ctx context.Context, c *Client, args []A, shared Arg[B]) *Futures[R] {
	m := mapping{f: f.f, with: f.with, items: column[A](args), site: caller()}
	if shared == nil {
		return mapped[R](c, runs{}, len(args), fmt.Errorf("braid: map of %s: the shared argument is nil", f.Name()))
	}
	if d, ok := shared.(*Delayed[B]); ok {
		shared = Submit(ctx, c, d) // held by the Map for as long as it needs it
	} else if m, ok := shared.(interface{ mixed() bool }); ok && m.mixed() { // as a list, it would be more than one argument
		shared = Submit(ctx, c, identity(shared))
	}
	m.shared = []argument{shared}
	return mapped[R](m.submit(ctx, c))
}

func mapped[R any](c *Client, of runs, n int, err error) *Futures[R] {
	fs := &Futures[R]{c: c, run: of.run, n: n, err: err, mix: of.mix}
	if err == nil && of.run.Sized() {
		runtime.AddCleanup(fs, forget, lost{place: place{run: of.run, list: true}})
	}
	return fs
}

// column is a slice of arguments, of which each task takes one.
type column[A any] []A

func (c column[A]) Len() int     { return len(c) }
func (c column[A]) At(i int) any { return c[i] }

// Freeze returns a copy, since the slice is the user's.
func (c column[A]) Freeze(limit int64) graph.Column {
	t := reflect.TypeFor[A]()
	if !exec.Plain(t) || int64(len(c))*int64(t.Size()) > limit {
		return nil
	}
	return frozen[A](slices.Clone(c))
}

// frozen is a slice of arguments of a plain type that nobody else has.
type frozen[A any] []A

func (c frozen[A]) Len() int     { return len(c) }
func (c frozen[A]) At(i int) any { return c[i] }

// FrozenSize looks at some of the items only.
func (c frozen[A]) FrozenSize() int64 {
	const most = 64
	n, step := int64(0), len(c)/most+1
	for k := 0; k < len(c); k += step {
		n += exec.PlainSize(c[k]) * int64(step)
	}
	return n
}

// mapping is a Map to be submitted: items, one for each task, and arguments that all of them take.
type mapping struct {
	f      *function
	with   *settings
	items  graph.Column
	shared []argument
	site   uintptr
}

// runs are where the results of a Map are.
type runs struct {
	run *exec.Run
	mix *mixture
}

func (m mapping) submit(ctx context.Context, c *Client) (*Client, runs, int, error) {
	of, err := m.run(ctx, c)
	return c, of, m.items.Len(), err
}

func (m mapping) run(ctx context.Context, c *Client) (of runs, err error) {
	if c == nil {
		return of, errNoClient
	}
	if err := ctx.Err(); err != nil {
		return of, fmt.Errorf("braid: map: %w", context.Cause(ctx))
	}
	if c.closed.Load() {
		return of, ErrClosed
	}
	b := newBuilder(c)
	defer b.close()
	with := m.with
	if with == nil {
		with = plain
	}
	d := &call{f: m.f, site: m.site}
	if with.key != "" {
		return of, b.wrong(d, fmt.Errorf("Key(%q): a key names one task, and this is a Map", with.key))
	}
	if err := b.refuse(d, with); err != nil {
		return of, b.wrong(d, err)
	}
	gang := with.traits.Lifetime == graph.LifetimeGang
	if gang {
		if err := b.refuseGang(with, m.items.Len()); err != nil {
			return of, b.wrong(d, err)
		}
	}
	kept, err := m.recall(ctx, b)
	if err != nil || kept.all() {
		return runs{run: kept.settled()}, err
	}
	items := kept.column(m.items)
	n := items.Len()
	if n > graph.MaxTasks {
		return of, b.wrong(d, fmt.Errorf("a Map of %d items: at most %d fit into one submission", n, graph.MaxTasks))
	}
	for i := range min(n, 64) { // a few are enough to notice
		c.large.note(c, items.At(i), m.site)
	}
	args := []graph.AffineArg{{Ref: graph.ItemRef(b.g.Literal(items).Table(), 0), Map: graph.Identity(uint32(n))}}
	b.site = m.site
	for _, a := range m.shared {
		if b.refs = b.refs[:0]; missing(a) {
			return of, b.wrong(d, fmt.Errorf("the shared argument is nil"))
		}
		if a.input(b); b.err != nil {
			return of, b.wrong(d, b.err)
		}
		if len(b.refs) != 1 {
			return of, b.wrong(d, fmt.Errorf("the shared argument of a Map cannot be a list of calls: gather it in a call of its own"))
		}
		args = append(args, graph.AffineArg{Ref: b.refs[0]})
	}
	if gang {
		args = append(args, placesIn(b.g, n)...)
	}
	number := b.g.Call(graph.Call{Op: b.opOf(m.f, with), Traits: b.traitsOf(with), Site: b.g.Site(m.site)})
	b.g.Affine(graph.Affine{Call: number, Space: []uint32{uint32(n)}, Args: args})
	b.g.Number(c.number, c.submissions.Add(1))
	g, err := b.g.Build()
	if err != nil {
		return of, err
	}
	of.run, err = c.launch(g, exec.Want{All: true})
	runtime.KeepAlive(m.shared) // until the run holds what they stand for
	if err == nil {
		of.mix = kept.with(of.run)
	}
	return of, err
}

// at returns where the result of item i will be.
func (f *Futures[R]) at(i int) place {
	if f.mix != nil {
		return f.mix.places[i]
	}
	return place{run: f.run, index: graph.Index(i)}
}

// never returns why there are no tasks behind the handle, or nil if there are.
func (f *Futures[R]) never() error {
	h := handle{place: place{run: f.run}, err: f.err}
	return h.never()
}

// Len returns the number of items.
func (f *Futures[R]) Len() int { return f.n }

// At returns the future of item i.
func (f *Futures[R]) At(i int) *Future[R] {
	if i < 0 || i >= f.n {
		panic(fmt.Sprintf("braid: item %d of %d futures", i, f.n))
	}
	return &Future[R]{handle{c: f.c, place: f.at(i), err: f.err, of: f}}
}

// Gather waits for all results and returns them in order. As soon as one item fails it returns the error of the failed
// item with the lowest number so far; the other items go on. Use [Futures.All] to take what there is.
func (f *Futures[R]) Gather(ctx context.Context) ([]R, error) {
	if err := f.never(); err != nil {
		return nil, err
	}
	if err := f.run.WaitAllOrFailure(ctx); err != nil {
		return nil, fmt.Errorf("braid: waiting for %s: %w", f.run.Label(), err)
	}
	f.c.quiet()
	if fail := f.run.FirstFailure(); fail != nil {
		return nil, taskError(fail)
	}
	out, assemble := make([]R, f.n), assembler[R]()
	var far farResults
	near := f.c.cluster == nil
	for i := range out {
		p := f.at(i)
		v, fail, _ := p.run.Outcome(p.index)
		if fail != nil {
			return nil, taskError(fail)
		}
		if v == nil && p.run.Released(p.index) {
			return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), ErrReleased)
		}
		if near {
			if stored(v) {
				var err error
				if v, _, err = p.run.Value(ctx, p.index); err == nil && v == nil {
					err = ErrReleased // in this moment
				}
				if err != nil {
					return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), err)
				}
			}
			if r, ok := v.(R); ok { // nearly always
				out[i] = r
				continue
			}
		} else if far.add(i, v) {
			continue
		}
		var err error
		if out[i], err = take[R](v, assemble); err != nil {
			return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), err)
		}
	}
	found, err := f.c.fetch(ctx, far.values)
	if err != nil {
		return nil, unfetched("results of "+f.run.Label(), err)
	}
	for k, e := range found {
		i := far.at[k]
		if out[i], err = take[R](e, assemble); err != nil {
			p := f.at(i)
			return nil, fmt.Errorf("braid: %s: %w", p.run.Name(p.index), err)
		}
	}
	return out, nil
}

// farResults are results that are elsewhere, and where they belong.
type farResults struct {
	values []*session.Remote
	at     []int
}

// add notes the result of item i if it is elsewhere, and reports whether it is.
func (f *farResults) add(i int, v any) bool {
	r, ok := v.(*session.Remote)
	if ok {
		f.values, f.at = append(f.values, r), append(f.at, i)
	}
	return ok
}

// All waits for the items one after the other, in order, and yields each result or error. It ends after yielding the
// error of ctx.
func (f *Futures[R]) All(ctx context.Context) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		var zero R
		if err := f.never(); err != nil {
			yield(zero, err)
			return
		}
		for i := range f.n {
			r, err := f.At(i).Get(ctx)
			if !yield(r, err) || err != nil && ctx.Err() != nil {
				return
			}
		}
	}
}

// Completed yields the number of each item when it has its outcome, in the order of their completion, and ends after
// the last, or when ctx ends.
func (f *Futures[R]) Completed(ctx context.Context) iter.Seq2[int, *Future[R]] {
	return func(yield func(int, *Future[R]) bool) {
		if f.never() != nil {
			return
		}
		done := newCompletions[graph.Index](f.n)
		if f.mix != nil {
			defer f.mix.follow(f.run, done.add)()
		} else {
			defer f.run.Follow(func(i graph.Index, _ bool) { done.add(i) })()
		}
		for i := range done.each(ctx) {
			if !yield(int(i), f.At(int(i))) {
				return
			}
		}
	}
}

// Wait waits until every item has its outcome, whatever it is.
func (f *Futures[R]) Wait(ctx context.Context) error {
	if err := f.never(); err != nil {
		return err
	}
	if err := f.run.WaitAll(ctx); err != nil {
		return fmt.Errorf("braid: waiting for %s: %w", f.run.Label(), err)
	}
	f.c.quiet()
	return nil
}

// Cancel cancels the items that have no outcome yet.
func (f *Futures[R]) Cancel() {
	switch {
	case f.never() != nil:
	case f.c.cluster != nil:
		f.c.cluster.cancel(f.run)
	default:
		f.run.Cancel(ErrCancelled)
	}
}

// Release says that the results are not needed any more. Items that have not begun are not run.
func (f *Futures[R]) Release() {
	if f.never() != nil {
		return
	}
	f.run.ReleaseAll(ErrReleased)
	if f.mix != nil {
		f.mix.kept.ReleaseAll(ErrReleased)
	}
}

// Count returns how many items have a result, and how many failed or were cancelled.
func (f *Futures[R]) Count() (done, failed int) {
	if f.never() != nil {
		return 0, f.n
	}
	for i := range f.n {
		switch p := f.at(i); p.run.Status(p.index) {
		case exec.StatusDone:
			done++
		case exec.StatusFailed, exec.StatusCancelled, exec.StatusSkipped:
			failed++
		}
	}
	return done, failed
}
