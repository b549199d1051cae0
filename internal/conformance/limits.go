package conformance

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var limits = theme{"time limits", []testCase{
	{name: "a function that outlives its limit has failed at the limit", near: true, body: outlives},
	{name: "the context of a function is done at its limit and knows it before", body: limitContext},
	{name: "what depends on a late task fails, naming it", body: lateDependents},
	{name: "a late result is dropped, and its slot is taken until it comes", options: braid.Options{Slots: 1}, body: lateResult},
	{name: "a function that returns at its limit has one outcome", body: atTheLimit},
	{name: "a limit bounds an attempt, and waiting for inputs does not count", body: limitPerAttempt},
	{name: "a task that waits for others can outlive its limit", body: limitWhileBlocked},
}}

func outlives(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, sleep.With(braid.TimeLimit(time.Second)).Call(braid.V(time.Minute)))
	took := timed(func() {
		_, err := f.Get(t.Context())
		wantRoot(t, err, context.DeadlineExceeded, "conformance/sleep#0")
	})
	want(t, "the time until the failure", took, time.Second)
	want(t, "the state", f.Explain().State, "cancelling")
	<-time.After(time.Minute)
	synctest.Wait()
	want(t, "the state after the function has returned", f.Explain().State, "failed")
}

// untilDone waits for the end of its context and returns what that says.
var untilDone = braid.Func("conformance/until-done", func(ctx context.Context, _ int) (time.Duration, error) {
	end, ok := ctx.Deadline()
	if !ok {
		return 0, errors.New("the context knows no deadline")
	}
	left := time.Until(end)
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 0, ctx.Err()
	}
	return left, errKnown
})

func limitContext(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, untilDone.With(braid.TimeLimit(time.Minute)).Call(braid.V(1)))
	took := timed(func() {
		_, err := f.Get(t.Context())
		wantRoot(t, err, context.DeadlineExceeded, "conformance/until-done#0")
	})
	want(t, "the time", took, time.Minute)
	synctest.Wait()
	want(t, "the state: the function has returned", f.Explain().State, "failed")
}

func lateDependents(t *testing.T, c *braid.Client) {
	late := sleep.With(braid.TimeLimit(time.Second)).Call(braid.V(time.Minute))
	_, err := braid.Submit(t.Context(), c, addDurations.Call(braid.Args[time.Duration](late, sleep.Call(braid.V(time.Millisecond))))).Get(t.Context())
	wantRoot(t, err, context.DeadlineExceeded, "conformance/sleep#0")
}

func lateResult(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, sleep.With(braid.TimeLimit(time.Second)).Call(braid.V(time.Minute)))
	after := braid.Submit(t.Context(), c, nap.Call(braid.V(time.Second)))
	took := timed(func() { get(t, after) })
	want(t, "the time until the slot was free and the next task done", took, time.Minute+time.Second)
	if _, err := f.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a late result changed the outcome: %v", err)
	}
}

func atTheLimit(t *testing.T, c *braid.Client) {
	const n = 2000
	for _, tries := range []int{0, 1} {
		d := make([]time.Duration, n)
		for i := range d {
			d[i] = time.Second
		}
		fs := sleep.With(braid.TimeLimit(time.Second), braid.Retries(tries)).Map(t.Context(), c, d)
		sums := braid.Submit(t.Context(), c, addDurations.Call(fs))
		if err := fs.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		done, failed := fs.Count()
		want(t, "outcomes", done+failed, n)
		total, err := sums.Get(t.Context())
		if failed == 0 && total != n*time.Second || failed > 0 && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d done, %d failed, and the sum is %v, %v", done, failed, total, err)
		}
	}
}

func limitPerAttempt(t *testing.T, c *braid.Client) {
	slow := sleep.Call(braid.V(time.Hour))
	d := sleepToo.With(braid.TimeLimit(2*time.Second)).Call(slow, braid.V(time.Second))
	want(t, "the result", result(t, c, d), time.Second)
}

// sleepToo is sleep with something to wait for before.
var sleepToo = braid.Func2("conformance/sleep-too", func(_ context.Context, _, d time.Duration) (time.Duration, error) {
	time.Sleep(d)
	return d, nil
})

// waitInside submits a nap and waits for it.
var waitInside = braid.Func("conformance/wait-inside", func(ctx context.Context, d time.Duration) (time.Duration, error) {
	return braid.Submit(ctx, braid.FromContext(ctx), nap.Call(braid.V(d))).Get(ctx)
})

func limitWhileBlocked(t *testing.T, c *braid.Client) {
	d := waitInside.With(braid.TimeLimit(time.Second), braid.Retries(1)).Call(braid.V(time.Minute))
	took := timed(func() {
		_, err := braid.Submit(t.Context(), c, d).Get(t.Context())
		wantRoot(t, err, context.DeadlineExceeded, "conformance/wait-inside#0")
	})
	if took < 2*time.Second || took > 2*time.Minute {
		t.Errorf("two attempts of at most a second took %v", took)
	}
	<-time.After(3 * time.Minute) // the naps outlive who submitted them
}
