package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/progress"
)

// benchFirst reads the first number of a block where it is.
var benchFirst = braid.FuncView("bench/first", func(_ context.Context, x braid.View[float64]) (float64, error) {
	return x.Slice()[0], nil
})

// mappedFigure is how long it takes until a task on one worker has the first byte of a block that another worker holds.
func mappedFigure(scratch string, size int64) figure {
	var client *braid.Client
	var near *braid.Future[[]float64]
	skip := ""
	if runtime.GOOS != "linux" {
		skip = "blocks are mapped on Linux only"
	}
	workers := [benchWorkerCount]string{"worker-0", "worker-1"}
	first := func(ctx context.Context, block *braid.Future[[]float64], want float64) (us float64, err error) {
		start := time.Now()
		future := braid.Submit(ctx, client, benchFirst.With(braid.Worker(workers[1])).Call(block))
		defer future.Release()
		v, err := future.Get(ctx)
		took := time.Since(start)
		if err == nil && v != want {
			err = fmt.Errorf("the first number is %g instead of %g", v, want)
		}
		return micro(took, 1), err
	}
	block := func(ctx context.Context, worker string, from, n int64) (*braid.Future[[]float64], error) {
		future := braid.Submit(ctx, client, benchNumbers.With(braid.Worker(worker)).Call(braid.V([2]int64{from, n})))
		return future, future.Wait(ctx)
	}
	number := int64(0)
	return figure{
		name: "block.mapped", cases: []metric{{"block.mapped.us", "us"}, {"block.mapped.first.us", "us"}}, skip: skip, warm: true, times: 3,
		of: progress.Bytes(size),
		open: func(ctx context.Context) (func() error, error) {
			var err error
			client, err = braid.Open(ctx, braid.Options{
				Processes: len(workers), Slots: 1, MemoryLimit: 4 * size, Scratch: scratch, Report: io.Discard, Output: os.Stderr,
			})
			if err != nil {
				return nil, err
			}
			err = client.WaitWorkers(ctx, len(workers))
			if err == nil {
				near, err = block(ctx, workers[1], 7, 1)
			}
			if err != nil {
				return nil, errors.Join(err, client.Close())
			}
			return client.Close, nil
		},
		children: func() []int { return client.Pids() },
		measure: func(ctx context.Context) ([]float64, error) {
			number++
			far, err := block(ctx, workers[0], number, size/8)
			if err != nil {
				return nil, err
			}
			defer far.Release()
			copied, err := first(ctx, far, float64(number))
			if err != nil {
				return nil, err
			}
			us, err := first(ctx, far, float64(number))
			return []float64{us, copied}, err
		},
		floor: func(ctx context.Context) ([]float64, error) {
			us, err := first(ctx, near, 7)
			return []float64{us}, err
		},
	}
}
