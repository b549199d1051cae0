package taskbench

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// A client that adds a fixed time to every task has a METG that can be computed: of a task of o µs overhead and k µs kernel,
// k/(o+k) is well spent.
func TestSearchFindsTheMETGOfAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		overhead := math.Pow(10, rapid.Float64Range(-2, 2.5).Draw(t, "log10 of overhead"))
		goal := rapid.Float64Range(0.1, 0.9).Draw(t, "efficiency")
		rate := rapid.Float64Range(100, 1000).Draw(t, "rate")
		cores := rapid.IntRange(1, 64).Draw(t, "cores")
		const tasks = 64
		m, err := Search(t.Context(), goal, Bounds{}, func(_ context.Context, n int) (Sample, error) {
			elapsed := tasks * (overhead + float64(n)/rate) / float64(cores)
			return sample(n, tasks, cores, float64(cores), elapsed, rate), nil
		})
		kernel := overhead * goal / (1 - goal)
		if kernel*rate > mostIterations/2 {
			t.Skip("out of reach")
		}
		if kernel*rate < 16 { // a few iterations: the step from one to the next is coarse
			if err != nil || m.Kernel > 17/rate {
				t.Fatalf("%+v, %v", m, err)
			}
			return
		}
		if want := overhead + kernel; err != nil || math.Abs(m.Granularity/want-1) > 0.02 || math.Abs(m.Kernel/kernel-1) > 0.02 {
			t.Fatalf("METG %v with a kernel of %v, want %v and %v; %v", m.Granularity, m.Kernel, want, kernel, err)
		}
	})
}

func TestSearchOfATreeCountsItsParallelism(t *testing.T) {
	g := Graph{Pattern: Tree, Width: 4, Steps: 3}
	const overhead, rate = 5.0, 400.0
	m, err := Search(t.Context(), 0.5, Bounds{}, func(_ context.Context, n int) (Sample, error) {
		elapsed := 4 * (overhead + float64(n)/rate) // the four rounds of 1, 2 and 4 tasks on two cores
		return sample(n, g.Tasks(), 2, g.Parallelism(2), elapsed, rate), nil
	})
	if want := 10.0 * 4 * 2 / 7; err != nil || math.Abs(m.Granularity/want-1) > 0.02 || math.Abs(m.Kernel/overhead-1) > 0.02 {
		t.Errorf("METG %v with a kernel of %v, want %v and %v; %v", m.Granularity, m.Kernel, want, overhead, err)
	}
}

// A client that wastes 0.2 ms on each of many tasks is efficient only in runs that take long: the search goes on to them, and not much
// further.
func TestSearchGoesOnToLongRuns(t *testing.T) {
	const tasks, overhead, rate = 64_000, 200.0, 400.0
	longest := 0.0
	m, err := Search(t.Context(), 0.5, Bounds{}, func(_ context.Context, n int) (Sample, error) {
		s := sample(n, tasks, 2, 2, tasks*(overhead+float64(n)/rate)/2, rate)
		longest = max(longest, s.Elapsed)
		return s, nil
	})
	if err != nil || math.Abs(m.Granularity/(2*overhead)-1) > 0.02 {
		t.Errorf("METG %v, want %v; %v", m.Granularity, 2*overhead, err)
	}
	if least := tasks * overhead; longest > shortStride*least {
		t.Errorf("the longest run took %v µs, and %v is long enough", longest, least)
	}
}

func TestSearchSaysWhyThereIsNoMETG(t *testing.T) {
	one := func(_ context.Context, n int) (Sample, error) {
		return sample(n, 10, 2, 2, 10*float64(n)/400, 400), nil
	} // one core of two
	if m, err := Search(t.Context(), 0.6, Bounds{}, one); err == nil || !strings.Contains(err.Error(), "the best had 50 %") || len(m.Samples) == 0 {
		t.Errorf("never efficient: %v after %d samples", err, len(m.Samples))
	}
	slow := func(_ context.Context, n int) (Sample, error) {
		return sample(n, 1e6, 2, 2, 1e6*float64(n)/400, 400), nil
	}
	// Of 0.64 and 2.56 s, and then in shorter strides to 65.6 s.
	if m, err := Search(t.Context(), 0.6, Bounds{}, slow); err == nil || len(m.Samples) != 10 || m.Samples[9].Elapsed > 1.5*longestRun {
		t.Errorf("never efficient, and slow: %v after %d samples", err, len(m.Samples))
	}
	broken := errors.New("broken")
	if _, err := Search(t.Context(), 0.5, Bounds{}, func(context.Context, int) (Sample, error) { return Sample{}, broken }); !errors.Is(err, broken) {
		t.Errorf("a run that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	m, err := Search(ctx, 0.5, Bounds{}, func(_ context.Context, n int) (Sample, error) {
		cancel()
		return sample(n, 10, 1, 1, 1e6, 400), nil
	})
	if !errors.Is(err, context.Canceled) || len(m.Samples) != 1 {
		t.Errorf("an interrupt: %v after %d samples", err, len(m.Samples))
	}
	free := func(_ context.Context, n int) (Sample, error) {
		return sample(n, 10, 1, 1, 10*float64(n)/400, 400), nil
	}
	if m, err := Search(t.Context(), 0.5, Bounds{}, free); err != nil || math.Abs(m.Granularity-1.0/400) > 1e-9 {
		t.Errorf("no overhead at all: METG %v, want one iteration; %v", m.Granularity, err)
	}
}

func TestMeasureTakesTheMedianOfShortRuns(t *testing.T) {
	g := Graph{Pattern: Stencil1D, Width: 4, Steps: 10}
	runs := 0
	measure := g.Measure(2, func(_ context.Context, n int) (Result, error) {
		runs++
		return Result{Tasks: 40, Elapsed: time.Duration(runs) * time.Millisecond}, nil
	})
	// 1 + 2 + … + 8 ms are more than 30; the median of eight is the fifth.
	if s, err := measure(t.Context(), 1000); err != nil || runs != 8 || math.Abs(s.Granularity-5000*2/40) > 1e-9 || s.Kernel <= 0 {
		t.Errorf("%+v after %d runs, %v", s, runs, err)
	}
}

// A search that begins where an earlier one ended needs few tries, and one that has a time box stops at what it has measured.
func TestSearchInATimeBox(t *testing.T) {
	const overhead, rate, tasks = 10.0, 400.0, 1_000_000
	measure := func(_ context.Context, n int) (Sample, error) {
		s := sample(n, tasks, 2, 2, tasks*(overhead+float64(n)/rate)/2, rate)
		<-time.After(time.Duration(s.Elapsed * 1e3)) // virtual
		return s, nil
	}
	synctest.Test(t, func(t *testing.T) {
		whole, err := Search(t.Context(), 0.5, Bounds{}, measure)
		if err != nil || math.Abs(whole.Granularity/(2*overhead)-1) > 0.02 {
			t.Fatalf("METG %v, want %v; %v", whole.Granularity, 2*overhead, err)
		}
		for _, from := range []int{3500, 4500} {
			m, err := Search(t.Context(), 0.5, Bounds{From: from}, measure)
			if err != nil || math.Abs(m.Granularity/(2*overhead)-1) > 0.02 || len(m.Samples) > 5 || len(m.Samples) >= len(whole.Samples) {
				t.Errorf("from %d: METG %v in %d tries, and in %d from the beginning; %v", from, m.Granularity, len(m.Samples), len(whole.Samples), err)
			}
		}
		begin := time.Now()
		m, err := Search(t.Context(), 0.5, Bounds{Box: 70 * time.Second}, measure)
		if err != nil || time.Since(begin) > 70*time.Second || len(m.Samples) >= len(whole.Samples) {
			t.Fatalf("%d tries in %v; %v", len(m.Samples), time.Since(begin), err)
		}
		if !slices.ContainsFunc(m.Samples, func(s Sample) bool { return s.Granularity == m.Granularity && s.Efficiency >= 0.5 }) {
			t.Errorf("METG %v was not measured: %+v", m.Granularity, m.Samples)
		}
		if _, err := Search(t.Context(), 0.5, Bounds{Box: 20 * time.Second}, measure); err == nil || !strings.Contains(err.Error(), "in 20s") {
			t.Errorf("no efficient tasks in the time: %v", err)
		}
	})
}
