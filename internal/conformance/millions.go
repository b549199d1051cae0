package conformance

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var millions = theme{"a million items", []testCase{
	{name: "are mapped and gathered", body: manySquares},
	{name: "fail, are retried and succeed one by one", body: manyFail},
	{name: "are cancelled, some of them and then all", body: manyCancelled},
	{name: "do not starve a small submission", body: manyTakeTurns},
	{name: "are an argument of one call", body: manyAsArgument},
	{name: "are released while they run", body: manyReleased},
	{name: "of a chain fail with the first", body: longFailure},
}}

func manySquares(t *testing.T, c *braid.Client) {
	for i, v := range gather(t, square.Map(t.Context(), c, upTo(many))) {
		if v != i*i {
			t.Fatalf("item %d is %d", i, v)
		}
	}
}

// tries counts the attempts at each item of manyFail.
var tries []atomic.Int32

// stubborn fails for good for one item in a thousand and succeeds at the third attempt for another.
var stubborn = braid.Func("conformance/stubborn", func(_ context.Context, i int) (int, error) {
	n := tries[i].Add(1)
	switch {
	case i%1000 == 7:
		return 0, errOdd
	case i%1000 == 8 && n < 3:
		panic("not yet")
	}
	return -i, nil
}).With(braid.Retries(2))

func manyFail(t *testing.T, c *braid.Client) {
	tries = make([]atomic.Int32, many)
	fs := stubborn.Map(t.Context(), c, upTo(many))
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Gather(t.Context()); !errors.Is(err, errOdd) {
		t.Errorf("Gather: %v", err)
	} else {
		wantRoot(t, err, errOdd, "conformance/stubborn#7")
	}
	done, failed := fs.Count()
	want(t, "results", done, many-many/1000)
	want(t, "failures", failed, many/1000)
	for i := range many {
		attempts := int32(1)
		if k := i % 1000; k == 7 || k == 8 {
			attempts = 3
		}
		if n := tries[i].Load(); n != attempts {
			t.Fatalf("item %d had %d attempts, want %d", i, n, attempts)
		}
	}
	want(t, "a result after retries", get(t, fs.At(1008)), -1008)
	want(t, "the state of a failed item", fs.At(2007).Explain().State, "failed")
	want(t, "the attempts of a failed item", fs.At(2007).Explain().Attempt, 3)
	want(t, "the state of a retried item", fs.At(2008).Explain().State, "done")
	tries = nil
}

func manyCancelled(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ids := make([]int, many)
	for i := range ids {
		ids[i] = g.id
	}
	fs := holdOne.Map(t.Context(), c, ids)
	synctest.Wait()
	for i := many / 2; i < many/2+1000; i++ {
		fs.At(i).Cancel()
	}
	_, failed := fs.Count()
	want(t, "cancelled items", failed, 1000)
	want(t, "a cancelled item", fs.At(many/2).Explain().State, "cancelled")
	want(t, "the last item", fs.At(many-1).Explain().State, "ready")
	fs.Cancel()
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	want(t, "functions that still run", g.inside.Load(), 0)
	done, failed := fs.Count()
	want(t, "results", done, 0)
	want(t, "cancelled items in the end", failed, many)
	_, err := fs.Gather(t.Context())
	if !errors.Is(err, braid.ErrCancelled) {
		t.Errorf("Gather: %v", err)
	}
	want(t, "the client goes on", result(t, c, square.Call(braid.V(3))), 9)
}

func manyTakeTurns(t *testing.T, c *braid.Client) {
	g := newGate(t)
	items := make([]int, many)
	for i := range items {
		items[i] = g.id
	}
	fs := countOne.Map(t.Context(), c, items)
	small := braid.Submit(t.Context(), c, cameTo.Call(braid.V(g.id)))
	before := get(t, small)
	want(t, "the sum", result(t, c, sum.Call(fs)), many)
	if before > many/2 {
		t.Errorf("%d of %d items ran before a small submission had its turn", before, many)
	}
}

// cameTo returns how many calls have begun at the gate.
var cameTo = braid.Func("conformance/came-to", func(_ context.Context, id int) (int, error) {
	return int(gateOf(id).came.Load()), nil
})

func manyAsArgument(t *testing.T, c *braid.Client) {
	fs := square.Map(t.Context(), c, upTo(many))
	early := braid.Submit(t.Context(), c, sum.Call(fs))
	n := many
	want(t, "the sum", get(t, early), (n-1)*n*(2*n-1)/6)
	want(t, "the sum, with results there", result(t, c, sum.Call(fs)), (n-1)*n*(2*n-1)/6)
}

func manyReleased(t *testing.T, c *braid.Client) {
	fs := square.Map(t.Context(), c, upTo(many))
	get(t, fs.At(0))
	fs.Release()
	if _, err := fs.At(0).Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("a released item: %v", err)
	}
	if _, err := fs.At(many - 1).Get(t.Context()); err != nil && !errors.Is(err, braid.ErrReleased) {
		t.Errorf("the last released item: %v", err)
	}
	want(t, "the client goes on", result(t, c, square.Call(braid.V(3))), 9)
}

func longFailure(t *testing.T, c *braid.Client) {
	d := refuse.Call(braid.V(1))
	for range many - 1 {
		d = add.Call(d, braid.V(1))
	}
	_, err := braid.Submit(t.Context(), c, d).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	if n := len(err.Error()); n > 10_000 {
		t.Errorf("the message of a long chain has %d bytes", n)
	}
}
