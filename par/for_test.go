package par_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/par"
	"pgregory.net/rapid"
)

var errBoom = errors.New("boom")

// anyContext draws a context as top-level and nested callers have it.
func anyContext(t *rapid.T) context.Context {
	if cores := rapid.IntRange(0, 5).Draw(t, "budget"); cores > 0 {
		return par.WithBudget(context.Background(), cores)
	}
	return context.Background()
}

func anyOptions(t *rapid.T) par.Options {
	return par.Options{
		Workers:  rapid.IntRange(0, 9).Draw(t, "workers"),
		Schedule: rapid.SampledFrom([]par.Schedule{par.Guided, par.Static, par.Dynamic}).Draw(t, "schedule"),
		Chunk:    rapid.IntRange(0, 50).Draw(t, "chunk"),
		Ahead:    rapid.IntRange(0, 40).Draw(t, "ahead"),
	}
}

func TestForVisitsEachItemOnceUnderAllSchedules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1, 700).Draw(t, "n")
		visits := make([]atomic.Int32, max(n, 0))
		err := par.For(anyContext(t), n, func(_ context.Context, lo, hi int) error {
			if lo >= hi {
				t.Errorf("empty range [%d,%d)", lo, hi)
			}
			for i := lo; i < hi; i++ {
				visits[i].Add(1)
			}
			return nil
		}, anyOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		for i := range visits {
			if v := visits[i].Load(); v != 1 {
				t.Fatalf("item %d visited %d times", i, v)
			}
		}
	})
}

// ranges records the chunks of one call with one worker, where their order is fixed.
func ranges(t *testing.T, n int, o par.Options) [][2]int {
	t.Helper()
	o.Workers = 1
	var got [][2]int
	err := par.For(context.Background(), n, func(_ context.Context, lo, hi int) error {
		got = append(got, [2]int{lo, hi})
		return nil
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestSchedulesCutAsDefined(t *testing.T) {
	for _, c := range []struct {
		o    par.Options
		want [][2]int
	}{
		{par.Options{Schedule: par.Static}, [][2]int{{0, 10}}},
		{par.Options{Schedule: par.Static, Chunk: 4}, [][2]int{{0, 4}, {4, 8}, {8, 10}}},
		{par.Options{Schedule: par.Dynamic, Chunk: 6}, [][2]int{{0, 6}, {6, 10}}},
		{par.Options{Schedule: par.Guided}, [][2]int{{0, 5}, {5, 7}, {7, 8}, {8, 9}, {9, 10}}},
		{par.Options{Schedule: par.Guided, Chunk: 3}, [][2]int{{0, 5}, {5, 8}, {8, 10}}},
	} {
		got := ranges(t, 10, c.o)
		if len(got) != len(c.want) {
			t.Errorf("%v chunk %d: %v, want %v", c.o.Schedule, c.o.Chunk, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%v chunk %d: %v, want %v", c.o.Schedule, c.o.Chunk, got, c.want)
			}
		}
	}
}

func TestStaticPartsDifferByAtMostOne(t *testing.T) {
	var sizes [4]atomic.Int32 // by number of items, 0 to 3
	err := par.For(context.Background(), 10, func(_ context.Context, lo, hi int) error {
		sizes[hi-lo].Add(1)
		return nil
	}, par.Options{Schedule: par.Static, Workers: 4})
	if err != nil || sizes[3].Load() != 2 || sizes[2].Load() != 2 {
		t.Errorf("10 items on 4 workers: %d parts of 3, %d of 2, err %v", sizes[3].Load(), sizes[2].Load(), err)
	}
}

func TestForReturnsFailedRangeAndStopsHandingOut(t *testing.T) {
	for _, schedule := range []par.Schedule{par.Dynamic, par.Static, par.Guided} {
		ran := 0
		err := par.For(context.Background(), 100, func(_ context.Context, lo, hi int) error {
			ran += hi - lo
			if lo <= 20 && 20 < hi {
				return errBoom
			}
			return nil
		}, par.Options{Schedule: schedule, Chunk: 10, Workers: 1})
		var e *par.Error
		if !errors.As(err, &e) || !errors.Is(err, errBoom) || e.Index > 20 || e.End <= 20 {
			t.Errorf("%v: error %v does not name the range of item 20", schedule, err)
		} else if ran != e.End {
			t.Errorf("%v: %d items ran, the failed range ended at %d", schedule, ran, e.End)
		}
	}
}

func TestForErrorCancelsTheOthersAndTheirEchoIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := par.For(context.Background(), 4, func(ctx context.Context, lo, _ int) error {
			if lo == 3 {
				<-time.After(time.Second)
				return errBoom
			}
			<-ctx.Done() // only the failure of item 3 ends these
			return ctx.Err()
		}, par.Options{Workers: 4, Schedule: par.Dynamic})
		var e *par.Error
		if !errors.As(err, &e) || e.Index != 3 || !errors.Is(err, errBoom) {
			t.Errorf("got %v, want the failure of item 3", err)
		}
	})
}

func TestForReturnsLowestOfSeveralErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := par.For(context.Background(), 4, func(_ context.Context, lo, _ int) error {
			<-time.After(time.Duration(10-lo) * time.Second) // the highest fails first
			return errBoom
		}, par.Options{Workers: 4, Schedule: par.Dynamic})
		var e *par.Error
		if !errors.As(err, &e) || e.Index != 0 {
			t.Errorf("got %v, want the failure of item 0", err)
		}
	})
}

func TestForTurnsPanicIntoErrorWithRangeAndStack(t *testing.T) {
	for name, ctx := range map[string]context.Context{"top": context.Background(), "nested": par.WithBudget(context.Background(), 1)} {
		err := par.For(ctx, 10, func(_ context.Context, lo, _ int) error {
			if lo == 4 {
				panic(errBoom)
			}
			return nil
		}, par.Options{Schedule: par.Dynamic, Chunk: 2})
		var e *par.Error
		var p *par.PanicError
		if !errors.As(err, &e) || e.Index != 4 || e.End != 6 || !errors.As(err, &p) {
			t.Fatalf("%s: got %v", name, err)
		}
		if p.Value != errBoom || !errors.Is(err, errBoom) || !strings.Contains(string(p.Stack), "for_test.go") || !strings.Contains(p.Place, "for_test.go:") {
			t.Errorf("%s: value %v, place %q, stack %s", name, p.Value, p.Place, p.Stack)
		}
		if want := "par.For: items 4 to 5: panic at "; !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: message %q does not begin with %q", name, err, want)
		}
	}
}

func TestPanicPlaceOfRuntimeErrorIsTheUsersLine(t *testing.T) {
	var nothing []int
	err := par.For(context.Background(), 1, func(context.Context, int, int) error {
		nothing[3]++
		return nil
	})
	var p *par.PanicError
	var r runtime.Error
	if !errors.As(err, &p) || !strings.Contains(p.Place, "for_test.go:") || !errors.As(err, &r) {
		t.Errorf("got %v", err)
	}
}

func TestForTurnsGoexitIntoError(t *testing.T) {
	exit := func(_ context.Context, lo, _ int) error {
		if lo == 5 {
			runtime.Goexit()
		}
		return nil
	}
	o := par.Options{Schedule: par.Dynamic, Workers: 3}
	if err := par.For(context.Background(), 10, exit, o); !errors.Is(err, par.ErrGoexit) {
		t.Errorf("top level: %v, want ErrGoexit", err)
	}
	// Nested, on the goroutine of the body: the enclosing call reports it.
	err := par.For(context.Background(), 1, func(ctx context.Context, _, _ int) error {
		return par.For(ctx, 10, exit, o)
	})
	if !errors.Is(err, par.ErrGoexit) {
		t.Errorf("nested: %v, want ErrGoexit", err)
	}
}

func TestForStopsWhenContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		var ran atomic.Int32
		err := par.For(ctx, 1000, func(context.Context, int, int) error {
			if ran.Add(1) == 10 {
				cancel(errBoom)
			}
			<-time.After(time.Second)
			return nil
		}, par.Options{Workers: 2, Schedule: par.Dynamic})
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errBoom) {
			t.Errorf("got %v, want the context's error and cause", err)
		}
		if ran.Load() > 11 || !strings.Contains(err.Error(), "of 1000 items") {
			t.Errorf("%d items ran; message %q", ran.Load(), err)
		}
	})
}

func TestForWithEndedContextRunsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, schedule := range []par.Schedule{par.Guided, par.Static, par.Dynamic} {
		err := par.For(ctx, 10, func(context.Context, int, int) error { panic("ran") }, par.Options{Schedule: schedule})
		if !errors.Is(err, context.Canceled) || errors.As(err, new(*par.PanicError)) {
			t.Errorf("%v: %v, want context.Canceled", schedule, err)
		}
	}
	if err := par.For(ctx, 0, func(context.Context, int, int) error { panic("ran") }); err != nil {
		t.Errorf("no items: %v", err)
	}
}

func TestForFinishedBeforeItsContextIsNotAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := par.For(ctx, 10, func(_ context.Context, _, hi int) error {
		if hi == 10 {
			cancel()
		}
		return nil
	}, par.Options{Workers: 1})
	if err != nil {
		t.Errorf("all items ran, yet %v", err)
	}
}

func TestSleepingBodiesUseAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, schedule := range []par.Schedule{par.Static, par.Dynamic, par.Guided} {
			start := time.Now()
			err := par.For(t.Context(), 4, func(_ context.Context, lo, hi int) error {
				<-time.After(time.Duration(hi-lo) * time.Second)
				return nil
			}, par.Options{Workers: 4, Schedule: schedule})
			if d := time.Since(start); err != nil || d != time.Second {
				t.Errorf("%v: 4 sleeps of 1 s on 4 workers took %v, err %v", schedule, d, err)
			}
		}
	})
}

func TestMistakesInOptionsPanicWithTheField(t *testing.T) {
	body := func(context.Context, int, int) error { return nil }
	for want, call := range map[string]func(){
		"Options.Workers is -1":  func() { _ = par.For(t.Context(), 1, body, par.Options{Workers: -1}) },
		"Options.Chunk is -2":    func() { _ = par.For(t.Context(), 1, body, par.Options{Chunk: -2}) },
		"Options.Ahead is -3":    func() { _ = par.For(t.Context(), 1, body, par.Options{Ahead: -3}) },
		"Options.Schedule is 9":  func() { _ = par.For(t.Context(), 1, body, par.Options{Schedule: 9}) },
		"2 Options given":        func() { _ = par.For(t.Context(), 1, body, par.Options{}, par.Options{}) },
		"par.For: nil body":      func() { _ = par.For(t.Context(), 1, nil) },
		"par.NewBudget: 0 cores": func() { par.NewBudget(0) },
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			call()
		}()
	}
}

func TestScheduleNamesAreThoseOfOpenMP(t *testing.T) {
	if got := fmt.Sprint(par.Static, par.Dynamic, par.Guided, par.Schedule(7)); got != "static dynamic guided Schedule(7)" {
		t.Errorf("got %q", got)
	}
}
