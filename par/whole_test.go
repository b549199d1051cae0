package par

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is nested in what, and however it ends, all cores are back in the budget afterwards, and the caller's is not
// among them.
func TestCallsGiveBackWhatTheyTook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctx, b := context.Background(), process()
		if rapid.Bool().Draw(t, "nested") {
			b = NewBudget(rapid.IntRange(2, 6).Draw(t, "cores"))
			ctx = context.WithValue(ctx, BudgetKey{}, b)
		}
		before := b.free.Load()
		plan := rapid.SliceOfN(rapid.IntRange(0, 9), 3, 3).Draw(t, "plan")
		failAt := int64(rapid.IntRange(1, 400).Draw(t, "failAt"))
		var leaves atomic.Int64
		err := nest(ctx, plan, func() error {
			runtime.Gosched()
			if leaves.Add(1) == failAt {
				return errors.New("enough")
			}
			return nil
		})
		if free := b.free.Load(); free != before {
			t.Fatalf("%d cores were free before plan %v and %d after, err %v", before, plan, free, err)
		}
	})
}

// nest runs leaf below as many levels of calls as plan has numbers, each of which says which call that is.
func nest(ctx context.Context, plan []int, leaf func() error) error {
	if len(plan) == 0 {
		return leaf()
	}
	below := func(ctx context.Context) error { return nest(ctx, plan[1:], leaf) }
	body := func(ctx context.Context, _, _ int) error { return below(ctx) }
	item := func(ctx context.Context, _ int) (int, error) { return 0, below(ctx) }
	var o Options
	if plan[0] >= 5 {
		o.Workers = plan[0] - 4
	}
	switch plan[0] % 5 {
	case 0:
		o.Schedule = Dynamic
		return For(ctx, 7, body, o)
	case 1:
		o.Schedule, o.Chunk = Static, 2
		return For(ctx, 7, body, o)
	case 2:
		g := NewGroup(ctx, o)
		for range 4 {
			g.Go(below)
		}
		return g.Wait()
	case 3:
		for _, err := range Map(ctx, make([]int, 7), item, o) {
			if err != nil {
				return err // leaves the loop while others run
			}
		}
	case 4:
		for _, err := range MapUnordered(ctx, func(yield func(int) bool) {
			for i := 0; i < 7 && yield(i); i++ {
			}
		}, item, o) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}
