package braid_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

// inTask is what the task of runInTask does. It is a variable of the program, so tests that use it do not run in
// parallel.
var inTask func(ctx context.Context) (int, error)

var runInTask = braid.Func("regress/in-task", func(ctx context.Context, _ int) (int, error) { return inTask(ctx) })

var loads atomic.Int64

var load = braid.Func("regress/load", func(_ context.Context, n int) ([]int, error) {
	loads.Add(1)
	return make([]int, n), nil
})

var size = braid.Func("regress/size", func(_ context.Context, all []int) (int, error) { return len(all), nil })

// A context without an end waits like any other inside a task: the slot serves the task that is waited for.
func TestWaitingWithoutCancelYieldsTheOnlySlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := braid.Open(t.Context(), braid.Options{Slots: 1})
		if err != nil {
			t.Fatal(err)
		}
		inTask = func(ctx context.Context) (int, error) {
			return braid.Submit(ctx, c, square.Call(braid.V(7))).Get(context.WithoutCancel(ctx))
		}
		n, err := braid.Submit(t.Context(), c, runInTask.Call(braid.V(0))).Get(t.Context())
		if n != 49 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A goroutine that outlives its task and then waits with the task's context takes no slot from other tasks.
func TestAGoroutineThatOutlivesItsTaskTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := braid.Open(t.Context(), braid.Options{Slots: 1})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		returned := make(chan struct{})
		inTask = func(ctx context.Context) (int, error) {
			go func() {
				<-returned
				_, err := braid.Submit(context.Background(), c, square.Call(braid.V(7))).Get(ctx)
				done <- err
			}()
			return 1, nil
		}
		if _, err := braid.Submit(t.Context(), c, runInTask.Call(braid.V(0))).Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(returned)
		<-done // the context is done, so the error does not matter
		if n, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); n != 9 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A function that goes on after it has waited is still seen by Close.
func TestCloseNamesAFunctionThatHasWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := braid.Open(t.Context(), braid.Options{Slots: 2, CloseTimeout: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		end := make(chan struct{})
		waited := make(chan struct{})
		inTask = func(ctx context.Context) (int, error) {
			n, err := braid.Submit(ctx, c, square.Call(braid.V(2))).Get(ctx)
			close(waited)
			<-end
			return n, err
		}
		f := braid.Submit(t.Context(), c, runInTask.Call(braid.V(0)))
		<-waited
		if state := f.Explain().State; state != "running" {
			t.Errorf("after it has waited the task is %s", state)
		}
		if err := c.Close(); err == nil || !strings.Contains(err.Error(), "regress/in-task#0") {
			t.Errorf("Close does not name the function: %v", err)
		}
		close(end)
	})
}

// While a key is held, neither its call nor what it takes runs again; and a key whose task failed is free.
func TestAHeldKeyRunsNothingAgain(t *testing.T) {
	c := open2(t)
	loads.Store(0)
	for range 3 {
		n, err := braid.Submit(t.Context(), c, size.With(braid.Key("regress")).Call(load.Call(braid.V(10)))).Get(t.Context())
		if n != 10 || err != nil {
			t.Fatal(n, err)
		}
	}
	if n := loads.Load(); n != 1 {
		t.Errorf("the argument of the keyed call ran %d times", n)
	}
	inTask = func(context.Context) (int, error) { panic("once") }
	keyed := runInTask.With(braid.Key("transient")).Call(braid.V(0))
	if _, err := braid.Submit(t.Context(), c, keyed).Get(t.Context()); err == nil {
		t.Fatal("no error")
	}
	inTask = func(context.Context) (int, error) { return 5, nil }
	if n, err := braid.Submit(t.Context(), c, keyed).Get(t.Context()); n != 5 || err != nil {
		t.Errorf("after a failure the key gives %d, %v", n, err)
	}
}

// Zero values and nils of the exported types are errors, not panics.
func TestNilsAndZeroValuesAreErrors(t *testing.T) {
	c := open2(t)
	var noFuture *braid.Future[int]
	var noFutures *braid.Futures[int]
	var noDelayed *braid.Delayed[int]
	for what, err := range map[string]error{
		"nil client":       errOf(braid.Submit(t.Context(), nil, square.Call(braid.V(1)))),
		"nil client, Map":  errOf2(square.Map(t.Context(), nil, []int{1})),
		"nil future":       errOf(braid.Submit(t.Context(), c, square.Call(noFuture))),
		"nil futures":      errOf(braid.Submit(t.Context(), c, sum.Call(noFutures))),
		"nil delayed":      errOf(braid.Submit(t.Context(), c, square.Call(noDelayed))),
		"zero future":      errOf(new(braid.Future[int])),
		"zero futures":     errOf2(new(braid.Futures[int])),
		"nil member":       errOf(braid.Submit(t.Context(), c, sum.Call(braid.All([]*braid.Delayed[int]{nil})))),
		"nil option":       errOf(braid.Submit(t.Context(), c, square.With(nil).Call(braid.V(1)))),
		"nil shared":       errOf2(add.Map(t.Context(), c, []int{1}, noFuture)),
		"zero call in All": errOf(braid.Submit(t.Context(), c, sum.Call(braid.All([]*braid.Delayed[int]{{}})))),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
