package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var inside = theme{"inside a task", []testCase{
	{name: "deep recursion needs no more than one slot", options: braid.Options{Slots: 1}, body: fibonacci},
	{name: "deep recursion on two slots", options: braid.Options{Slots: 2}, body: fibonacci},
	{name: "a chain of a thousand tasks that wait for each other", options: braid.Options{Slots: 1}, body: deepWaiting},
	{name: "Gather, Compute, AsCompleted, Completed, All and Wait yield the slot", options: braid.Options{Slots: 1}, body: everyWait},
	{name: "several goroutines of one task may wait", options: braid.Options{Slots: 1}, body: goroutinesWait},
	{name: "tasks that wait leave their slots to others", options: braid.Options{Slots: 2}, body: waitersYield},
	{name: "never more functions run than there are slots", options: braid.Options{Slots: 3}, body: slotsHold},
	{name: "a panic while other goroutines of the task wait", options: braid.Options{Slots: 1}, body: panicWhileWaiting},
	{name: "a context outlives its task as a done context", near: true, body: contextAfterwards},
	{name: "a future can be handed into a task", near: true, options: braid.Options{Slots: 1}, body: futureInside},
	{name: "a failure inside comes out", body: failureInside},
	{name: "outside a task there is no client in the context", near: true, body: noClient},
}}

var fib *braid.Func1[int, int]

func init() {
	fib = braid.Func("conformance/fib", func(ctx context.Context, n int) (int, error) {
		if n < 2 {
			return n, nil
		}
		c := braid.FromContext(ctx)
		a, b := braid.Submit(ctx, c, fib.Call(braid.V(n-1))), braid.Submit(ctx, c, fib.Call(braid.V(n-2)))
		x, err := a.Get(ctx)
		if err != nil {
			return 0, err
		}
		y, err := b.Get(ctx)
		return x + y, err
	})
	descend = braid.Func("conformance/descend", func(ctx context.Context, n int) (int, error) {
		if n == 0 {
			return 0, nil
		}
		v, err := braid.Submit(ctx, braid.FromContext(ctx), descend.Call(braid.V(n-1))).Get(ctx)
		return v + 1, err
	})
}

func fibonacci(t *testing.T, c *braid.Client) {
	want(t, "the number", result(t, c, fib.Call(braid.V(16))), 987)
}

var descend *braid.Func1[int, int]

func deepWaiting(t *testing.T, c *braid.Client) {
	want(t, "the depth", result(t, c, descend.Call(braid.V(1000))), 1000)
}

// waits waits for tasks in every way there is and returns the sum of what it got.
var waits = braid.Func("conformance/waits", func(ctx context.Context, n int) (int, error) {
	c := braid.FromContext(ctx)
	fs := square.Map(ctx, c, upTo(n))
	all, err := fs.Gather(ctx)
	if err != nil {
		return 0, err
	}
	s := 0
	for _, v := range all {
		s += v
	}
	var x int
	if err := braid.Compute(ctx, c, sum.Call(fs).Into(&x)); err != nil {
		return 0, err
	}
	s += x
	var some []*braid.Future[int]
	for i := range n {
		some = append(some, braid.Submit(ctx, c, add.Call(braid.V(i), braid.V(1))))
	}
	for f, err := range braid.AsCompleted(ctx, some...) {
		if err != nil {
			return 0, err
		}
		v, err := f.Get(ctx)
		if err != nil {
			return 0, err
		}
		s += v
	}
	more := square.Map(ctx, c, upTo(n))
	for _, f := range more.Completed(ctx) {
		v, err := f.Get(ctx)
		if err != nil {
			return 0, err
		}
		s += v
	}
	for v, err := range square.Map(ctx, c, upTo(n)).All(ctx) {
		if err != nil {
			return 0, err
		}
		s += v
	}
	last := braid.Submit(ctx, c, square.Call(braid.V(1000)))
	if err := braid.Wait(ctx, last); err != nil {
		return 0, err
	}
	v, err := last.Get(ctx)
	return s + v, err
})

func everyWait(t *testing.T, c *braid.Client) {
	const n, squares = 30, 29 * 30 * 59 / 6
	for _, v := range gather(t, waits.Map(t.Context(), c, []int{n, n, n})) {
		want(t, "the sum", v, 4*squares+n*(n+1)/2+1_000_000)
	}
}

// spread waits for its children in several goroutines, each for one after the other.
var spread = braid.Func("conformance/spread", func(ctx context.Context, n int) (int, error) {
	c := braid.FromContext(ctx)
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for i := range n {
		wg.Go(func() {
			for k := range 50 {
				v, err := braid.Submit(ctx, c, add.Call(braid.V(i), braid.V(k))).Get(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				total += v
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return total, ctx.Err()
})

func goroutinesWait(t *testing.T, c *braid.Client) {
	for _, v := range gather(t, spread.Map(t.Context(), c, []int{8, 8, 8, 8})) {
		want(t, "the sum", v, 8*50*49/2+50*28)
	}
}

func waitersYield(t *testing.T, c *braid.Client) {
	ds := make([]time.Duration, 8)
	for i := range ds {
		ds[i] = time.Second
	}
	took := timed(func() { gather(t, waitInside.Map(t.Context(), c, ds)) })
	want(t, "the time of eight naps of a second on two slots", took, 4*time.Second)
}

// busyTree counts itself in while it runs, but not while it waits for its children.
var busyTree *braid.Fn2[int, int, int]

func init() {
	busyTree = braid.Func2("conformance/busy-tree", func(ctx context.Context, id, depth int) (int, error) {
		g := gateOf(id)
		leave := g.enter()
		time.Sleep(time.Millisecond)
		leave()
		n := 1
		if depth > 0 {
			c := braid.FromContext(ctx)
			var children []*braid.Future[int]
			for range 3 {
				children = append(children, braid.Submit(ctx, c, busyTree.Call(braid.V(id), braid.V(depth-1))))
			}
			for _, f := range children {
				k, err := f.Get(ctx)
				if err != nil {
					return 0, err
				}
				n += k
			}
		}
		leave = g.enter()
		time.Sleep(time.Millisecond)
		leave()
		return n, nil
	})
}

func slotsHold(t *testing.T, c *braid.Client) {
	g := newGate(t)
	want(t, "tasks", result(t, c, busyTree.Call(braid.V(g.id), braid.V(6))), (3*3*3*3*3*3*3-1)/2)
	want(t, "functions at once", g.most.Load(), 3)
}

var panicWaiting = braid.Func("conformance/panic-waiting", func(ctx context.Context, id int) (int, error) {
	c := braid.FromContext(ctx)
	g := gateOf(id)
	f := braid.Submit(ctx, c, hold.Call(braid.V(id), braid.V(1)))
	for range 4 {
		go func() { _, _ = f.Get(ctx) }()
	}
	for g.came.Load() == 0 { // the goroutines have yielded the slot when the child runs
		<-time.After(time.Millisecond)
	}
	panic("while waiting")
})

func panicWhileWaiting(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, panicWaiting.Call(braid.V(g.id)))
	<-time.After(time.Second)
	close(g.open)
	if _, err := f.Get(t.Context()); err == nil {
		t.Error("the panic is lost")
	}
	want(t, "the client goes on", result(t, c, square.Call(braid.V(3))), 9)
	ds := []time.Duration{time.Second, time.Second}
	took := timed(func() { gather(t, nap.Map(t.Context(), c, ds)) })
	want(t, "the time of two naps on the one slot", took, 2*time.Second)
}

// leaks returns its context.
var leaks = braid.Func("conformance/leaks", func(ctx context.Context, _ int) (context.Context, error) { return ctx, nil })

func contextAfterwards(t *testing.T, c *braid.Client) {
	unwanted := leaks.Call(braid.V(1))
	ctx := result(t, c, leaks.Call(braid.V(1)))
	other := result(t, c, throughContext.Call(unwanted))
	synctest.Wait()
	for _, ctx := range []context.Context{ctx, other} {
		if !errors.Is(ctx.Err(), context.Canceled) {
			t.Errorf("Err after the task has ended: %v", ctx.Err())
		}
		select {
		case <-ctx.Done():
		default:
			t.Error("the context is not done")
		}
		if s := fmt.Sprint(ctx); s == "" {
			t.Error("the context has no text")
		}
		_, _ = ctx.Deadline()
		f := braid.Submit(context.WithoutCancel(ctx), braid.FromContext(ctx), square.Call(braid.V(3)))
		if v, err := f.Get(context.WithoutCancel(ctx)); err != nil || v != 9 {
			t.Errorf("work in the name of a task that has ended: %v, %v", v, err)
		}
		if _, err := braid.Submit(ctx, c, square.Call(braid.V(3))).Get(t.Context()); err == nil {
			t.Error("an ended context submits")
		}
	}
}

var throughContext = braid.Func("conformance/through-context", func(_ context.Context, ctx context.Context) (context.Context, error) { return ctx, nil })

var getInside = braid.Func("conformance/get-inside", func(ctx context.Context, f *braid.Future[int]) (int, error) { return f.Get(ctx) })

func futureInside(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, nap2.Call(braid.V(5)))
	want(t, "the sum", result(t, c, add.Call(getInside.Call(braid.V(f)), getInside.Call(braid.V(f)))), 10)
}

var nap2 = braid.Func("conformance/nap2", func(_ context.Context, n int) (int, error) {
	time.Sleep(time.Second)
	return n, nil
}).With(braid.Priority(-1))

var failInside = braid.Func("conformance/fail-inside", func(ctx context.Context, n int) (int, error) {
	return braid.Submit(ctx, braid.FromContext(ctx), square.Call(refuse.Call(braid.V(n)))).Get(ctx)
})

func failureInside(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, failInside.Call(braid.V(1))).Get(t.Context())
	if !errors.Is(err, errOdd) {
		t.Errorf("the failure of a child: %v", err)
	}
}

func noClient(t *testing.T, c *braid.Client) {
	want(t, "the client of a plain context", braid.FromContext(t.Context()), nil)
	own := result(t, c, mine.Call(braid.V(0)))
	want(t, "the client of a task is this", own == fmt.Sprintf("%p", c), true)
}

var mine = braid.Func("conformance/mine", func(ctx context.Context, _ int) (string, error) {
	return fmt.Sprintf("%p", braid.FromContext(ctx)), nil
})
