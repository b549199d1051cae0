package conformance

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var cancels = theme{"cancelling", []testCase{
	{name: "before a task runs keeps it from running", near: true, options: braid.Options{Slots: 1}, body: cancelBefore},
	{name: "while a task runs ends its context", body: cancelWhile},
	{name: "a function that ignores its context drops its result and keeps its slot", near: true, options: braid.Options{Slots: 1}, body: cancelDeaf},
	{name: "holds whatever the function returns, also when nobody waits", body: cancelUnwatched},
	{name: "after the outcome changes nothing", body: cancelAfter},
	{name: "fails what depends on the task, in other submissions too", body: cancelDependents},
	{name: "one want of a graph leaves the others", body: cancelOneWant},
	{name: "a map leaves finished items", body: cancelMap},
	{name: "at the moment of return gives one outcome", body: cancelRace},
	{name: "the context of Compute cancels its work", body: cancelCompute},
	{name: "a task that waits for others ends its waiting", body: cancelBlocked},
	{name: "a retried task ends its attempts", body: cancelRetried},
}}

func wantCancelled[T any](t *testing.T, f *braid.Future[T]) {
	t.Helper()
	if v, err := f.Get(t.Context()); !errors.Is(err, braid.ErrCancelled) {
		t.Errorf("%s: %v, %v; want that it was cancelled", f.Name(), v, err)
	}
}

func cancelBefore(t *testing.T, c *braid.Client) {
	g := newGate(t)
	first := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	f := braid.Submit(t.Context(), c, square.Call(count.Call(braid.V(g.id), braid.V(2))))
	f.Cancel()
	f.Cancel()
	wantCancelled(t, f)
	want(t, "the state", f.Explain().State, "cancelled")
	close(g.open)
	want(t, "the first", get(t, first), 1)
	synctest.Wait()
	want(t, "calls", g.came.Load(), 1)
}

func cancelWhile(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, square.Call(hold.Call(braid.V(g.id), braid.V(1))))
	synctest.Wait()
	f.Cancel()
	wantCancelled(t, f)
	synctest.Wait()
	want(t, "functions that still run", g.inside.Load(), 0)
	h := braid.Submit(t.Context(), c, causeOf.Call(braid.V(g.id)))
	synctest.Wait()
	h.Cancel()
	synctest.Wait()
	want(t, "contexts that were done as package context says", len(g.noted()), 2)
}

// causeOf waits for the end of its context and notes 2 if that is done in the way of package context.
var causeOf = braid.Func("conformance/cause", func(ctx context.Context, id int) (int, error) {
	<-ctx.Done()
	derived, cancel := context.WithCancel(ctx)
	defer cancel()
	if errors.Is(ctx.Err(), context.Canceled) && derived.Err() != nil {
		gateOf(id).note(2)
	}
	return 0, nil
})

func cancelDeaf(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, deaf.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	f.Cancel()
	wantCancelled(t, f)
	<-time.After(time.Second)
	e := f.Explain()
	want(t, "the state", e.State, "cancelling")
	want(t, "the time it takes", e.Since, time.Second)
	next := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	synctest.Wait()
	want(t, "the next, with the slot taken", next.Done(), false)
	want(t, "its state", next.Explain().State, "ready")
	close(g.open)
	want(t, "the next", get(t, next), 9)
	wantCancelled(t, f)
	want(t, "the state in the end", f.Explain().State, "cancelled")
}

func cancelUnwatched(t *testing.T, c *braid.Client) {
	for _, d := range []func(id int) *braid.Delayed[int]{
		func(id int) *braid.Delayed[int] { return deaf.Call(braid.V(id), braid.V(1)) },
		func(id int) *braid.Delayed[int] { return hold.Call(braid.V(id), braid.V(1)) },
		func(id int) *braid.Delayed[int] { return square.Call(deaf.Call(braid.V(id), braid.V(1))) },
	} {
		g := newGate(t)
		f := braid.Submit(t.Context(), c, d(g.id))
		synctest.Wait()
		f.Cancel()
		close(g.open)
		synctest.Wait()
		wantCancelled(t, f)
	}
}

func cancelAfter(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	get(t, f)
	f.Cancel()
	want(t, "the result", get(t, f), 9)
	fs := refuse.Map(t.Context(), c, upTo(10))
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	fs.Cancel()
	fs.At(2).Cancel()
	done, _ := fs.Count()
	want(t, "results", done, 5)
	if _, err := fs.At(1).Get(t.Context()); !errors.Is(err, errOdd) {
		t.Errorf("a failed item, cancelled later: %v", err)
	}
}

func cancelDependents(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	h := braid.Submit(t.Context(), c, add.Call(f, braid.V(1)))
	l := braid.Submit(t.Context(), c, sum.Call(braid.Args[int](braid.V(1), h)))
	synctest.Wait()
	f.Cancel()
	_, err := l.Get(t.Context())
	wantRoot(t, err, braid.ErrCancelled, "conformance/hold#0")
	want(t, "the state of a dependent", h.Explain().State, "failed")
	fs := holdOne.Map(t.Context(), c, []int{g.id, g.id, g.id})
	s := braid.Submit(t.Context(), c, sum.Call(fs))
	synctest.Wait()
	fs.Cancel()
	if _, err := s.Get(t.Context()); !errors.Is(err, braid.ErrCancelled) {
		t.Errorf("a call on cancelled futures: %v", err)
	}
}

func cancelOneWant(t *testing.T, c *braid.Client) {
	g := newGate(t)
	shared := hold.Call(braid.V(g.id), braid.V(2)).With(braid.Key("cancelOneWant"))
	f := braid.Submit(t.Context(), c, square.Call(shared))
	s := braid.Submit(t.Context(), c, shared)
	synctest.Wait()
	f.Cancel()
	wantCancelled(t, f)
	close(g.open)
	want(t, "the other want", get(t, s), 2)
}

func cancelMap(t *testing.T, c *braid.Client) {
	g := newGate(t)
	items := []int{2*g.id + 1, 2 * g.id, 2 * g.id, 2 * g.id}
	fs := holdOdd.Map(t.Context(), c, items)
	synctest.Wait()
	fs.Cancel()
	if _, err := fs.At(0).Get(t.Context()); !errors.Is(err, errOdd) {
		t.Errorf("an item that had its outcome: %v", err)
	}
	for i := 1; i < 4; i++ {
		wantCancelled(t, fs.At(i))
	}
}

func cancelRace(t *testing.T, c *braid.Client) {
	for range 500 {
		f := braid.Submit(t.Context(), c, add.Call(square.Call(braid.V(3)), braid.V(1)))
		h := braid.Submit(t.Context(), c, square.Call(f))
		var wg sync.WaitGroup
		wg.Go(f.Cancel)
		wg.Go(func() { _, _ = f.Get(t.Context()) })
		v, err := f.Get(t.Context())
		wg.Wait()
		again, err2 := f.Get(t.Context())
		if v != again || (err == nil) != (err2 == nil) {
			t.Fatalf("the outcome changed from %v, %v to %v, %v", v, err, again, err2)
		}
		if err == nil && v != 10 || err != nil && !errors.Is(err, braid.ErrCancelled) {
			t.Fatalf("the outcome is %v, %v", v, err)
		}
		if w, err := h.Get(t.Context()); err2 == nil && (err != nil || w != 100) || err2 != nil && !errors.Is(err, braid.ErrCancelled) {
			t.Fatalf("the dependent of %v, %v has %v, %v", v, err2, w, err)
		}
	}
}

func cancelCompute(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var v int
	err := braid.Compute(ctx, c, square.Call(hold.Call(braid.V(g.id), braid.V(1))).Into(&v))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Compute with a context that ends: %v", err)
	}
	synctest.Wait()
	want(t, "functions that still run", g.inside.Load(), 0)
}

func cancelBlocked(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, waitInside.Call(braid.V(time.Hour)))
	synctest.Wait()
	want(t, "the state", f.Explain().State, "blocked")
	f.Cancel()
	wantCancelled(t, f)
	<-time.After(time.Hour) // the nap outlives who submitted it
	synctest.Wait()
	want(t, "the state in the end", f.Explain().State, "cancelled")
}

func cancelRetried(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, hold.With(braid.Retries(100)).Call(braid.V(g.id), braid.V(1)))
	fs := holdOne.With(braid.Retries(100)).Map(t.Context(), c, []int{g.id, g.id})
	synctest.Wait()
	f.Cancel()
	fs.At(0).Cancel()
	fs.Cancel()
	wantCancelled(t, f)
	wantCancelled(t, fs.At(0))
	synctest.Wait()
	want(t, "functions that still run", g.inside.Load(), 0)
	if n := g.came.Load(); n > 3 {
		t.Errorf("%d attempts at three tasks", n)
	}
}
