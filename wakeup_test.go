package braid_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var nested *braid.Func1[int, int]

func init() {
	nested = braid.Func("wakeup/nested", func(ctx context.Context, n int) (int, error) {
		if n == 0 {
			return 1, nil
		}
		c := braid.FromContext(ctx)
		fs := nested.Map(ctx, c, []int{n - 1, n - 1})
		last := braid.Submit(ctx, c, nested.Call(braid.V(n-1)))
		all, err := fs.Gather(ctx)
		if err != nil {
			return 0, err
		}
		v, err := last.Get(ctx)
		return v + all[0] + all[1], err
	})
}

// In real time and with real parallelism: thousands of tiny submissions from many goroutines, most of which find the slots
// idle or about to be. A lost wake-up or a lost token would leave somebody waiting for good. BRAID_LONG=1 goes on for longer.
func TestTinySubmissionsAreNeverForgotten(t *testing.T) {
	const goroutines, seed = 12, 42
	t.Logf("seed %d", seed)
	rounds := 300
	if os.Getenv("BRAID_LONG") != "" {
		rounds = 10_000
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errors.New("somebody waits for good"))
	defer cancel()
	for _, slots := range []int{1, 2, 3, 8} {
		c, err := braid.Open(ctx, braid.Options{Slots: slots, MemoryLimit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for k := range goroutines {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(seed, uint64(k)))
				for range rounds {
					if err := oneOfMany(ctx, c, rng); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			t.Logf("the client:\n%v", c)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// oneOfMany submits something small in one of several ways and checks what comes of it.
func oneOfMany(ctx context.Context, c *braid.Client, rng *rand.Rand) error {
	n := rng.IntN(10)
	got, want, err := 0, n*n, error(nil)
	switch rng.IntN(8) {
	case 0:
		got, err = braid.Submit(ctx, c, square.Call(braid.V(n))).Get(ctx)
	case 1:
		f := braid.Submit(ctx, c, add.Call(square.Call(braid.V(n)), braid.V(0)))
		got, err = braid.Submit(ctx, c, add.Call(f, braid.V(0))).Get(ctx)
	case 2:
		fs := square.Map(ctx, c, []int{n, 0, 0})
		got, err = braid.Submit(ctx, c, sum.Call(fs)).Get(ctx)
		fs.Release()
	case 3:
		err = braid.Compute(ctx, c, square.With(braid.Priority(n-5)).Call(braid.V(n)).Into(&got))
	case 4:
		want = 9
		got, err = braid.Submit(ctx, c, nested.Call(braid.V(2))).Get(ctx)
	case 5:
		f := braid.Submit(ctx, c, square.With(braid.ExpectBytes(1<<18)).Call(braid.V(n)))
		for f, err2 := range braid.AsCompleted(ctx, f) {
			if err = err2; err == nil {
				got, err = f.Get(ctx)
			}
		}
	case 6:
		f := braid.Submit(ctx, c, nested.Call(braid.V(2)))
		f.Cancel()
		if got, err = f.Get(ctx); errors.Is(err, braid.ErrCancelled) {
			return nil
		}
		want = 9
	case 7:
		fs := square.Map(ctx, c, []int{n, n, n, n})
		for range fs.Completed(ctx) {
			break
		}
		fs.At(1).Release()
		got, err = fs.At(3).Get(ctx)
	}
	if err == nil && got != want {
		return errors.New("a wrong result")
	}
	return err
}
