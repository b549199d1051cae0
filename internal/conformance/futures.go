package conformance

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var futures = theme{"futures", []testCase{
	{name: "a future is an argument before and after it has its result", body: futureArgument},
	{name: "futures of a map are an argument before and after they have their results", body: futuresArgument},
	{name: "thousands of submissions, each taking the last one's future", body: chainOfSubmissions},
	{name: "a failed future fails calls in other submissions", body: failedFutureArgument},
	{name: "a future of another client is refused", body: foreignFuture},
	{name: "the context of a Submit or Get bounds that call only", near: true, body: contextBounds},
	{name: "an ended context submits nothing", body: endedContext},
	{name: "a result can be had many times", body: getAgain},
}}

func futureArgument(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(3)))
	d := braid.Submit(t.Context(), c, add.Call(f, square.Call(f)))
	synctest.Wait()
	if d.Done() {
		t.Error("a call has its outcome before its argument")
	}
	close(g.open)
	want(t, "before", get(t, d), 12)
	want(t, "after", result(t, c, add.Call(f, square.Call(f))), 12)
	want(t, "calls", g.came.Load(), 1)
}

func futuresArgument(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ids := make([]int, 10)
	for i := range ids {
		ids[i] = g.id
	}
	fs := holdOne.Map(t.Context(), c, ids)
	d := braid.Submit(t.Context(), c, sum.Call(fs))
	two := braid.Submit(t.Context(), c, add.Call(sum.Call(fs), fs.At(9)))
	synctest.Wait()
	if d.Done() || two.Done() {
		t.Error("a call has its outcome before its argument")
	}
	close(g.open)
	want(t, "before", get(t, d), 10)
	want(t, "before, twice", get(t, two), 11)
	want(t, "after", result(t, c, sum.Call(fs)), 10)
}

// holdOne waits at the gate, or for the end of its context, and returns 1.
var holdOne = braid.Func("conformance/hold-one", func(ctx context.Context, id int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	select {
	case <-g.open:
		return 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
})

func chainOfSubmissions(t *testing.T, c *braid.Client) {
	n := long / 10
	f := braid.Submit(t.Context(), c, square.Call(braid.V(0)))
	for range n {
		f = braid.Submit(t.Context(), c, add.Call(f, braid.V(1)))
	}
	want(t, "the last", get(t, f), n)
}

func failedFutureArgument(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, refuse.Call(braid.V(1)))
	_, err := braid.Submit(t.Context(), c, add.Call(f, braid.V(1))).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	_, err = braid.Submit(t.Context(), c, add.Call(f, braid.V(1))).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	never := braid.Submit(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	if _, err := braid.Submit(t.Context(), c, add.Call(never, braid.V(1))).Get(t.Context()); err == nil {
		t.Error("a call that takes a future that was never submitted has a result")
	}
}

func foreignFuture(t *testing.T, c *braid.Client) {
	other, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	f := braid.Submit(t.Context(), other, square.Call(braid.V(1)))
	for name, d := range map[string]*braid.Delayed[int]{
		"a future":         square.Call(f),
		"a future in list": sum.Call(braid.Args[int](f)),
		"futures":          sum.Call(square.Map(t.Context(), other, []int{1})),
		"a persisted":      square.Call(braid.Persist(t.Context(), other, square.Call(braid.V(1)))),
		"itself persisted": braid.Persist(t.Context(), other, square.Call(braid.V(1))),
	} {
		if v, err := braid.Submit(t.Context(), c, d).Get(t.Context()); err == nil {
			t.Errorf("%s of another client gave %v", name, v)
		}
	}
}

func contextBounds(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ctx, cancel := context.WithCancel(t.Context())
	f := braid.Submit(ctx, c, hold.Call(braid.V(g.id), braid.V(3)))
	fs := holdOne.Map(ctx, c, []int{g.id, g.id})
	cancel()
	if _, err := f.Get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Get with an ended context: %v", err)
	}
	if _, err := fs.Gather(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Gather with an ended context: %v", err)
	}
	if err := braid.Wait(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait with an ended context: %v", err)
	}
	close(g.open)
	want(t, "the result", get(t, f), 3)
	want(t, "the sum", result(t, c, sum.Call(fs)), 2)
	if v, err := f.Get(ctx); err != nil || v != 3 {
		t.Errorf("Get of a result that is there, with an ended context: %v, %v", v, err)
	}
}

func endedContext(t *testing.T, c *braid.Client) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("because")
	cancel(why)
	g := newGate(t)
	d := count.Call(braid.V(g.id), braid.V(1))
	_, err1 := braid.Submit(ctx, c, d).Get(t.Context())
	_, err2 := countOne.Map(ctx, c, []int{g.id}).Gather(t.Context())
	_, err3 := braid.Scatter(ctx, c, 1).Get(t.Context())
	err4 := braid.Compute(ctx, c, d.Into(new(int)))
	for n, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, why) {
			t.Errorf("case %d: %v", n, err)
		}
	}
	synctest.Wait()
	want(t, "calls", g.came.Load(), 0)
	if _, err := braid.Open(ctx); !errors.Is(err, why) {
		t.Errorf("Open with an ended context: %v", err)
	}
}

// countOne counts its calls at the gate.
var countOne = braid.Func("conformance/count-one", func(_ context.Context, id int) (int, error) {
	defer gateOf(id).enter()()
	return 1, nil
})

func getAgain(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	for range 3 {
		want(t, "the result", get(t, f), 9)
	}
	fs := square.Map(t.Context(), c, []int{1, 2})
	for range 3 {
		want(t, "the results", gather(t, fs)[1], 4)
		want(t, "a result", get(t, fs.At(1)), 4)
	}
}
