package conformance

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var priorities = theme{"priorities", []testCase{
	{name: "order what is ready, and equals keep the order of submission", near: true, options: braid.Options{Slots: 1}, body: priorityOrder},
	{name: "order the calls of one graph", options: braid.Options{Slots: 1}, body: priorityGraph},
	{name: "a low priority runs when nothing else is ready", body: lowRuns},
	{name: "ten thousand calls of mixed priority all run", body: manyPriorities},
}}

func priorityOrder(t *testing.T, c *braid.Client) {
	g := newGate(t)
	busy := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(0)))
	synctest.Wait()
	note := newGate(t)
	var fs []braid.Handle
	for n, p := range []int{-5, 0, 5, -1, 7, 5} {
		fs = append(fs, braid.Submit(t.Context(), c, count.With(braid.Priority(p)).Call(braid.V(note.id), braid.V(n))))
	}
	close(g.open)
	get(t, busy)
	if err := braid.Wait(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
	want(t, "the order", fmt.Sprint(note.noted()), "[4 2 5 1 3 0]")
}

func priorityGraph(t *testing.T, c *braid.Client) {
	g, note := newGate(t), newGate(t)
	start := hold.Call(braid.V(g.id), braid.V(100))
	var calls []*braid.Delayed[int]
	for n := range 6 {
		calls = append(calls, count.With(braid.Priority(n)).Call(braid.V(note.id), add.Call(start, braid.V(n))))
	}
	f := braid.Submit(t.Context(), c, sum.Call(braid.All(calls)))
	synctest.Wait()
	close(g.open)
	want(t, "the sum", get(t, f), 615)
	got := note.noted()
	want(t, "calls", len(got), 6)
	for n := range 6 {
		if i := slices.Index(got, 100+n); i < 0 {
			t.Errorf("call %d did not run", n)
		}
	}
}

func lowRuns(t *testing.T, c *braid.Client) {
	d := square.With(braid.Priority(-1_000_000)).Call(add.With(braid.Priority(1_000_000)).Call(braid.V(1), braid.V(2)))
	want(t, "the result", result(t, c, d), 9)
}

func manyPriorities(t *testing.T, c *braid.Client) {
	const n = 10_000
	calls, total := make([]*braid.Delayed[int], n), 0
	for i := range calls {
		calls[i] = square.With(braid.Priority(i%7 - 3)).Call(add.With(braid.Priority(i%5-2)).Call(braid.V(i), braid.V(i)))
		total += 4 * i * i
	}
	want(t, "the sum", result(t, c, sum.Call(braid.All(calls))), total)
}
