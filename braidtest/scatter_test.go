package braidtest_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// atlas is a value that counts how often it arrives.
type atlas struct{ pages []byte }

var arrivals atomic.Int64

func (a atlas) MarshalBinary() ([]byte, error) { return a.pages, nil }

func (a *atlas) UnmarshalBinary(data []byte) error {
	arrivals.Add(1)
	a.pages = data
	return nil
}

var lookUp = braid.Func2("braidtest/look-up", func(ctx context.Context, n int, a atlas) (int, error) {
	<-time.After(time.Second)
	return int(a.pages[n]), nil
})

// lookUpAll runs a call that takes the atlas for each of 30 pages.
func lookUpAll(t *testing.T, c *braid.Client, a *braid.Future[atlas]) {
	t.Helper()
	pages := make([]int, 30)
	for k := range pages {
		pages[k] = 100 * k
	}
	got, err := lookUp.Map(t.Context(), c, pages, a).Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range got {
		if v != 100*k%256 {
			t.Fatalf("page %d is %d", pages[k], v)
		}
	}
}

func thePages() atlas {
	a := atlas{make([]byte, 10_000)}
	for k := range a.pages {
		a.pages[k] = byte(k)
	}
	return a
}

func TestAScatteredValueReachesEachWorkerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 3
		_, c := start(t, braidtest.Options{Workers: workers})
		a := braid.Scatter(t.Context(), c, thePages())
		arrivals.Store(0)
		for range 4 {
			lookUpAll(t, c, a)
			<-time.After(10 * time.Second) // nobody takes it for a while
		}
		if n := arrivals.Load(); n != workers {
			t.Errorf("the value was received %d times by %d workers", n, workers)
		}
	})
}

// The scheduler has what was submitted: a scattered value outlives every worker that holds it.
func TestAScatteredValueOutlivesItsWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, c := start(t, braidtest.Options{Workers: 2})
		a := braid.Scatter(t.Context(), c, thePages())
		each := braid.ScatterEach(t.Context(), c, []atlas{thePages(), thePages(), thePages()})
		for k := range 3 {
			lookUpAll(t, c, a)
			cluster.Kill(fmt.Sprintf("worker-%d", k))
			if err := cluster.Add(fmt.Sprintf("worker-%d", k+2)); err != nil {
				t.Fatal(err)
			}
		}
		lookUpAll(t, c, each.At(2))
		if v, err := a.Get(t.Context()); err != nil || len(v.pages) != 10_000 {
			t.Errorf("%d pages, %v", len(v.pages), err)
		}
		if v, err := each.Gather(t.Context()); err != nil || len(v) != 3 || len(v[1].pages) != 10_000 {
			t.Errorf("%d values, %v", len(v), err)
		}
	})
}
