package main

import (
	"context"
	"os"

	"github.com/braid-compute/braid"
)

var pidTask = braid.Func("braid/pid", func(context.Context, int) (int, error) { return os.Getpid(), nil })

// awaitWorkers waits until each of the client's n worker processes has run a task, and returns their process ids, so that
// what is measured afterwards does not pay for their start. Of a client without any it returns none.
func awaitWorkers(ctx context.Context, c *braid.Client, n int) (pids []int, err error) {
	seen := make(map[int]bool)
	for len(pids) < n {
		futures := pidTask.Map(ctx, c, make([]int, 4*n))
		found, err := futures.Gather(ctx)
		futures.Release()
		if err != nil {
			return pids, err
		}
		for _, pid := range found {
			if !seen[pid] {
				seen[pid] = true
				pids = append(pids, pid)
			}
		}
	}
	return pids, nil
}
