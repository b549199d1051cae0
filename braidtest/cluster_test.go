package braidtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// late is a function that does not look at its context.
var late = braid.Func("braidtest/late", func(_ context.Context, d time.Duration) (time.Duration, error) {
	<-time.After(d)
	return d, nil
})

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var nap = braid.Func("braidtest/nap", func(ctx context.Context, d time.Duration) (time.Duration, error) {
	select {
	case <-time.After(d):
		return d, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
})

func start(t *testing.T, o braidtest.Options) (*braidtest.Cluster, *braid.Client) {
	t.Helper()
	cluster, err := braidtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := braid.Open(t.Context(), braid.Options{Address: cluster.Address()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster, c
}

func TestTasksOfAKilledWorkerRunOnAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, c := start(t, braidtest.Options{Workers: 2})
		began := time.Now()
		naps := nap.Map(t.Context(), c, []time.Duration{time.Minute, time.Minute})
		<-time.After(30 * time.Second)
		cluster.Kill("worker-1")
		if _, err := naps.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 2*time.Minute {
			t.Errorf("two naps of a minute, of which one had to begin again on the one worker left, took %v; want 2m", took)
		}
	})
}

var block = braid.Func("braidtest/block", func(_ context.Context, n int) ([]int, error) {
	b := make([]int, 10_000) // too large to ride along with the word that it is there
	b[0] = n
	return b, nil
})

func TestLargeResultsThatDiedWithTheirWorkerAreMadeAgainAndFetched(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			cluster, c := start(t, braidtest.Options{Workers: 2})
			blocks := block.Map(t.Context(), c, []int{1, 2, 3, 4})
			if err := blocks.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			cluster.Kill("worker-0") // nobody knows of it yet, and it does not answer any more
			got, err := blocks.Gather(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for k, b := range got {
				if len(b) != 10_000 || b[0] != k+1 {
					t.Errorf("block %d has %d items and begins with %d", k, len(b), b[0])
				}
			}
		})
	}
}

func TestWithoutWorkersWorkWaitsForOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, c := start(t, braidtest.Options{})
		cluster.Kill("worker-0")
		f := braid.Submit(t.Context(), c, cube.Call(braid.V(3)))
		<-time.After(time.Hour)
		if f.Done() {
			t.Fatal("a call ran without a worker")
		}
		if why := f.Explain().Why; why != "there is no worker" {
			t.Errorf("the explanation is %q", why)
		}
		if err := cluster.Add("another"); err != nil {
			t.Fatal(err)
		}
		if v, err := f.Get(t.Context()); err != nil || v != 27 {
			t.Errorf("%d, %v", v, err)
		}
	})
}

// A name is that of one worker at a time, also when the function of one that was killed returns late.
func TestANameIsThatOfOneWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, c := start(t, braidtest.Options{Workers: 1, Slots: 1})
		if err := cluster.Add("worker-0"); err == nil || !strings.Contains(err.Error(), `there is one with the name "worker-0"`) {
			t.Errorf("a second one of the name: %v", err)
		}
		f := braid.Submit(t.Context(), c, late.Call(braid.V(time.Second)))
		<-time.After(time.Millisecond)
		cluster.Kill("worker-0")
		if err := cluster.Add("worker-0"); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour) // the first one has long ended
		cluster.Kill("worker-0")
		<-time.After(time.Millisecond)
		if names := c.Workers(); len(names) > 0 {
			t.Errorf("workers %v live after both were killed", names)
		}
		f.Release()
	})
}

// Workers die again and again while graphs run whose every result depends on many others.
func TestManyDeaths(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, c := start(t, braidtest.Options{Workers: 3, Slots: 2})
		stop := make(chan struct{})
		killed := make(chan int)
		go func() {
			n := 0
			for {
				select {
				case <-stop:
					killed <- n
					return
				case <-time.After(700 * time.Millisecond):
				}
				cluster.Kill(fmt.Sprintf("worker-%d", n))
				if err := cluster.Add(fmt.Sprintf("worker-%d", n+3)); err != nil {
					t.Error(err)
				}
				n++
			}
		}()
		for range 10 {
			naps := make([]time.Duration, 60)
			for k := range naps {
				naps[k] = time.Duration(50+k) * time.Millisecond
			}
			got, err := nap.Map(t.Context(), c, naps).Gather(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for k := range naps {
				if got[k] != naps[k] {
					t.Fatalf("nap %d is %v, want %v", k, got[k], naps[k])
				}
			}
		}
		close(stop)
		if n := <-killed; n < 5 {
			t.Errorf("only %d workers were killed", n)
		}
	})
}

func TestWrongOptions(t *testing.T) {
	if _, err := braidtest.Start(braidtest.Options{Workers: -1}); err == nil {
		t.Error("a negative number of workers was taken")
	}
}

// After Close a small result, which came along with the word that it is there, can be read; what a worker held cannot.
func TestResultsAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := start(t, braidtest.Options{})
		small := braid.Submit(t.Context(), c, cube.Call(braid.V(3)))
		large := block.Map(t.Context(), c, []int{1, 2})
		if err := errors.Join(small.Wait(t.Context()), large.Wait(t.Context())); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if v, err := small.Get(t.Context()); err != nil || v != 27 {
			t.Errorf("a small result: %d, %v", v, err)
		}
		_, one := large.At(0).Get(t.Context())
		_, all := large.Gather(t.Context())
		for _, err := range []error{one, all} {
			if !errors.Is(err, braid.ErrClosed) || !strings.Contains(err.Error(), "worker processes held the result, and closing the client ends that: get results before Close") {
				t.Errorf("a large result: %v", err)
			}
		}
	})
}
