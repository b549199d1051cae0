package conformance

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var keys = theme{"keys", []testCase{
	{name: "the same work under the same key runs once", body: sameKey},
	{name: "other work under a held key is refused, naming the line", body: otherWork},
	{name: "a released key is free again", body: freeKey},
	{name: "arguments that cannot be encoded are refused, naming where", near: true, body: unencodable},
	{name: "a key covers all the work behind it", body: keyCovers},
	{name: "persisted, future and failed arguments of keyed calls", body: keyedArguments},
	{name: "a keyed result outlives the first future of it", body: keyedHandles},
	{name: "many goroutines submit the same key", body: keyRace},
	{name: "a key names its task", body: keyName},
}}

func sameKey(t *testing.T, c *braid.Client) {
	g := newGate(t)
	key := braid.Key("same")
	a := braid.Submit(t.Context(), c, count.With(key).Call(braid.V(g.id), braid.V(2)))
	b := braid.Submit(t.Context(), c, count.Call(braid.V(g.id), braid.V(2)).With(key))
	d := braid.Submit(t.Context(), c, square.Call(count.With(key).Call(braid.V(g.id), braid.V(2))))
	want(t, "the results", fmt.Sprint(get(t, a), get(t, b), get(t, d)), "2 2 4")
	want(t, "after the result", result(t, c, count.With(key).Call(braid.V(g.id), braid.V(2))), 2)
	want(t, "calls", g.came.Load(), 1)
}

func otherWork(t *testing.T, c *braid.Client) {
	key := braid.Key("other")
	f := braid.Submit(t.Context(), c, square.With(key).Call(braid.V(1)))
	for name, d := range map[string]*braid.Delayed[int]{
		"other arguments": square.With(key).Call(braid.V(2)),
		"other function":  refuse.With(key).Call(braid.V(1)),
		"as an argument":  add.Call(square.With(key).Call(braid.V(2)), braid.V(1)),
		"as a list":       sum.Call(braid.Args[int](square.With(key).Call(braid.V(2)))),
	} {
		_, err := braid.Submit(t.Context(), c, d).Get(t.Context())
		if err == nil || !strings.Contains(err.Error(), `"other"`) || strings.Count(err.Error(), "keys.go:") < 2 {
			t.Errorf("%s under a held key: %v", name, err)
		}
	}
	get(t, f)
	twice := add.Call(square.With(braid.Key("twice")).Call(braid.V(1)), square.With(braid.Key("twice")).Call(braid.V(2)))
	if _, err := braid.Submit(t.Context(), c, twice).Get(t.Context()); err == nil {
		t.Error("two calls of one submission have one key")
	}
	want(t, "the client goes on with the key", result(t, c, square.With(braid.Key("twice")).Call(braid.V(3))), 9)
}

func freeKey(t *testing.T, c *braid.Client) {
	key := braid.Key("free")
	f := braid.Submit(t.Context(), c, square.With(key).Call(braid.V(1)))
	get(t, f)
	f.Release()
	want(t, "other work", result(t, c, square.With(key).Call(braid.V(2))), 4)
	g := newGate(t)
	key = braid.Key("cancelled")
	h := braid.Submit(t.Context(), c, hold.With(key).Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	h.Cancel()
	wantCancelled(t, h)
	h.Release()
	want(t, "other work after a cancellation", result(t, c, square.With(key).Call(braid.V(3))), 9)
}

func unencodable(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, kindOf.With(braid.Key("u")).Call(braid.V[any](func() {}))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "func()") || !strings.Contains(err.Error(), "argument 1") || !strings.Contains(err.Error(), "keys.go:") {
		t.Errorf("a function as an argument of a keyed call: %v", err)
	}
	type inner struct{ Back chan int }
	_, err = braid.Submit(t.Context(), c, kindOf.With(braid.Key("u")).Call(braid.V[any](struct{ In inner }{}))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Back") {
		t.Errorf("a channel in a struct as an argument of a keyed call: %v", err)
	}
	want(t, "the client goes on with the key", result(t, c, square.With(braid.Key("u")).Call(braid.V(3))), 9)
}

func keyCovers(t *testing.T, c *braid.Client) {
	deep := func(n int) *braid.Delayed[int] {
		return sum.Call(braid.Args[int](braid.V(1), square.Call(square.Call(braid.V(n))))).With(braid.Key("deep"))
	}
	want(t, "the sum", result(t, c, deep(2)), 17)
	f := braid.Submit(t.Context(), c, deep(2))
	want(t, "the sum again", get(t, f), 17)
	if _, err := braid.Submit(t.Context(), c, deep(3)).Get(t.Context()); err == nil {
		t.Error("other work deep below a key was not noticed")
	}
}

func keyedArguments(t *testing.T, c *braid.Client) {
	p := braid.Persist(t.Context(), c, square.Call(braid.V(2)))
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	fs := square.Map(t.Context(), c, []int{1, 2})
	d := sum.With(braid.Key("mixed")).Call(braid.Args[int](p, f, fs.At(1), square.Call(p), add.Call(f, sum.Call(fs))))
	want(t, "the sum", result(t, c, d), 4+9+4+16+14)
	want(t, "the sum again", result(t, c, d), 4+9+4+16+14)
	bad := braid.Submit(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	if _, err := braid.Submit(t.Context(), c, square.With(braid.Key("bad")).Call(bad)).Get(t.Context()); err == nil {
		t.Error("a keyed call of a future that was never submitted has a result")
	}
	pbad := braid.Persist(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	if _, err := braid.Submit(t.Context(), c, square.With(braid.Key("bad")).Call(pbad)).Get(t.Context()); err == nil {
		t.Error("a keyed call of a persisted call that was never submitted has a result")
	}
	_, err := braid.Submit(t.Context(), c, square.With(braid.Key("fails")).Call(refuse.Call(braid.V(1)))).Get(t.Context())
	if !errors.Is(err, errOdd) {
		t.Errorf("a keyed call of a failing call: %v", err)
	}
}

func keyedHandles(t *testing.T, c *braid.Client) {
	key := braid.Key("handles")
	a := braid.Submit(t.Context(), c, square.With(key).Call(braid.V(3)))
	b := braid.Submit(t.Context(), c, square.With(key).Call(braid.V(3)))
	get(t, a)
	a.Release()
	want(t, "the second handle", get(t, b), 9)
	want(t, "a call on the second handle", result(t, c, add.Call(b, braid.V(1))), 10)
	b.Release()
	if _, err := b.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("after the last release: %v", err)
	}
}

func keyRace(t *testing.T, c *braid.Client) {
	g := newGate(t)
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			for k := range 20 {
				key := braid.Key(fmt.Sprint("race", k))
				d := count.With(key).Call(braid.V(g.id), braid.V(k))
				if n%2 == 0 {
					if v, err := braid.Submit(t.Context(), c, d).Get(t.Context()); v != k || err != nil {
						t.Errorf("%v, %v", v, err)
					}
				} else if v, err := braid.Submit(t.Context(), c, add.Call(d, braid.V(1))).Get(t.Context()); v != k+1 || err != nil {
					t.Errorf("%v, %v", v, err)
				}
			}
		})
	}
	wg.Wait()
	want(t, "calls", g.came.Load(), 20)
}

func keyName(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(refuse.With(braid.Key("the odd one")).Call(braid.V(1))))
	_, err := f.Get(t.Context())
	wantRoot(t, err, errOdd, "the odd one")
}
