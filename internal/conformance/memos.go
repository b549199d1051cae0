package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
)

var memos = theme{"memos", []testCase{
	{name: "a kept result is returned and the function not called", body: keptResult},
	{name: "arguments that are results of other calls", body: keptBehindOthers},
	{name: "lists, views and equal values of other shape", body: keptLists},
	{name: "a map runs what is missing only", body: keptItems},
	{name: "kept results are futures and arguments like any other", body: keptHandles},
	{name: "errors are not kept", body: keptErrors},
	{name: "another version, function, argument or folder is other work", body: keptApart},
	{name: "a damaged entry is made again", body: keptDamaged},
	{name: "a folder that cannot be written to fails nothing", body: keptNowhere},
	{name: "what cannot be kept is refused where it stands", body: keptRefused},
	{name: "entries are listed and cleared by function", body: keptEntries},
	{name: "of equal calls at once in one process one runs", body: keptOnce},
}}

// tally is count with the arguments turned round, for maps.
var tally = braid.Func2("conformance/tally", func(_ context.Context, n, id int) (int, error) {
	defer gateOf(id).enter()()
	if n < 0 {
		return n, errKnown
	}
	return 10 * n, nil
})

var tallied = braid.Func2("conformance/tallied", func(_ context.Context, ns []int, id int) (string, error) {
	defer gateOf(id).enter()()
	return fmt.Sprint(ns), nil
})

var viewed = braid.FuncView("conformance/viewed", func(_ context.Context, v braid.View[int]) (int, error) {
	gateOf(v.Slice()[0]).came.Add(1)
	return v.Len(), nil
})

// keep is a store with a folder of its own. The version is given, because a hash of the test's executable takes long. It has no
// limit, so that nobody looks through it while it is removed.
func keep(t *testing.T) braid.MemoStore {
	return braid.MemoStore{Folder: t.TempDir(), Version: "1", MaxBytes: -1}
}

func keptResult(t *testing.T, c *braid.Client) {
	g, kept := newGate(t), tally.With(braid.Memo(keep(t)))
	for range 3 {
		want(t, "the result", result(t, c, kept.Call(braid.V(4), braid.V(g.id))), 40)
	}
	want(t, "the result", result(t, c, tally.Call(braid.V(4), braid.V(g.id)).With(braid.Memo(keep(t)))), 40)
	want(t, "calls", g.came.Load(), 2)
	var x, y int
	call := kept.Call(braid.V(4), braid.V(g.id))
	err := braid.Compute(t.Context(), c, call.Into(&x), add.Call(call, braid.V(2)).Into(&y))
	want(t, "what was computed", fmt.Sprint(x, y, err), "40 42 <nil>")
	want(t, "calls", g.came.Load(), 2)
}

func keptBehindOthers(t *testing.T, c *braid.Client) {
	g, o := newGate(t), braid.Memo(keep(t))
	kept, id := tally.With(o), braid.V(g.id)
	for range 2 {
		chain := kept.Call(kept.Call(kept.Call(braid.V(1), id), id), id)
		want(t, "the end of a chain", result(t, c, chain), 1000)
	}
	want(t, "calls", g.came.Load(), 3)
	// The value counts, not where it comes from.
	want(t, "of another call's result", result(t, c, kept.Call(square.Call(braid.V(1)), id)), 10)
	want(t, "of a future", result(t, c, kept.Call(braid.Submit(t.Context(), c, square.Call(braid.V(10))), id)), 1000)
	want(t, "of a persisted value", result(t, c, kept.Call(braid.Persist(t.Context(), c, kept.Call(braid.V(1), id)), id)), 100)
	want(t, "calls", g.came.Load(), 3)
}

func keptLists(t *testing.T, c *braid.Client) {
	g, o := newGate(t), braid.Memo(keep(t))
	kept, id := tallied.With(o), braid.V(g.id)
	for name, list := range map[string]braid.Arg[[]int]{
		"a slice":           braid.V([]int{1, 4}),
		"a list of values":  braid.Args[int](braid.V(1), braid.V(4)),
		"a list of results": braid.Args[int](square.Call(braid.V(1)), square.With(o).Call(braid.V(2))),
		"a map's results":   square.Map(t.Context(), c, []int{1, 2}),
		"kept results":      square.With(o).Map(t.Context(), c, []int{1, 2}),
	} {
		want(t, name, result(t, c, kept.Call(list, id)), "[1 4]")
	}
	want(t, "calls", g.came.Load(), 1)
	for range 2 {
		want(t, "of a view", result(t, c, viewed.With(o).Call(braid.V([]int{g.id, 2, 3}))), 3)
	}
	want(t, "calls", g.came.Load(), 2)
}

func keptItems(t *testing.T, c *braid.Client) {
	g, kept := newGate(t), tally.With(braid.Memo(keep(t)))
	for _, m := range []struct {
		items []int
		calls int64
	}{{[]int{1, 3}, 2}, {[]int{0, 1, 2, 3, 4}, 5}, {[]int{4, 3, 2, 1, 0}, 5}, {[]int{9, 1}, 6}, {[]int{1, 8}, 7}, {nil, 7}} {
		fs := kept.Map(t.Context(), c, m.items, braid.V(g.id))
		var wanted []int
		for i, n := range m.items {
			wanted = append(wanted, 10*n)
			want(t, "an item", get(t, fs.At(i)), 10*n)
		}
		if got := gather(t, fs); !slices.Equal(got, wanted) {
			t.Errorf("the results are %v, want %v", got, wanted)
		}
		var seen []int
		for i, f := range fs.Completed(t.Context()) {
			want(t, "a completed item", get(t, f), wanted[i])
			seen = append(seen, i)
		}
		slices.Sort(seen)
		if !slices.Equal(seen, upTo(len(m.items))) {
			t.Errorf("completed were %v of %d", seen, len(m.items))
		}
		done, failed := fs.Count()
		want(t, "the count", fmt.Sprint(done, failed, fs.Len()), fmt.Sprint(len(m.items), 0, len(m.items)))
		want(t, "calls", g.came.Load(), m.calls)
	}
	fs := kept.Map(t.Context(), c, []int{1, -1, 2, -2}, braid.V(g.id))
	if _, err := fs.Gather(t.Context()); !errors.Is(err, errKnown) {
		t.Errorf("with items that fail: %v", err)
	}
	if err := fs.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	done, failed := fs.Count()
	want(t, "the count", fmt.Sprint(done, failed), "2 2")
}

func keptHandles(t *testing.T, c *braid.Client) {
	g, kept := newGate(t), tally.With(braid.Memo(keep(t)))
	id := braid.V(g.id)
	gather(t, kept.Map(t.Context(), c, []int{1, 3}, id))
	for _, items := range [][]int{{1, 3}, {1, 5}} { // all kept, and some
		fs := kept.Map(t.Context(), c, items, id)
		wanted := 10 * (items[0] + items[1])
		want(t, "the sum", result(t, c, sum.Call(fs)), wanted)
		want(t, "the sum of two", result(t, c, add.Call(fs.At(0), fs.At(1))), wanted)
		want(t, "the sum of a list", result(t, c, sum.Call(braid.Args[int](fs.At(1), fs.At(0)))), wanted)
		got := gather(t, tallied.Map(t.Context(), c, [][]int{{7}}, id))
		want(t, "beside it", fmt.Sprint(got), "[[7]]")
		shared := gather(t, shareInts.Map(t.Context(), c, []int{1, 2}, braid.Arg[[]int](fs)))
		want(t, "as a shared argument", fmt.Sprint(shared), fmt.Sprint([]int{1 + wanted, 2 + wanted}))
		gather(t, fs)
		fs.Cancel() // too late for all of them
		gather(t, fs)
		fs.Release()
		if _, err := fs.At(0).Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
			t.Errorf("after the release: %v", err)
		}
	}
	f := braid.Submit(t.Context(), c, kept.Call(braid.V(1), id))
	want(t, "the result", get(t, f), 10)
	want(t, "the state", f.Explain().State, "done")
	want(t, "a call on it", result(t, c, add.Call(f, braid.V(1))), 11)
	f.Cancel()
	want(t, "after it was cancelled", get(t, f), 10)
	f.Release()
	if _, err := f.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("after the release: %v", err)
	}
	if _, err := braid.Submit(t.Context(), c, add.Call(f, braid.V(1))).Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("a call on a released result: %v", err)
	}
}

var shareInts = braid.Func2("conformance/share-ints", func(_ context.Context, n int, xs []int) (int, error) {
	for _, x := range xs {
		n += x
	}
	return n, nil
})

func keptErrors(t *testing.T, c *braid.Client) {
	g, kept := newGate(t), tally.With(braid.Memo(keep(t)))
	for range 2 {
		if _, err := braid.Submit(t.Context(), c, kept.Call(braid.V(-1), braid.V(g.id))).Get(t.Context()); !errors.Is(err, errKnown) {
			t.Errorf("a call that fails: %v", err)
		}
	}
	want(t, "calls", g.came.Load(), 2)
}

func keptApart(t *testing.T, c *braid.Client) {
	g, s := newGate(t), keep(t)
	other := newGate(t)
	call := tally.Call(braid.V(1), braid.V(g.id))
	for range 2 {
		want(t, "version 1", result(t, c, call.With(braid.Memo(s))), 10)
		v2 := s
		v2.Version = "2"
		want(t, "version 2", result(t, c, call.With(braid.Memo(v2))), 10)
		want(t, "another folder", result(t, c, count.With(braid.Memo(s)).Call(braid.V(g.id), braid.V(1))), 1)
		want(t, "another argument", result(t, c, tally.With(braid.Memo(s)).Call(braid.V(1), braid.V(other.id))), 10)
	}
	want(t, "calls", g.came.Load(), 3)
	want(t, "calls with another argument", other.came.Load(), 1)
}

// keptOnce: whoever finds an equal call running waits for it, unless that fails.
func keptOnce(t *testing.T, c *braid.Client) {
	g, kept := newGate(t), tally.With(braid.Memo(keep(t)))
	var calls []*braid.Delayed[int]
	for range 20 {
		calls = append(calls, kept.Call(braid.V(1), braid.V(g.id)))
	}
	results, err := braid.ComputeAll(t.Context(), c, calls)
	if err != nil || len(results) != 20 || slices.Max(results) != 10 || slices.Min(results) != 10 {
		t.Errorf("%v, %v", results, err)
	}
	want(t, "calls", g.came.Load(), 1)
	fs := kept.Map(t.Context(), c, slices.Repeat([]int{-1}, 20), braid.V(g.id))
	for _, err := range fs.All(t.Context()) {
		if !errors.Is(err, errKnown) {
			t.Error(err)
		}
	}
	want(t, "calls that fail", g.came.Load(), 21)
}

func keptDamaged(t *testing.T, c *braid.Client) {
	g, s := newGate(t), keep(t)
	kept := tally.With(braid.Memo(s))
	for k := range 3 {
		want(t, "the result", result(t, c, kept.Call(braid.V(1), braid.V(g.id))), 10)
		want(t, "calls", g.came.Load(), int64(k+1))
		want(t, "the result", result(t, c, kept.Call(braid.V(1), braid.V(g.id))), 10)
		want(t, "calls", g.came.Load(), int64(k+1))
		for e, err := range s.Entries("conformance/tally") {
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(e.Path, []byte("this is no entry"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func keptNowhere(t *testing.T, c *braid.Client) {
	file := filepath.Join(t.TempDir(), "file") // root may write into any folder, but not below a file
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g, kept := newGate(t), tally.With(braid.Memo(braid.MemoStore{Folder: filepath.Join(file, "memo"), Version: "1"}))
	for range 2 {
		want(t, "the result", result(t, c, kept.Call(braid.V(1), braid.V(g.id))), 10)
	}
	want(t, "calls", g.came.Load(), 2)
}

func keptRefused(t *testing.T, c *braid.Client) {
	o := braid.Memo(keep(t))
	for name, refused := range map[string]interface {
		Wait(context.Context) error
		Name() string
	}{
		"Impure":                     braid.Submit(t.Context(), c, square.With(o, braid.Impure()).Call(braid.V(1))),
		"Key":                        braid.Submit(t.Context(), c, square.With(o, braid.Key("k")).Call(braid.V(1))),
		"MaxAge":                     braid.Submit(t.Context(), c, square.With(braid.Memo(braid.MemoStore{MaxAge: -1})).Call(braid.V(1))),
		"its argument 1 cannot":      braid.Submit(t.Context(), c, kindOf.With(o).Call(braid.V[any](1))),
		"Impure says that the next ": square.With(o, braid.Impure()).Map(t.Context(), c, []int{1}).At(0),
	} {
		err := refused.Wait(t.Context())
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "memos.go:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func keptEntries(t *testing.T, c *braid.Client) {
	s := keep(t)
	gather(t, square.With(braid.Memo(s)).Map(t.Context(), c, upTo(5)))
	result(t, c, sum.With(braid.Memo(s)).Call(braid.V([]int{1})))
	names := map[string]int{}
	for e, err := range s.Entries("") {
		if err != nil || e.Err != nil || e.Version != "version 1" || len(e.Digest) != 64 || e.Bytes == 0 {
			t.Error(e, err)
		}
		names[e.Function]++
	}
	want(t, "entries", fmt.Sprint(names), "map[conformance/square:5 conformance/sum:1]")
	n, err := s.Clear("conformance/square")
	want(t, "cleared", fmt.Sprint(n, err), "5 <nil>")
	n, err = s.Clear()
	want(t, "cleared", fmt.Sprint(n, err), "1 <nil>")
}
