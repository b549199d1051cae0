package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var retries = theme{"retries", []testCase{
	{name: "a call is tried as often as allowed and not once more", body: retryCount},
	{name: "a call that succeeds at its last attempt succeeds", body: retryLast},
	{name: "the inputs are there at every attempt", body: retryInputs},
	{name: "a panic, a Goexit and a time limit are tried again", body: retryReasons},
	{name: "an option of the call overrides that of the function", body: retryOptions},
}}

// flaky counts its calls at the gate and fails all up to number n in one of several ways; then it returns the number.
var flaky = braid.Func3("conformance/flaky", func(ctx context.Context, id, n int, how string) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	k := int(g.came.Load())
	if k > n {
		return k, nil
	}
	switch how {
	case "panic":
		panic(errKnown)
	case "slow":
		<-ctx.Done()
		return 0, ctx.Err()
	case "deaf":
		time.Sleep(time.Hour)
		return -1, nil
	}
	return 0, errKnown
})

func retryCount(t *testing.T, c *braid.Client) {
	for _, allowed := range []int{0, 1, 5, 10_000} {
		g := newGate(t)
		d := flaky.With(braid.Retries(allowed)).Call(braid.V(g.id), braid.V(1<<30), braid.V("error"))
		_, err := braid.Submit(t.Context(), c, square.Call(d)).Get(t.Context())
		var te *braid.TaskError
		if !errors.Is(err, errKnown) || !errors.As(err, &te) {
			t.Fatalf("Retries(%d): %v", allowed, err)
		}
		want(t, "attempts", te.Root().Attempt, allowed+1)
		want(t, "calls", g.came.Load(), int64(allowed)+1)
		if allowed > 0 && !strings.Contains(err.Error(), "attempt") {
			t.Errorf("the message does not tell the attempt: %v", err)
		}
	}
}

func retryLast(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, flaky.With(braid.Retries(4)).Call(braid.V(g.id), braid.V(4), braid.V("error")))
	want(t, "the attempt that succeeded", get(t, f), 5)
	want(t, "the attempt in the explanation", f.Explain().Attempt, 5)
	want(t, "the attempts in the explanation", f.Explain().Attempts, 5)
}

func retryInputs(t *testing.T, c *braid.Client) {
	g := newGate(t)
	n, f := square.Call(braid.V(2)), braid.Submit(t.Context(), c, throughString.Call(braid.V("error")))
	d := flaky.With(braid.Retries(9)).Call(braid.V(g.id), n, f)
	s := braid.Submit(t.Context(), c, add.Call(d, d))
	f.Release()
	want(t, "the sum", get(t, s), 10)
}

func retryReasons(t *testing.T, c *braid.Client) {
	for _, how := range []string{"panic", "slow", "deaf"} {
		g := newGate(t)
		d := flaky.With(braid.Retries(3), braid.TimeLimit(time.Second)).Call(braid.V(g.id), braid.V(2), braid.V(how))
		want(t, how, result(t, c, square.Call(d)), 9)
		want(t, "calls", g.came.Load(), 3)
	}
}

func retryOptions(t *testing.T, c *braid.Client) {
	g := newGate(t)
	d := flaky.With(braid.Retries(0)).Call(braid.V(g.id), braid.V(1), braid.V("error")).With(braid.Retries(1))
	want(t, "the second attempt", result(t, c, d), 2)
}
