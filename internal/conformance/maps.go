package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var maps = theme{"maps", []testCase{
	{name: "results come in the order of the arguments", body: mapOrder},
	{name: "a map of nothing and of one item", body: shortMaps},
	{name: "Gather reports the failed item while others still run", options: braid.Options{Slots: 2}, body: gatherFails},
	{name: "All yields results and errors in order", body: allItems},
	{name: "Wait and Count see every outcome", body: countItems},
	{name: "an item can be cancelled or released alone", near: true, body: oneItem},
	{name: "a map with a key is refused", body: keyedMap},
	{name: "an item out of range panics", body: itemRange},
}}

func mapOrder(t *testing.T, c *braid.Client) {
	const n = 3000
	for i, v := range gather(t, square.Map(t.Context(), c, upTo(n))) {
		if v != i*i {
			t.Fatalf("item %d is %d", i, v)
		}
	}
	backwards := upTo(50)
	slices.Reverse(backwards)
	fs := nap.Map(t.Context(), c, nil)
	want(t, "the length", fs.Len(), 0)
	want(t, "the first of the reversed", gather(t, square.Map(t.Context(), c, backwards))[0], 49*49)
}

func shortMaps(t *testing.T, c *braid.Client) {
	for _, items := range [][]int{nil, {}} {
		fs := square.Map(t.Context(), c, items)
		want(t, "the results", len(gather(t, fs)), 0)
		if err := fs.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		for i := range fs.Completed(t.Context()) {
			t.Errorf("item %d of none completed", i)
		}
		for range fs.All(t.Context()) {
			t.Error("an item of none")
		}
		fs.Cancel()
		fs.Release()
	}
	one := square.Map(t.Context(), c, []int{3})
	want(t, "one result", gather(t, one)[0], 9)
	want(t, "one future", get(t, one.At(0)), 9)
	one.Release()
}

func gatherFails(t *testing.T, c *braid.Client) {
	g := newGate(t)
	fs := holdOdd.Map(t.Context(), c, []int{2 * g.id, 2*g.id + 1})
	_, err := fs.Gather(t.Context())
	wantRoot(t, err, errOdd, "conformance/hold-odd#1")
	want(t, "the first is done", fs.At(0).Done(), false)
	close(g.open)
	want(t, "the first", get(t, fs.At(0)), 0)
}

// holdOdd waits at gate n/2 if n is even, and fails at once if it is odd.
var holdOdd = braid.Func("conformance/hold-odd", func(ctx context.Context, n int) (int, error) {
	if n%2 != 0 {
		return 0, errOdd
	}
	select {
	case <-gateOf(n / 2).open:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}).With(braid.Priority(1))

func allItems(t *testing.T, c *braid.Client) {
	i := 0
	for v, err := range refuse.Map(t.Context(), c, upTo(100)).All(t.Context()) {
		if i%2 == 0 && (v != i || err != nil) || i%2 == 1 && !errors.Is(err, errOdd) {
			t.Errorf("item %d: %v, %v", i, v, err)
		}
		i++
	}
	want(t, "items", i, 100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := newGate(t)
	fs := holdOne.Map(t.Context(), c, []int{g.id, g.id})
	n := 0
	for _, err := range fs.All(ctx) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("All with an ended context: %v", err)
		}
	}
	want(t, "pairs after the end of the context", n, 1)
	close(g.open)
}

func countItems(t *testing.T, c *braid.Client) {
	fs := refuse.Map(t.Context(), c, upTo(101))
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	done, failed := fs.Count()
	want(t, "the counts", fmt.Sprint(done, failed), "51 50")
}

func oneItem(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ids := make([]int, 20)
	for i := range ids {
		ids[i] = g.id
	}
	fs := holdOne.Map(t.Context(), c, ids)
	synctest.Wait()
	came := g.came.Load()
	fs.At(19).Cancel()
	fs.At(18).Release()
	_, err := fs.At(19).Get(t.Context())
	wantRoot(t, err, braid.ErrCancelled, "conformance/hold-one#19")
	close(g.open)
	for i := range 18 {
		want(t, "an item", get(t, fs.At(i)), 1)
	}
	if _, err := fs.At(18).Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("a released item: %v", err)
	}
	synctest.Wait()
	want(t, "calls", g.came.Load(), max(18, came))
}

func keyedMap(t *testing.T, c *braid.Client) {
	if _, err := square.With(braid.Key("k")).Map(t.Context(), c, []int{1}).Gather(t.Context()); err == nil {
		t.Error("a map with a key was run")
	}
}

func itemRange(t *testing.T, c *braid.Client) {
	fs := square.Map(t.Context(), c, []int{1})
	for _, i := range []int{-1, 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of one item did not panic", i)
				}
			}()
			fs.At(i)
		}()
	}
	gather(t, fs)
}
