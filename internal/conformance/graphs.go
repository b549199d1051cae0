package conformance

import (
	"fmt"
	"testing"

	"github.com/braid-compute/braid"
)

var graphs = theme{"graphs", []testCase{
	{name: "a shared call runs once in a Submit and again in the next", body: sharedOnce},
	{name: "a call with further options is another task", body: withCopies},
	{name: "Compute shares what its wants share", body: computeShares},
	{name: "Compute reports a failure while other wants still run", options: braid.Options{Slots: 2}, body: computeFailsEarly},
	{name: "Compute2 takes values, futures and delayed calls", body: compute2},
	{name: "a call may take the same result twice", body: sameTwice},
	{name: "a long chain of calls", body: deepChain},
	{name: "a layered graph gives what plain loops give", body: layeredGraph},
	{name: "a zero or nil delayed call is an error", body: zeroDelayed},
}}

func sharedOnce(t *testing.T, c *braid.Client) {
	g := newGate(t)
	shared := count.Call(braid.V(g.id), braid.V(5))
	d := add.Call(add.Call(shared, shared), square.Call(shared))
	want(t, "the sum", result(t, c, d), 35)
	want(t, "calls of the shared function", g.came.Load(), 1)
	want(t, "the sum, computed again", result(t, c, d), 35)
	want(t, "calls of the shared function in two submissions", g.came.Load(), 2)
}

func withCopies(t *testing.T, c *braid.Client) {
	g := newGate(t)
	d := count.Call(braid.V(g.id), braid.V(5))
	want(t, "the sum", result(t, c, add.Call(d, d.With(braid.Retries(1)))), 10)
	want(t, "calls", g.came.Load(), 2)
}

func computeShares(t *testing.T, c *braid.Client) {
	g := newGate(t)
	shared := count.Call(braid.V(g.id), braid.V(3))
	sq, plus := square.Call(shared), add.Call(shared, braid.V(1))
	var a, b, again, s int
	if err := braid.Compute(t.Context(), c, sq.Into(&a), plus.Into(&b), sq.Into(&again), shared.Into(&s)); err != nil {
		t.Fatal(err)
	}
	want(t, "the results", fmt.Sprint(a, b, again, s), "9 4 9 3")
	want(t, "calls of the shared function", g.came.Load(), 1)
}

func computeFailsEarly(t *testing.T, c *braid.Client) {
	g := newGate(t)
	var a, b int
	err := braid.Compute(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)).Into(&a), refuse.Call(braid.V(1)).Into(&b))
	wantRoot(t, err, errOdd, "conformance/refuse#1")
}

func compute2(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(7)))
	x, y, err := braid.Compute2(t.Context(), c, braid.Arg[int](f), braid.Arg[string](braid.V("y")))
	if err != nil || x != 49 || y != "y" {
		t.Errorf("a future and a value are %v, %q, %v", x, y, err)
	}
	fs := square.Map(t.Context(), c, []int{1, 2})
	u, v, err := braid.Compute2(t.Context(), c, braid.Arg[[]int](fs), braid.Arg[int](sum.Call(fs)))
	if err != nil || fmt.Sprint(u) != "[1 4]" || v != 5 {
		t.Errorf("futures and a delayed call are %v, %v, %v", u, v, err)
	}
}

func sameTwice(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(2)))
	want(t, "f + f", result(t, c, add.Call(f, f)), 8)
	d := square.Call(braid.V(3))
	want(t, "d + d", result(t, c, add.Call(d, d)), 18)
	want(t, "a list of the same", result(t, c, sum.Call(braid.Args[int](d, f, d, f, braid.V(1)))), 27)
}

func deepChain(t *testing.T, c *braid.Client) {
	d := add.Call(braid.V(0), braid.V(0))
	for range long {
		d = add.Call(d, braid.V(1))
	}
	want(t, "the end of the chain", result(t, c, d), long)
}

func layeredGraph(t *testing.T, c *braid.Client) {
	const width, depth = 40, 50
	row, plain := make([]*braid.Delayed[int], width), make([]int, width)
	for i := range row {
		row[i], plain[i] = square.Call(braid.V(i)), i*i
	}
	for range depth {
		next, sums := make([]*braid.Delayed[int], width), make([]int, width)
		for i := range next {
			k := (i*7 + 3) % width
			sums[i] = (plain[i] + 2*plain[k]) % 1000
			next[i] = modulo.Call(add.Call(add.Call(row[i], row[k]), row[k]), braid.V(1000))
		}
		row, plain = next, sums
	}
	sumPlain := 0
	for _, v := range plain {
		sumPlain += v
	}
	want(t, "the sum of the last row", result(t, c, sum.Call(braid.All(row))), sumPlain)
}

func zeroDelayed(t *testing.T, c *braid.Client) {
	var zero braid.Delayed[int]
	if _, err := braid.Submit(t.Context(), c, &zero).Get(t.Context()); err == nil {
		t.Error("the zero Delayed was submitted")
	}
	if _, err := braid.Submit(t.Context(), c, add.Call(&zero, braid.V(1))).Get(t.Context()); err == nil {
		t.Error("a call that takes the zero Delayed was submitted")
	}
	if _, err := braid.Submit[int](t.Context(), c, nil).Get(t.Context()); err == nil {
		t.Error("nil was submitted")
	}
	if err := braid.Compute(t.Context(), c, braid.Want{}); err == nil {
		t.Error("the zero Want was computed")
	}
	if err := braid.Compute(t.Context(), c); err != nil {
		t.Errorf("computing nothing: %v", err)
	}
}
