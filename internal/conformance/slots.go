package conformance

import (
	"context"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

var slots = theme{"slots", []testCase{
	{name: "four sleeps of a second take a second on four slots", options: braid.Options{Slots: 4}, body: fourSleeps},
	{name: "a hundred sleeps on a hundred slots, of one map or of a hundred submissions", options: braid.Options{Slots: 100}, body: hundredSleeps},
	{name: "never more functions run than there are slots", options: braid.Options{Slots: 5}, body: atMostSlots},
	{name: "every slot is used when a graph opens up", options: braid.Options{Slots: 6}, body: opensUp},
	{name: "a task has one core for its loops", options: braid.Options{Slots: 2}, body: oneCore},
	{name: "long tasks at the end of a map are shared", options: braid.Options{Slots: 4}, body: longTail},
}}

func fourSleeps(t *testing.T, c *braid.Client) {
	ds := []time.Duration{time.Second, time.Second, time.Second, time.Second}
	want(t, "a map", timed(func() { gather(t, sleep.Map(t.Context(), c, ds)) }), time.Second)
	calls := make([]*braid.Delayed[time.Duration], 4)
	for i := range calls {
		calls[i] = sleep.Call(braid.V(time.Second))
	}
	want(t, "a graph", timed(func() { result(t, c, addDurations.Call(braid.All(calls))) }), time.Second)
}

func hundredSleeps(t *testing.T, c *braid.Client) {
	ds := make([]time.Duration, 100)
	for i := range ds {
		ds[i] = time.Second
	}
	for range 3 {
		want(t, "a map", timed(func() { gather(t, sleep.Map(t.Context(), c, ds)) }), time.Second)
		want(t, "submissions", timed(func() {
			var fs []braid.Handle
			for range 100 {
				fs = append(fs, braid.Submit(t.Context(), c, sleep.Call(braid.V(time.Second))))
			}
			if err := braid.Wait(t.Context(), fs...); err != nil {
				t.Fatal(err)
			}
		}), time.Second)
	}
}

// brief is inside the gate for a millisecond.
var brief = braid.Func2("conformance/brief", func(_ context.Context, id, n int) (int, error) {
	defer gateOf(id).enter()()
	time.Sleep(time.Millisecond)
	return n, nil
})

func atMostSlots(t *testing.T, c *braid.Client) {
	g := newGate(t)
	start := brief.Call(braid.V(g.id), braid.V(0))
	var calls []*braid.Delayed[int]
	for i := range 200 {
		calls = append(calls, brief.With(braid.Priority(i%3-1)).Call(braid.V(g.id), add.Call(start, braid.V(i))))
	}
	f := braid.Submit(t.Context(), c, sum.Call(braid.All(calls)))
	for i := range 50 {
		braid.Submit(t.Context(), c, brief.Call(braid.V(g.id), braid.V(i)))
	}
	want(t, "the sum", get(t, f), 199*200/2)
	want(t, "functions at once", g.most.Load(), 5)
}

func opensUp(t *testing.T, c *braid.Client) {
	start := sleep.Call(braid.V(time.Second))
	var calls []*braid.Delayed[time.Duration]
	for range 6 {
		calls = append(calls, sleepToo.Call(start, braid.V(time.Second)))
	}
	want(t, "the time", timed(func() { result(t, c, addDurations.Call(braid.All(calls))) }), 2*time.Second)
}

// fans counts how many goroutines par runs at once inside a task.
var fans = braid.Func("conformance/fans", func(ctx context.Context, id int) (int, error) {
	g := gateOf(id)
	return 0, par.For(ctx, 100, func(context.Context, int, int) error {
		defer g.enter()()
		return nil
	})
})

func oneCore(t *testing.T, c *braid.Client) {
	g := newGate(t)
	gather(t, fans.Map(t.Context(), c, []int{g.id, g.id}))
	if g.most.Load() > 2 {
		t.Errorf("%d bodies of loops ran at once in two tasks", g.most.Load())
	}
}

func longTail(t *testing.T, c *braid.Client) {
	ds := make([]time.Duration, 1000)
	for i := 992; i < 1000; i++ {
		ds[i] = time.Second
	}
	took := timed(func() { gather(t, sleep.Map(t.Context(), c, ds)) })
	want(t, "the time of eight sleeps at the end, on four slots", took, 2*time.Second)
}
