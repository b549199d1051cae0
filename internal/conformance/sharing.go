package conformance

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var sharing = theme{"sharing a client", []testCase{
	{name: "several goroutines submit, map and compute", body: manyGoroutines},
	{name: "several goroutines submit the same delayed calls", body: sharedDelayed},
	{name: "several goroutines wait for the same futures", body: sharedFutures},
	{name: "long tasks of a large map leave turns to others", options: braid.Options{Slots: 2}, body: longTurns},
	{name: "two large maps advance together", options: braid.Options{Slots: 2}, body: twoMaps},
	{name: "a function serves several clients", body: twoClients},
}}

func manyGoroutines(t *testing.T, c *braid.Client) {
	var wg sync.WaitGroup
	for k := range 16 {
		wg.Go(func() {
			for n := range 100 {
				f := braid.Submit(t.Context(), c, add.Call(square.Call(braid.V(k)), braid.V(n)))
				fs := square.Map(t.Context(), c, upTo(n%10))
				s := braid.Submit(t.Context(), c, add.Call(sum.Call(fs), f))
				var x int
				if err := braid.Compute(t.Context(), c, add.Call(f, s).Into(&x)); err != nil {
					t.Error(err)
					return
				}
				m := n % 10
				if wanted := 2*(k*k+n) + (m-1)*m*(2*m-1)/6; x != wanted {
					t.Errorf("%d, want %d", x, wanted)
				}
			}
		})
	}
	wg.Wait()
}

func sharedDelayed(t *testing.T, c *braid.Client) {
	leaf := square.Call(braid.V(3))
	tree := add.Call(leaf, add.Call(leaf, square.Call(leaf)))
	p := braid.Persist(t.Context(), c, leaf)
	var wg sync.WaitGroup
	for k := range 16 {
		wg.Go(func() {
			for range 100 {
				d, wanted := leaf, 9
				switch k % 4 {
				case 1:
					d, wanted = tree, 99
				case 2:
					d, wanted = sum.Call(braid.Args[int](leaf, tree, leaf, p)), 126
				case 3:
					d, wanted = leaf.With(braid.Retries(1)), 9
				}
				if v, err := braid.Submit(t.Context(), c, d).Get(t.Context()); v != wanted || err != nil {
					t.Errorf("%v, %v, want %d", v, err, wanted)
				}
			}
		})
	}
	wg.Wait()
}

func sharedFutures(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(4)))
	ids := make([]int, 50)
	for i := range ids {
		ids[i] = g.id
	}
	fs := holdOne.Map(t.Context(), c, ids)
	var wg sync.WaitGroup
	for k := range 20 {
		wg.Go(func() {
			if v, err := f.Get(t.Context()); v != 4 || err != nil {
				t.Errorf("%v, %v", v, err)
			}
			n := 0
			switch k % 3 {
			case 0:
				for range fs.Completed(t.Context()) {
					n++
				}
			case 1:
				for _, err := range fs.All(t.Context()) {
					if err == nil {
						n++
					}
				}
			case 2:
				if all, err := fs.Gather(t.Context()); err == nil {
					n = len(all)
				}
			}
			want(t, fmt.Sprint("items in way ", k%3), n, 50)
		})
	}
	close(g.open)
	wg.Wait()
}

func longTurns(t *testing.T, c *braid.Client) {
	ds := make([]time.Duration, 1000)
	for i := range ds {
		ds[i] = time.Second
	}
	fs := nap.Map(t.Context(), c, ds)
	get(t, fs.At(0))
	took := timed(func() { want(t, "a square", result(t, c, square.Call(square.Call(braid.V(2)))), 16) })
	if took > 5*time.Second {
		t.Errorf("a small submission waited %v behind tasks of a second each", took)
	}
	fs.Cancel()
}

func twoMaps(t *testing.T, c *braid.Client) {
	const n = 200
	ds := make([]time.Duration, n)
	for i := range ds {
		ds[i] = time.Second
	}
	a, b := nap.Map(t.Context(), c, ds), nap.Map(t.Context(), c, ds)
	if err := a.At(n / 2).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, _ := b.Count(); done < n/8 {
		t.Errorf("when one map was at its half, %d of %d items of the other were done", done, n)
	}
	gather(t, a)
	gather(t, b)
}

func twoClients(t *testing.T, c *braid.Client) {
	other, err := braid.Open(t.Context(), braid.Options{Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	d := add.Call(square.Call(braid.V(3)), fib.Call(braid.V(8)))
	f, g := braid.Submit(t.Context(), c, d), braid.Submit(t.Context(), other, d)
	want(t, "on one", get(t, f), 30)
	want(t, "on the other", get(t, g), 30)
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	want(t, "the first goes on", result(t, c, d), 30)
}
