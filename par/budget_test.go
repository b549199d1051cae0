package par_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/par"
)

// gauge counts how many are inside at once.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() {
	n := g.now.Add(1)
	for m := g.most.Load(); n > m && !g.most.CompareAndSwap(m, n); m = g.most.Load() {
	}
	for range 3 {
		runtime.Gosched() // give others the chance to be inside too
	}
}

func (g *gauge) leave() { g.now.Add(-1) }

// Three levels of nesting over For, Map, MapUnordered and Reduce never run more leaves than the budget has cores.
func TestNestedCallsStayWithinOneBudget(t *testing.T) {
	for cores := 1; cores <= 5; cores++ {
		var g gauge
		leaf := func(context.Context, int, int) error {
			g.enter()
			defer g.leave()
			return nil
		}
		inner := func(ctx context.Context, x int) (int, error) {
			switch x % 3 {
			case 0:
				return 0, par.For(ctx, 5, leaf, par.Options{Schedule: par.Dynamic})
			case 1:
				return par.Reduce(ctx, 5, func(ctx context.Context, lo, hi int) (int, error) { return hi - lo, leaf(ctx, lo, hi) },
					func(a, b int) int { return a + b }, par.Options{Chunk: 1})
			}
			for _, err := range par.Map(ctx, []int{1, 2, 3, 4}, func(ctx context.Context, _ int) (int, error) { return 0, leaf(ctx, 0, 1) }) {
				if err != nil {
					return 0, err
				}
			}
			return 0, nil
		}
		ctx := par.WithBudget(t.Context(), cores)
		err := par.For(ctx, 40, func(ctx context.Context, lo, hi int) error {
			for _, err := range par.MapUnordered(ctx, []int{lo, lo + 1, lo + 2}, inner) {
				if err != nil {
					return err
				}
			}
			return nil
		}, par.Options{Schedule: par.Dynamic})
		if err != nil {
			t.Fatal(err)
		}
		if most := int(g.most.Load()); most > cores {
			t.Errorf("%d leaves ran at once in a budget of %d cores", most, cores)
		}
	}
}

// Every core is used: n calls that each wait for all others can only end if all run at once.
func TestBudgetIsUsedUp(t *testing.T) {
	const cores = 4
	all := func(ctx context.Context, meet func(context.Context) error) map[string]error {
		errs := map[string]error{}
		errs["For"] = par.For(ctx, cores, func(ctx context.Context, _, _ int) error { return meet(ctx) }, par.Options{Schedule: par.Dynamic})
		for _, err := range par.Map(ctx, make([]int, cores), func(ctx context.Context, _ int) (int, error) { return 0, meet(ctx) }) {
			if err != nil {
				errs["Map"] = err
			}
		}
		return errs
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(par.WithBudget(t.Context(), cores), time.Minute)
		defer cancel()
		for name, err := range all(ctx, meeting(cores)) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// meeting returns a function that returns when n calls are inside it, again and again.
func meeting(n int64) func(context.Context) error {
	var count atomic.Int64
	gates := make(chan chan struct{}, 1)
	gates <- make(chan struct{})
	return func(ctx context.Context) error {
		gate := <-gates
		if count.Add(1)%n == 0 {
			close(gate)
			gates <- make(chan struct{})
			return nil
		}
		gates <- gate
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// The outer call has two bodies on two cores; when the short one ends, the inner call of the long one takes its core,
// be it the caller's or a worker's.
func TestNestedCallTakesUpCoresThatBecomeFree(t *testing.T) {
	calls := map[string]func(context.Context, []int, func(context.Context, int) (int, error)) error{
		"For": func(ctx context.Context, items []int, fn func(context.Context, int) (int, error)) error {
			return par.For(ctx, len(items), func(ctx context.Context, lo, _ int) error {
				_, err := fn(ctx, items[lo])
				return err
			}, par.Options{Schedule: par.Dynamic})
		},
		"Map": func(ctx context.Context, items []int, fn func(context.Context, int) (int, error)) error {
			for _, err := range par.Map(ctx, items, fn) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	const short, long = 0, 1
	for outer, runOuter := range calls {
		for inner, runInner := range calls {
			for _, bodies := range [][]int{{short, long}, {long, short}} {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					err := runOuter(par.WithBudget(t.Context(), 2), bodies, func(ctx context.Context, body int) (int, error) {
						if body == short {
							<-time.After(3500 * time.Millisecond)
							return 0, nil
						}
						return 0, runInner(ctx, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, sleep)
					})
					// 4 items alone, then 6 on two cores.
					if d := time.Since(start); err != nil || d != 7*time.Second {
						t.Errorf("%s in %s, bodies %v: 10 items of 1 s took %v, err %v, want 7s", inner, outer, bodies, d, err)
					}
				})
			}
		}
	}
}

func TestBudgetOfOneRunsOnTheCallersGoroutine(t *testing.T) {
	ctx := par.WithBudget(t.Context(), 1)
	before := runtime.NumGoroutine()
	check := func() {
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines, %d before the call", n, before)
		}
	}
	if err := par.For(ctx, 10, func(context.Context, int, int) error { check(); return nil }); err != nil {
		t.Error(err)
	}
	for _, err := range par.Map(ctx, []int{1, 2, 3}, func(_ context.Context, x int) (int, error) { check(); return x, nil }) {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestNestedMapOfOneItemNeedsNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	for n, err := range par.Map(par.WithBudget(t.Context(), 3), []int{1}, func(context.Context, int) (int, error) {
		return runtime.NumGoroutine(), nil
	}) {
		if err != nil || n > before {
			t.Errorf("%d goroutines, %d before the call, err %v", n, before, err)
		}
	}
}

// lazyContext is a context type that makes its budget when asked, as a task's context would.
type lazyContext struct {
	context.Context
	asked  int
	budget *par.Budget
}

func (c *lazyContext) Value(key any) any {
	if _, ok := key.(par.BudgetKey); !ok {
		return c.Context.Value(key)
	}
	c.asked++
	if c.budget == nil {
		c.budget = par.NewBudget(3)
	}
	return c.budget
}

func TestOwnContextTypeCarriesBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		timed, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ctx := &lazyContext{Context: timed}
		meet := meeting(3)
		err := par.For(ctx, 3, func(ctx context.Context, _, _ int) error {
			if b, _ := ctx.Value(par.BudgetKey{}).(*par.Budget); b == nil || b.Cores() != 3 {
				t.Errorf("body sees budget %v", b)
			}
			return meet(ctx)
		}, par.Options{Schedule: par.Dynamic})
		if err != nil || ctx.asked != 1 {
			t.Errorf("err %v; asked for the budget %d times, want once a call", err, ctx.asked)
		}
	})
}

func TestBodyContextBehavesLikeAContext(t *testing.T) {
	type key struct{}
	parent, cancel := context.WithTimeout(context.WithValue(context.Background(), key{}, "kept"), time.Hour)
	defer cancel()
	var escaped, child context.Context
	err := par.For(parent, 1, func(ctx context.Context, _, _ int) error {
		deadline, ok := ctx.Deadline()
		if want, _ := parent.Deadline(); !ok || !deadline.Equal(want) || ctx.Value(key{}) != "kept" || ctx.Err() != nil {
			t.Errorf("deadline %v, value %v, err %v", deadline, ctx.Value(key{}), ctx.Err())
		}
		escaped = ctx
		var stop context.CancelFunc
		child, stop = context.WithCancel(ctx)
		context.AfterFunc(child, stop)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if escaped.Err() == nil || child.Err() == nil || context.Cause(child) != context.Canceled {
		t.Errorf("after the call: context %v, its child %v", escaped.Err(), child.Err())
	}
	select {
	case <-escaped.Done():
	default:
		t.Error("Done is open after the call")
	}
}
