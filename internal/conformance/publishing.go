package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var (
	row = braid.Func("conformance/row", func(_ context.Context, n int) ([]float64, error) {
		r := make([]float64, 1000) // too large to ride along with the word that it is there
		for k := range r {
			r[k] = float64(n * k)
		}
		return r, nil
	})
	last        = braid.Func("conformance/last", func(_ context.Context, r []float64) (float64, error) { return r[len(r)-1], nil })
	late        = braid.Func("conformance/late", func(_ context.Context, n int) (int, error) { <-time.After(time.Minute); return n, nil })
	hopeless    = braid.Func("conformance/hopeless", func(context.Context, int) (int, error) { return 0, errHopeless })
	errHopeless = braid.RegisterError("conformance/hopeless", errors.New("there is no hope"))
)

// publish gives a result a name, which must be possible.
func publish[T any](t *testing.T, c *braid.Client, name string, a braid.Arg[T]) {
	t.Helper()
	if err := braid.Publish(t.Context(), c, name, a); err != nil {
		t.Fatal(err)
	}
}

// found returns the future of a name, which must have a result.
func found[T any](t *testing.T, c *braid.Client, name string) *braid.Future[T] {
	t.Helper()
	f, err := braid.Published[T](t.Context(), c, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var publishing = theme{"publishing", []testCase{
	{name: "a result with a name outlives its future", body: func(t *testing.T, c *braid.Client) {
		f := braid.Submit(t.Context(), c, row.Call(braid.V(2)))
		publish(t, c, "row", f)
		f.Release()
		r := get(t, found[[]float64](t, c, "row"))
		if len(r) != 1000 || r[999] != 1998 {
			t.Errorf("the row has %d numbers", len(r))
		}
		want(t, "what takes it", result(t, c, last.Call(found[[]float64](t, c, "row"))), 1998)
	}},
	{name: "values, delayed calls and all results of a Map can be published", body: func(t *testing.T, c *braid.Client) {
		publish(t, c, "value", braid.V("text"))
		publish(t, c, "delayed", last.Call(row.Call(braid.V(3))))
		publish(t, c, "map", identityInt.Map(t.Context(), c, upTo(10)))
		publish(t, c, "list", braid.Args[int](braid.V(7), identityInt.Call(braid.V(8))))
		publish(t, c, "again", found[string](t, c, "value"))
		want(t, "the value", get(t, found[string](t, c, "value")), "text")
		want(t, "the delayed call", get(t, found[float64](t, c, "delayed")), 2997)
		want(t, "the value under another name", get(t, found[string](t, c, "again")), "text")
		if m := get(t, found[[]int](t, c, "map")); !slices.Equal(m, upTo(10)) {
			t.Errorf("the map is %v", m)
		}
		want(t, "the sum of the map", result(t, c, sum.Call(found[[]int](t, c, "map"))), 45)
		want(t, "the sum of the list", result(t, c, sum.Call(found[[]int](t, c, "list"))), 15)
	}},
	{name: "a result may be published and found before it is there", body: func(t *testing.T, c *braid.Client) {
		publish(t, c, "late", braid.Submit(t.Context(), c, late.Call(braid.V(5))))
		f := found[int](t, c, "late")
		if f.Done() {
			t.Error("it is there at once")
		}
		want(t, "it", get(t, f), 5)
	}},
	{name: "a task that fails does so for who finds its name", body: func(t *testing.T, c *braid.Client) {
		publish(t, c, "none", braid.Submit(t.Context(), c, hopeless.Call(braid.V(5))))
		_, err := found[int](t, c, "none").Get(t.Context())
		if !errors.Is(err, errHopeless) || !strings.Contains(err.Error(), "conformance/hopeless") {
			t.Errorf("the error is %v", err)
		}
	}},
	{name: "a name stands for one result of one type", body: func(t *testing.T, c *braid.Client) {
		if _, err := braid.Published[int](t.Context(), c, "n"); !errors.Is(err, braid.ErrNotPublished) || !strings.Contains(err.Error(), `"n"`) {
			t.Errorf("before it is there: %v", err)
		}
		publish(t, c, "n", braid.V(1))
		if err := braid.Publish(t.Context(), c, "n", braid.Arg[int](braid.V(2))); !errors.Is(err, braid.ErrNameTaken) {
			t.Errorf("again: %v", err)
		}
		_, err := braid.Published[[]string](t.Context(), c, "n")
		if !errors.Is(err, braid.ErrOtherType) || !strings.Contains(err.Error(), "its type is int, and []string is asked for") {
			t.Errorf("as another type: %v", err)
		}
		want(t, "it", get(t, found[int](t, c, "n")), 1)
	}},
	{name: "what was found stays when the name goes", body: func(t *testing.T, c *braid.Client) {
		publish(t, c, "row", braid.Submit(t.Context(), c, row.Call(braid.V(2))))
		f := found[[]float64](t, c, "row")
		if err := c.Unpublish(t.Context(), "row"); err != nil {
			t.Fatal(err)
		}
		want(t, "what was found", get(t, f)[999], 1998)
		f.Release()
		if _, err := f.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
			t.Errorf("after Release: %v", err)
		}
		if _, err := braid.Published[[]float64](t.Context(), c, "row"); !errors.Is(err, braid.ErrNotPublished) {
			t.Errorf("the name: %v", err)
		}
		if err := c.Unpublish(t.Context(), "row"); !errors.Is(err, braid.ErrNotPublished) {
			t.Errorf("taken back again: %v", err)
		}
		publish(t, c, "row", braid.V(1))
		want(t, "another result under the name", get(t, found[int](t, c, "row")), 1)
	}},
	{name: "what has a name is listed", body: func(t *testing.T, c *braid.Client) {
		list := func() []braid.Publication {
			t.Helper()
			l, err := c.Publications(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		want(t, "the number of names at first", len(list()), 0)
		publish(t, c, "b", braid.Submit(t.Context(), c, row.Call(braid.V(2))))
		publish(t, c, "a", braid.V("text"))
		get(t, found[[]float64](t, c, "b"))
		l := list()
		if len(l) != 2 || l[0].Name != "a" || l[0].Type != "string" || l[1].Name != "b" || l[1].Type != "[]float64" || l[1].State != "done" {
			t.Errorf("listed are %+v", l)
		}
	}},
	{name: "what cannot be published is said", body: func(t *testing.T, c *braid.Client) {
		if err := braid.Publish(t.Context(), c, "", braid.Arg[int](braid.V(1))); err == nil || !strings.Contains(err.Error(), "the name is missing") {
			t.Errorf("without a name: %v", err)
		}
		for name, has := range map[string]string{strings.Repeat("a", 257): "257 bytes", "a\x1b[2J": "cannot be printed"} {
			if err := braid.Publish(t.Context(), c, name, braid.Arg[int](braid.V(1))); err == nil || !strings.Contains(err.Error(), has) {
				t.Errorf("with the name %q: %v", name, err)
			}
		}
		if err := braid.Publish[int](t.Context(), c, "nil", nil); err == nil || !strings.Contains(err.Error(), "is nil") {
			t.Errorf("nil: %v", err)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := braid.Publish(over, c, "late", braid.Arg[int](braid.V(1))); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
		f := braid.Submit(t.Context(), c, identityInt.Call(braid.V(1)))
		f.Release()
		if err := braid.Publish(t.Context(), c, "released", braid.Arg[int](f)); err == nil || !errors.Is(err, braid.ErrReleased) {
			t.Errorf("what was released: %v", err)
		}
	}},
}}

var identityInt = braid.Func("conformance/identity", func(_ context.Context, n int) (int, error) { return n, nil })
