package sleep

import (
	"context"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

// nap is an item of the slow function: what it returns, after how long.
type nap struct {
	Item int
	For  time.Duration
}

// slow is a function that braid knows by name, so that tasks can call it.
var slow = braid.Func("sleep/slow", wait)

// wait returns the item after its time, or earlier with an error if it is cancelled: a sleep that ignored its context
// could not be interrupted.
func wait(ctx context.Context, n nap) (int, error) {
	select {
	case <-time.After(n.For):
		return n.Item, nil
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

func naps(count int, each time.Duration) []nap {
	all := make([]nap, count)
	for i := range all {
		all[i] = nap{i, each}
	}
	return all
}

// forms are the ways to call the function on every item, and how many rounds seven items take with four workers.
var forms = []struct {
	name   string
	run    func(context.Context, *braid.Client, []nap) ([]int, error)
	rounds int
}{
	{"a loop", loop, 7},
	{"par.Map", parallel, 2},
	{"futures", futures, 2},
	{"delayed calls", delayed, 2},
}

// loop calls the function on one item after the other.
func loop(ctx context.Context, _ *braid.Client, all []nap) ([]int, error) {
	var items []int
	for _, n := range all {
		item, err := wait(ctx, n)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// parallel needs neither a client nor a registered function, and never leaves this process.
func parallel(ctx context.Context, _ *braid.Client, all []nap) ([]int, error) {
	var items []int
	for item, err := range par.Map(ctx, all, wait, par.Options{Workers: Workers}) {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// futures submits all items at once, and gathers the results in their order.
func futures(ctx context.Context, c *braid.Client, all []nap) ([]int, error) {
	return slow.Map(ctx, c, all).Gather(ctx)
}

// delayed writes a call down for each item, and then runs them as one graph.
func delayed(ctx context.Context, c *braid.Client, all []nap) ([]int, error) {
	var calls []*braid.Delayed[int]
	for _, n := range all {
		calls = append(calls, slow.Call(braid.V(n)))
	}
	return braid.ComputeAll(ctx, c, calls)
}
