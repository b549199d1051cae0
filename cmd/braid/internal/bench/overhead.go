package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

var benchSame = braid.Func("bench/same", func(_ context.Context, n int64) (int64, error) { return n, nil })

// overheadFigures are what braid's own parts cost.
func overheadFigures(slots int, quick bool) []figure {
	size := func(full, small int) int {
		if quick {
			return small
		}
		return full
	}
	return []figure{
		forFigure(slots, size(200_000_000, 1_000_000)),
		submitFigure(slots, size(100_000, 500)),
		mapFigure(slots, size(1_000_000, 10_000)),
		graphFigure(slots, size(1_000_000, 10_000)),
		bytesFigure(size(1_000_000, 10_000)),
	}
}

// per returns the time of one of n things in ns.
func per(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / float64(n) }

// micro returns the time of one of n things in µs.
func micro(d time.Duration, n int) float64 { return per(d, n) / 1e3 }

// withClient makes a figure open a client and close it afterwards.
func (f figure) withClient(client **braid.Client, slots int) figure {
	f.open = func(ctx context.Context) (func() error, error) {
		c, err := benchClient(ctx, slots)
		if err != nil {
			return nil, err
		}
		*client = c
		return c.Close, nil
	}
	return f
}

// cheap is the body of the loop: a multiplication and an addition for each item.
//
//go:noinline
func cheap(lo, hi int) float64 {
	s := 0.0
	for i := lo; i < hi; i++ {
		s += float64(i) * 0.5
	}
	return s
}

func forFigure(slots, n int) figure {
	var total atomic.Int64
	count := func(lo, hi int) {
		if cheap(lo, hi) >= 0 {
			total.Add(int64(hi - lo))
		}
	}
	timed := func(loop func() error) ([]float64, error) {
		total.Store(0)
		start := time.Now()
		err := loop()
		took := time.Since(start)
		if err == nil && total.Load() != int64(n) {
			err = fmt.Errorf("%d of %d items were done", total.Load(), n)
		}
		return []float64{per(took, n)}, err
	}
	return figure{
		name: "par.for", cases: []metric{{"par.for.ns", "ns"}}, warm: true,
		measure: func(ctx context.Context) ([]float64, error) {
			return timed(func() error {
				return par.For(ctx, n, func(_ context.Context, lo, hi int) error { count(lo, hi); return nil }, par.Options{Workers: slots})
			})
		},
		floor: func(context.Context) ([]float64, error) {
			return timed(func() error {
				var all sync.WaitGroup
				for w := range slots {
					all.Go(func() { count(n*w/slots, n*(w+1)/slots) })
				}
				all.Wait()
				return nil
			})
		},
	}
}

func submitFigure(slots, n int) figure {
	var client *braid.Client
	// timed returns the median and the 99th percentile of n goes.
	timed := func(ctx context.Context, once func(i int64) (int64, error)) ([]float64, error) {
		took := make([]time.Duration, n)
		for i := range took {
			if i%1024 == 0 && ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			start := time.Now()
			if v, err := once(int64(i)); err != nil || v != int64(i) {
				return nil, fmt.Errorf("go %d gave %d: %w", i, v, err)
			}
			took[i] = time.Since(start)
		}
		slices.Sort(took)
		return []float64{micro(took[n/2], 1), micro(took[n*99/100], 1)}, nil
	}
	f := figure{
		name: "submit.get", cases: []metric{{"submit.get.us", "us"}, {"submit.get.p99.us", "us"}}, warm: true,
		measure: func(ctx context.Context) ([]float64, error) {
			return timed(ctx, func(i int64) (int64, error) {
				return braid.Submit(ctx, client, benchSame.Call(braid.V(i))).Get(ctx)
			})
		},
		// The floor is a goroutine that gets a number by one channel and sends it back by another.
		floor: func(ctx context.Context) ([]float64, error) {
			there, back := make(chan int64), make(chan int64)
			defer close(there)
			go func() {
				for i := range there {
					back <- i
				}
			}()
			return timed(ctx, func(i int64) (int64, error) {
				there <- i
				return <-back, nil
			})
		},
	}
	return f.withClient(&client, slots)
}

func mapFigure(slots, n int) figure {
	items := make([]int64, n)
	for i := range items {
		items[i] = int64(i)
	}
	timed := func(mapped func() ([]int64, error)) ([]float64, error) {
		runtime.GC()
		start := time.Now()
		out, err := mapped()
		took := time.Since(start)
		if err == nil && !slices.Equal(out, items) {
			err = fmt.Errorf("the results are wrong")
		}
		return []float64{micro(took, n)}, err
	}
	var client *braid.Client
	f := figure{
		name: "map.gather", cases: []metric{{"map.gather.us", "us"}}, warm: true,
		measure: func(ctx context.Context) ([]float64, error) {
			return timed(func() ([]int64, error) {
				fs := benchSame.Map(ctx, client, items)
				defer fs.Release()
				return fs.Gather(ctx)
			})
		},
		// The floor calls the same function through a variable, an equal part of the items on each goroutine.
		floor: func(ctx context.Context) ([]float64, error) {
			same := func(_ context.Context, n int64) (int64, error) { return n, nil }
			return timed(func() ([]int64, error) { return mapByHand(ctx, slots, items, same) })
		},
	}
	return f.withClient(&client, slots)
}

// mapByHand is a map without any engine.
//
//go:noinline
func mapByHand(ctx context.Context, workers int, items []int64, f func(context.Context, int64) (int64, error)) ([]int64, error) {
	out := make([]int64, len(items))
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := len(items) * w / workers; i < len(items)*(w+1)/workers && errs[w] == nil; i++ {
				out[i], errs[w] = f(ctx, items[i])
			}
		})
	}
	all.Wait()
	return out, errors.Join(errs...)
}
