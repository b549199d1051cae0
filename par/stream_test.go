package par_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/par"
)

// sleep waits for x seconds, or until ctx ends.
func sleep(ctx context.Context, x int) (int, error) {
	select {
	case <-time.After(time.Duration(x) * time.Second):
		return x, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// arrivals lists the values of a stream with the second they came at.
func arrivals(t *testing.T, stream iter.Seq2[int, error]) []string {
	t.Helper()
	start := time.Now()
	var got []string
	for v, err := range stream {
		if err != nil {
			t.Error(err)
		}
		got = append(got, fmt.Sprintf("%d@%g", v, time.Since(start).Seconds()))
	}
	return got
}

func TestSleepingItemsRunAsManyAtOnceAsThereAreWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		four := par.Options{Workers: 4}
		for name, stream := range map[string]iter.Seq2[int, error]{
			"slice":     par.Map(t.Context(), []int{1, 1, 1, 1}, sleep, four),
			"sequence":  par.Map(t.Context(), slices.Values([]int{1, 1, 1, 1}), sleep, four),
			"unordered": par.MapUnordered(t.Context(), []int{1, 1, 1, 1}, sleep, four),
			"nested":    par.Map(par.WithBudget(t.Context(), 1), []int{1, 1, 1, 1}, sleep, four),
		} {
			if got, want := arrivals(t, stream), []string{"1@1", "1@1", "1@1", "1@1"}; !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	})
}

func TestUnorderedYieldsInOrderOfCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := []int{5, 3, 1, 4}
		got := arrivals(t, par.MapUnordered(t.Context(), items, sleep, par.Options{Workers: 4}))
		if want := []string{"1@1", "3@3", "4@4", "5@5"}; !slices.Equal(got, want) {
			t.Errorf("unordered: %v, want %v", got, want)
		}
		got = arrivals(t, par.Map(t.Context(), items, sleep, par.Options{Workers: 4}))
		if want := []string{"5@5", "3@5", "1@5", "4@5"}; !slices.Equal(got, want) {
			t.Errorf("ordered: %v, want %v", got, want)
		}
	})
}

// After many instant items, one slow item holds up none of the others.
func TestSlowItemAmongFastOnesBlocksNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		items := make([]int, 600)
		items[500] = 60
		start := time.Now()
		early := 0
		for _, err := range par.MapUnordered(t.Context(), items, sleep, par.Options{Workers: 2}) {
			if err != nil {
				t.Fatal(err)
			}
			if time.Since(start) < time.Second {
				early++
			}
		}
		if early != 599 {
			t.Errorf("%d of 599 instant items came before the slow one", early)
		}
	})
}

// A slow input must not keep finished items, or items already taken, from the loop.
func TestSlowInputDeliversEachItemAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		input := func(yield func(int) bool) {
			for range 3 {
				<-time.After(10 * time.Second)
				if !yield(1) {
					return
				}
			}
		}
		for _, o := range []par.Options{{Workers: 1}, {Workers: 3}} {
			want := []string{"1@11", "1@21", "1@31"}
			if o.Workers == 1 {
				want = []string{"1@11", "1@22", "1@33"} // reading and working take turns
			}
			if got := arrivals(t, par.Map(t.Context(), input, sleep, o)); !slices.Equal(got, want) {
				t.Errorf("%d workers: %v, want %v", o.Workers, got, want)
			}
		}
	})
}

func TestContextEndsStreamPromptlyWithItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, parent := range []context.Context{t.Context(), par.WithBudget(t.Context(), 1), par.WithBudget(t.Context(), 3)} {
			ctx, cancel := context.WithTimeout(parent, 2500*time.Millisecond)
			start := time.Now()
			var values int
			var last error
			for _, err := range par.Map(ctx, []int{1, 1, 1, 1, 1, 1, 1, 1, 1}, sleep) {
				if last = err; err == nil {
					values++
				}
			}
			if d := time.Since(start); d != 2500*time.Millisecond || !errors.Is(last, context.DeadlineExceeded) || values < 2 {
				t.Errorf("ended after %v with %v, %d values before", d, last, values)
			}
			cancel()
		}
	})
}

func TestLeavingTheLoopCancelsRunningCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for range par.Map(t.Context(), []int{1, 3600, 3600, 3600}, sleep, par.Options{Workers: 4}) {
			break
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("the loop ended after %v, want 1s", d)
		}
	})
}

// While the body of the loop is busy, the workers fill the look-ahead and no more.
func TestWorkersGoOnWhileTheBodyIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for _, err := range par.Map(t.Context(), []int{1, 1, 1, 1}, sleep, par.Options{Workers: 1}) {
			if err != nil {
				t.Fatal(err)
			}
			<-time.After(time.Second)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("4 items of 1 s and 4 bodies of 1 s, side by side, took %v, want 5s", d)
		}
	})
}

// The look-ahead is two, so the second worker goes away while the body is busy, and has to come back when the body has
// made room, although the first worker is still at its long item.
func TestWorkersComeBackWhenThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var got []string
		for v := range par.MapUnordered(t.Context(), []int{1, 100, 1, 1}, sleep, par.Options{Workers: 2, Ahead: 2}) {
			got = append(got, fmt.Sprintf("%d@%g", v, time.Since(start).Seconds()))
			<-time.After(5 * time.Second)
		}
		if want := []string{"1@1", "1@6", "1@11", "100@100"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// While items follow each other at once the look-ahead grows to its bound; when they come slowly, here because the body
// of the loop is slow, it is twice the workers again.
func TestLookAheadFollowsThePaceOfTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pulled atomic.Int64
		most, last, delivered := int64(0), int64(0), int64(0)
		for range par.Map(par.WithBudget(t.Context(), 4), naturals(&pulled), double) {
			delivered++
			synctest.Wait() // let the workers fill the look-ahead
			last = pulled.Load() - delivered
			most = max(most, last)
			if delivered > 20_000 {
				<-time.After(time.Second)
			}
			if delivered == 24_000 {
				break
			}
		}
		if most < 512 || most > 1024 || last > 8 {
			t.Errorf("look-ahead grew to %d and ended at %d; want about 1024, then at most 8", most, last)
		}
	})
}
