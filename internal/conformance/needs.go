package conformance

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/par"
)

var offers = braid.Options{Slots: 4, MemoryLimit: 1_000_000, Resources: map[string]float64{"device": 2, "gpu": 1}}

var needs = theme{"needs", []testCase{
	{name: "say how many tasks run at once", options: offers, body: limitedAtOnce},
	{name: "of several kinds at once", options: offers, body: severalNeeds},
	{name: "leave slots to others", options: offers, body: othersRun},
	{name: "that are given back by failures, panics and time limits", options: offers, body: givenBack},
	{name: "that nobody can give are refused", options: offers, body: refusedNeeds},
	{name: "of cores are a task's budget", options: offers, body: coresBudget},
	{name: "that are impossible are refused where they stand", body: impossibleNeeds},
}}

func seconds(n int) []time.Duration {
	ds := make([]time.Duration, n)
	for i := range ds {
		ds[i] = time.Second
	}
	return ds
}

func limitedAtOnce(t *testing.T, c *braid.Client) {
	for _, tc := range []struct {
		what string
		need braid.Option
		want time.Duration
	}{
		{"a device each", braid.Resource("device", 1), 6 * time.Second},
		{"a quarter of a GPU each", braid.GPUs(0.25), 3 * time.Second},
		{"two cores each", braid.Cores(2), 6 * time.Second},
		{"all memory each", braid.Memory(1_000_000), 12 * time.Second},
	} {
		want(t, "twelve seconds with "+tc.what, timed(func() { gather(t, sleep.With(tc.need).Map(t.Context(), c, seconds(12))) }), tc.want)
	}
}

func severalNeeds(t *testing.T, c *braid.Client) {
	both := sleep.With(braid.Resource("device", 2), braid.GPUs(1))
	want(t, "both kinds for three", timed(func() {
		one := sleep.With(braid.GPUs(1)).Map(t.Context(), c, seconds(1))
		gather(t, both.Map(t.Context(), c, seconds(2)))
		gather(t, one)
	}), 3*time.Second)
}

func othersRun(t *testing.T, c *braid.Client) {
	want(t, "four for a device and three others", timed(func() {
		needy := sleep.With(braid.Resource("device", 2)).Map(t.Context(), c, seconds(4))
		gather(t, sleep.Map(t.Context(), c, seconds(3)))
		gather(t, needy)
	}), 4*time.Second)
}

// clumsy fails in the way that its number says.
var clumsy = braid.Func("conformance/clumsy", func(ctx context.Context, n int) (int, error) {
	switch n % 3 {
	case 0:
		return 0, errOdd
	case 1:
		panic("clumsy")
	}
	<-ctx.Done()
	return 0, ctx.Err()
})

func givenBack(t *testing.T, c *braid.Client) {
	fs := clumsy.With(braid.Resource("device", 2), braid.Retries(1), braid.TimeLimit(time.Second)).Map(t.Context(), c, upTo(9))
	if _, err := fs.Gather(t.Context()); err == nil {
		t.Error("nothing failed")
	}
	want(t, "a task afterwards", result(t, c, square.With(braid.Resource("device", 2)).Call(braid.V(3))), 9)
}

func refusedNeeds(t *testing.T, c *braid.Client) {
	for _, tc := range []struct {
		need braid.Option
		name string
		has  string
	}{
		{braid.Resource("laser", 1), "laser", ""},
		{braid.Resource("device", 3), "device", "2"},
		{braid.GPUs(1.5), "gpu", "1"},
		{braid.Cores(5), "c", "4"},
		{braid.Memory(1_000_001), "memory", "1000000"},
	} {
		_, err := braid.Submit(t.Context(), c, square.With(tc.need).Call(braid.V(3))).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), "square") || !strings.Contains(err.Error(), "needs") ||
			!strings.Contains(err.Error(), tc.name) || !strings.Contains(err.Error(), tc.has) {
			t.Errorf("the error %v does not name the task, what it needs (%s) and what there is (%s)", err, tc.name, tc.has)
		}
	}
	want(t, "a task afterwards", result(t, c, square.Call(braid.V(3))), 9)
}

// budget is how many cores loops in the task may use.
var budget = braid.Func("conformance/budget", func(ctx context.Context, _ int) (int, error) {
	return ctx.Value(par.BudgetKey{}).(*par.Budget).Cores(), nil
})

func coresBudget(t *testing.T, c *braid.Client) {
	want(t, "the budget of a task of three cores", result(t, c, budget.With(braid.Cores(3)).Call(braid.V(0))), 3)
}

func impossibleNeeds(t *testing.T, c *braid.Client) {
	for what, o := range map[string]braid.Option{
		"Cores": braid.Cores(0), "GPUs": braid.GPUs(-1), "Memory": braid.Memory(0), `Resource("cpu")`: braid.Resource("cpu", 1),
		`Resource("x")`: braid.Resource("x", 1e9), `Resource("")`: braid.Resource("", 1),
	} {
		_, err := braid.Submit(t.Context(), c, square.With(o).Call(braid.V(3))).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v does not say which option", what, err)
		}
	}
}
