package par_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"testing/synctest"

	"github.com/braid-compute/braid/par"
	"pgregory.net/rapid"
)

// letters is a leaf whose values, joined in order, spell the range.
func letters(_ context.Context, lo, hi int) (string, error) {
	var b strings.Builder
	for i := lo; i < hi; i++ {
		b.WriteByte(byte('a' + i%26))
	}
	return b.String(), nil
}

func join(left, right string) string { return left + right }

func TestReduceMergesNeighboursInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-1, 3000).Draw(t, "n")
		got, err := par.Reduce(anyContext(t), n, letters, join, anyOptions(t))
		want, _ := letters(context.Background(), 0, n)
		if err != nil || got != want {
			t.Fatalf("got %d letters, want %d, err %v", len(got), len(want), err)
		}
	})
}

// The numbers differ by many orders of magnitude, so another order of additions gives another sum.
func TestReduceGivesSameBitsOnAnyNumberOfWorkers(t *testing.T) {
	const seed = 20
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	xs := make([]float64, 100_003)
	for i := range xs {
		xs[i] = rng.NormFloat64() * math.Pow(10, float64(rng.IntN(20)))
	}
	sum := func(_ context.Context, lo, hi int) (float64, error) {
		s := 0.0
		for _, x := range xs[lo:hi] {
			s += x
		}
		return s, nil
	}
	add := func(x, y float64) float64 { return x + y }
	for _, chunk := range []int{0, 1, 7, 1000} {
		var first float64
		for workers := 1; workers <= 9; workers++ {
			got, err := par.Reduce(context.Background(), len(xs), sum, add, par.Options{Workers: workers, Chunk: chunk})
			if err != nil {
				t.Fatal(err)
			}
			if workers == 1 {
				first = got
			} else if math.Float64bits(got) != math.Float64bits(first) {
				t.Errorf("chunk %d: %v on %d workers, %v on 1", chunk, got, workers, first)
			}
		}
	}
}

// The tree written down: ((0 1)(2 3))((4 5) 6).
func TestReduceTreeIsPairwise(t *testing.T) {
	leaf := func(_ context.Context, lo, _ int) (string, error) { return string(rune('0' + lo)), nil }
	bracket := func(l, r string) string { return "(" + l + r + ")" }
	got, err := par.Reduce(context.Background(), 7, leaf, bracket, par.Options{Chunk: 1, Workers: 3})
	if want := "(((01)(23))((45)6))"; got != want || err != nil {
		t.Errorf("got %s, want %s, err %v", got, want, err)
	}
}

func TestReduceReportsFailedLeafAndFailedMerge(t *testing.T) {
	one := func(context.Context, int, int) (int, error) { return 1, nil }
	add := func(x, y int) int { return x + y }
	got, err := par.Reduce(context.Background(), 100, func(_ context.Context, lo, _ int) (int, error) {
		if lo == 30 {
			return 5, errBoom
		}
		return 1, nil
	}, add, par.Options{Chunk: 10})
	var e *par.Error
	if got != 0 || !errors.As(err, &e) || e.Op != "par.Reduce" || e.Index != 30 || e.End != 40 {
		t.Errorf("leaf: %d, %v", got, err)
	}
	_, err = par.Reduce(context.Background(), 100, one, func(int, int) int { panic(errBoom) }, par.Options{Chunk: 10})
	if !errors.Is(err, errBoom) || !errors.As(err, new(*par.PanicError)) {
		t.Errorf("merge: %v", err)
	}
}

// Merging must not wait for the slowest leaf: all but the last merge are done before it arrives.
func TestReduceMergesWhileLeavesRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := par.Reduce(t.Context(), 4, func(_ context.Context, lo, _ int) (int, error) {
			if lo == 3 {
				<-time.After(10 * time.Second)
			}
			return lo, nil
		}, func(x, y int) int {
			<-time.After(5 * time.Second)
			return x + y
		}, par.Options{Workers: 4, Chunk: 1})
		// 0+1 in the first 5 s; 2+3 and the root after the 10 s.
		if d := time.Since(start); err != nil || d != 20*time.Second {
			t.Errorf("took %v, err %v, want 20s", d, err)
		}
	})
}
