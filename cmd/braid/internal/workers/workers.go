// Package workers waits for the worker processes of a client, for commands that measure what happens afterwards.
package workers

import (
	"context"
	"maps"
	"os"
	"slices"

	"github.com/braid-compute/braid"
)

var pidTask = braid.Func("braid/pid", func(context.Context, int) (int, error) { return os.Getpid(), nil })

// Await waits until each of the client's n worker processes has run a task, and returns their process ids, so that
// what is measured afterwards does not pay for their start. Of a client without any it returns none.
func Await(ctx context.Context, c *braid.Client, n int) ([]int, error) {
	if n == 0 {
		return nil, nil
	}
	if err := c.WaitWorkers(ctx, n); err != nil {
		return nil, err
	}
	pids, err := braid.OnEveryWorker(ctx, c, pidTask.Call(braid.V(0)))
	return slices.Collect(maps.Values(pids)), err
}
