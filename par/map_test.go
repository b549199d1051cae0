package par_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/braid-compute/braid/par"
	"pgregory.net/rapid"
)

// outcome is one element of a stream; failed is the index of the item if it failed, else -1.
type outcome struct {
	value, failed int
}

func collect(t interface{ Fatalf(string, ...any) }, stream iter.Seq2[int, error]) []outcome {
	var got []outcome
	for v, err := range stream {
		o := outcome{v, -1}
		var e *par.Error
		if errors.As(err, &e) {
			o.failed = e.Index
		} else if err != nil {
			t.Fatalf("stream ended with %v", err)
		}
		got = append(got, o)
	}
	return got
}

// Every seventh item fails, every eleventh panics, every thirteenth ends its goroutine.
func fallible(_ context.Context, x int) (int, error) {
	switch {
	case x%7 == 6:
		return x, errBoom
	case x%11 == 10:
		panic(x)
	case x%13 == 12:
		runtime.Goexit()
	}
	return x * x, nil
}

func TestMapEqualsSequentialLoop(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1500).Draw(t, "n")
		o := anyOptions(t)
		ordered := rapid.Bool().Draw(t, "ordered")
		// In a nested call Goexit ends the caller's goroutine, so it is left out there.
		fn, ctx := fallible, anyContext(t)
		if ctx != context.Background() {
			fn = func(ctx context.Context, x int) (int, error) {
				if x%13 == 12 {
					return 0, errBoom
				}
				return fallible(ctx, x)
			}
		}
		var xs []int
		var want []outcome
		for x := range n {
			xs = append(xs, x)
			if x%7 == 6 || x%11 == 10 || x%13 == 12 {
				want = append(want, outcome{0, x})
			} else {
				want = append(want, outcome{x * x, -1})
			}
		}
		run := par.Map[int, int, []int]
		runSeq := par.Map[int, int, iter.Seq[int]]
		if !ordered {
			run, runSeq = par.MapUnordered[int, int, []int], par.MapUnordered[int, int, iter.Seq[int]]
		}
		for _, got := range [][]outcome{collect(t, run(ctx, xs, fn, o)), collect(t, runSeq(ctx, slices.Values(xs), fn, o))} {
			if !ordered {
				slices.SortFunc(got, func(a, b outcome) int { return position(a) - position(b) })
			}
			if !slices.Equal(got, want) {
				t.Fatalf("got %v\nwant %v", got, want)
			}
		}
	})
}

// position is the index of the item that gave the outcome, if x*x is taken back.
func position(o outcome) int {
	if o.failed >= 0 {
		return o.failed
	}
	return sort.Search(o.value+1, func(x int) bool { return x*x >= o.value })
}

func double(_ context.Context, x int) (int, error) { return 2 * x, nil }

// naturals never ends; pulled counts what was taken.
func naturals(pulled *atomic.Int64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; ; i++ {
			pulled.Add(1)
			if !yield(i) {
				return
			}
		}
	}
}

func TestLeavingTheLoopOverEndlessInputStopsEverything(t *testing.T) {
	for name, run := range map[string]func(context.Context, iter.Seq[int], func(context.Context, int) (int, error), ...par.Options) iter.Seq2[int, error]{
		"ordered": par.Map[int, int, iter.Seq[int]], "unordered": par.MapUnordered[int, int, iter.Seq[int]],
	} {
		var pulled, running atomic.Int64
		seen := 0
		for _, err := range run(t.Context(), naturals(&pulled), func(_ context.Context, x int) (int, error) {
			running.Add(1)
			defer running.Add(-1)
			return x, nil
		}) {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen == 5000 {
				break
			}
		}
		if running.Load() != 0 {
			t.Errorf("%s: %d calls still running after the loop", name, running.Load())
		}
		if p := pulled.Load(); p < 5000 || p > 5000+1024+1 {
			t.Errorf("%s: %d items pulled for 5000 results", name, p)
		}
	}
}

func TestAheadBoundsTheItemsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ahead := rapid.IntRange(1, 50).Draw(t, "ahead")
		o := par.Options{Ahead: ahead, Workers: rapid.IntRange(1, 8).Draw(t, "workers")}
		var pulled atomic.Int64
		delivered := 0
		for range par.Map(context.Background(), naturals(&pulled), double, o) {
			delivered++
			// The element in the loop's hands counts as delivered.
			if p := int(pulled.Load()); p > delivered+ahead {
				t.Fatalf("%d items taken, %d delivered, look-ahead %d", p, delivered, ahead)
			}
			if delivered == 200 {
				break
			}
		}
	})
}

func TestMapTakesNamedTypesAndPlainFunctions(t *testing.T) {
	type numbers []int
	type source func(yield func(int) bool)
	want := []outcome{{2, -1}, {4, -1}}
	seq := func(yield func(int) bool) { _ = yield(1) && yield(2) }
	for name, got := range map[string][]outcome{
		"named slice":    collect(t, par.Map(t.Context(), numbers{1, 2}, double)),
		"named function": collect(t, par.Map(t.Context(), source(seq), double)),
		"plain function": collect(t, par.Map(t.Context(), seq, double)),
	} {
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for name, got := range map[string][]outcome{
		"nil slice":          collect(t, par.Map(t.Context(), []int(nil), double)),
		"nil sequence":       collect(t, par.Map(t.Context(), iter.Seq[int](nil), double)),
		"nil named function": collect(t, par.Map(t.Context(), source(nil), double)),
	} {
		if len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStreamCanBeLoopedOverAgain(t *testing.T) {
	stream := par.Map(t.Context(), []int{1, 2, 3}, double)
	if first, second := collect(t, stream), collect(t, stream); !slices.Equal(first, second) || len(first) != 3 {
		t.Errorf("first %v, second %v", first, second)
	}
}

func TestMapErrorNamesItemAndPanicPlace(t *testing.T) {
	for _, err := range par.Map(t.Context(), []int{0}, func(context.Context, int) (int, error) { panic("no") }) {
		var p *par.PanicError
		if !errors.As(err, &p) || p.Value != "no" || !strings.Contains(string(p.Stack), "map_test.go") {
			t.Fatalf("got %v", err)
		}
		if msg := err.Error(); !strings.HasPrefix(msg, "par.Map: item 0: panic at ") || !strings.HasSuffix(msg, ": no") {
			t.Errorf("message %q", msg)
		}
	}
}

func TestFailingInputEndsTheStreamAtItsPlace(t *testing.T) {
	for name, fail := range map[string]func(){"panic": func() { panic(errBoom) }, "Goexit": runtime.Goexit} {
		input := func(yield func(int) bool) {
			if yield(1) && yield(2) {
				fail()
			}
		}
		for _, ctx := range []context.Context{t.Context(), par.WithBudget(t.Context(), 3)} {
			got := collect(t, par.Map(ctx, input, double))
			if want := []outcome{{2, -1}, {4, -1}, {0, 2}}; !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}

func TestPanicInTheLoopBodyStopsTheWorkers(t *testing.T) {
	var running atomic.Int64
	func() {
		defer func() {
			if recover() != errBoom {
				t.Error("the panic did not pass through")
			}
		}()
		for range par.Map(t.Context(), naturals(new(atomic.Int64)), func(ctx context.Context, x int) (int, error) {
			running.Add(1)
			defer running.Add(-1)
			if x > 0 {
				<-ctx.Done()
			}
			return x, nil
		}, par.Options{Workers: 4}) {
			panic(errBoom)
		}
	}()
	if running.Load() != 0 {
		t.Errorf("%d calls still running", running.Load())
	}
}

func TestMapWithEndedContextYieldsOnlyItsError(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	for _, ctx := range []context.Context{ctx, par.WithBudget(ctx, 1)} {
		var errs []error
		for _, err := range par.Map(ctx, []int{1, 2}, double) {
			errs = append(errs, err)
		}
		if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[0], errBoom) {
			t.Errorf("got %v", errs)
		}
	}
}
