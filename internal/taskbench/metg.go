package taskbench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// Sample is one point of the curve of efficiency over granularity.
type Sample struct {
	Iterations  int     // of the kernel
	Granularity float64 // µs: elapsed time × cores / tasks
	Kernel      float64 // µs that the kernel takes alone on one core, averaged over the tasks
	Efficiency  float64 // time in which the cores would have done the kernels alone, over the elapsed time
	Elapsed     float64 // µs that the whole run took
}

// METG is the minimum effective task granularity: the smallest at which a given efficiency is reached.
type METG struct {
	Granularity float64 // µs
	Kernel      float64 // µs: how much of it is the kernel, which is efficiency × granularity if the graph has enough parallelism
	Samples     []Sample
}

// Iterations returns the number of the sample that is closest to the result.
func (m *METG) Iterations() int {
	distance := func(s Sample) float64 { return math.Abs(s.Granularity - m.Granularity) }
	return slices.MinFunc(m.Samples, func(a, b Sample) int { return cmp.Compare(distance(a), distance(b)) }).Iterations
}

// What a search tries.
const (
	firstIterations = 256
	mostIterations  = 1 << 22 // milliseconds a task
	longRun         = 5e6     // µs; what would take longer is approached in shorter strides
	longestRun      = 60e6    // µs; after a run that took as long, no longer ones are tried
	stride          = 4       // between the tries that bracket the result
	shortStride     = 1.5     // and between those that take long
	closeEnough     = 1.15    // ratio between the two samples that the result is interpolated from
)

// Bounds say where a search begins and when it ends. The zero value stands for the defaults.
type Bounds struct {
	From int           // iterations that are tried first, such as what an earlier search found. Default 256
	Box  time.Duration // nothing is tried that would end later than that. Default: no bound
}

// Search finds the METG for an efficiency between 0 and 1, by measuring at different numbers of kernel iterations: first it
// brackets the efficiency, then it halves the bracket, and at the end it interpolates, the logarithm of the granularity over the
// efficiency. The error is that of measure, or says that the efficiency was never reached. If even a single iteration is
// efficient enough, the result is the sample at one iteration; if the time is over before the bracket is narrow, it is the sample at its
// upper end.
func Search(ctx context.Context, efficiency float64, bounds Bounds, measure func(ctx context.Context, iterations int) (Sample, error)) (METG, error) {
	var m METG
	start := time.Now()
	fits := func(elapsed float64) bool {
		return bounds.Box <= 0 || time.Since(start)+time.Duration(elapsed*1e3) <= bounds.Box
	}
	try := func(iterations int) (Sample, error) {
		if err := ctx.Err(); err != nil {
			return Sample{}, context.Cause(ctx)
		}
		s, err := measure(ctx, iterations)
		if err == nil {
			m.Samples = append(m.Samples, s)
		}
		return s, err
	}
	low, high, err := bracket(efficiency, bounds, fits, try)
	if err != nil {
		return m, err
	}
	for low.Efficiency < efficiency && float64(high.Iterations) > closeEnough*float64(low.Iterations) && high.Iterations > low.Iterations+1 {
		if !fits(high.Elapsed) {
			low = high
			break
		}
		middle := int(math.Sqrt(float64(low.Iterations) * float64(high.Iterations)))
		s, err := try(max(middle, low.Iterations+1))
		switch {
		case err != nil:
			return m, err
		case s.Efficiency < efficiency:
			low = s
		default:
			high = s
		}
	}
	at := 0.0 // where between low and high
	if low.Efficiency < efficiency {
		at = (efficiency - low.Efficiency) / (high.Efficiency - low.Efficiency)
	}
	between := func(a, b float64) float64 { return a * math.Pow(b/a, at) }
	m.Granularity = between(low.Granularity, high.Granularity)
	m.Kernel = between(low.Kernel, high.Kernel)
	return m, nil
}

// bracket finds a sample below the efficiency and one that reaches it.
func bracket(efficiency float64, bounds Bounds, fits func(elapsed float64) bool, try func(int) (Sample, error)) (low, high Sample, err error) {
	stride := float64(stride)
	if bounds.From > 0 {
		stride = shortStride
	}
	s, err := try(cmp.Or(bounds.From, firstIterations))
	if err != nil {
		return s, s, err
	}
	if s.Efficiency >= efficiency {
		for high = s; ; high = s {
			if !fits(high.Elapsed) {
				return high, high, nil
			}
			if s, err = try(max(1, int(float64(high.Iterations)/stride))); err != nil || s.Efficiency < efficiency || s.Iterations == 1 {
				return s, high, err
			}
		}
	}
	best, over := s, ""
	for low = s; low.Iterations < mostIterations && low.Elapsed < longestRun; low = s {
		longer := stride
		if low.Elapsed*stride > longRun {
			longer = shortStride
		}
		if !fits(low.Elapsed * longer) {
			over = fmt.Sprintf(" in %v", bounds.Box)
			break
		}
		if s, err = try(int(math.Ceil(float64(low.Iterations) * longer))); err != nil || s.Efficiency >= efficiency {
			return low, s, err
		}
		if s.Efficiency > best.Efficiency {
			best = s
		}
	}
	return low, s, fmt.Errorf("taskbench: no tasks reached an efficiency of %.0f %%%s: the best had %.0f %%, at %.3g µs a task; "+
		"are other programs running, or are there fewer cores than slots?", 100*efficiency, over, 100*best.Efficiency, best.Granularity)
}

// Measure returns a function for [Search] that runs a graph with the Compute kernel: run does it once, with its number of
// iterations, on so many cores. The rate of one core is measured before and after.
func (g Graph) Measure(cores int, run func(ctx context.Context, iterations int) (Result, error)) func(context.Context, int) (Sample, error) {
	parallelism := g.Parallelism(cores)
	return func(ctx context.Context, iterations int) (Sample, error) {
		before := OneCore()
		runtime.GC()
		elapsed, tasks, err := repeat(ctx, iterations, run)
		if err != nil {
			return Sample{}, err
		}
		return sample(iterations, tasks, cores, parallelism, elapsed, max(before, OneCore())), nil
	}
}

// sample works a run out. The rate is in iterations a µs, the elapsed time in µs.
func sample(iterations, tasks, cores int, parallelism, elapsed, rate float64) Sample {
	kernel := float64(iterations) / rate
	return Sample{
		Iterations:  iterations,
		Granularity: elapsed * float64(cores) / float64(tasks),
		Kernel:      kernel,
		Efficiency:  kernel * float64(tasks) / parallelism / elapsed,
		Elapsed:     elapsed,
	}
}

// Short runs are repeated: until they have taken so long together, but not too often.
const (
	longEnough = 30 * time.Millisecond
	mostRuns   = 25
)

// repeat returns the median time of the runs in µs.
func repeat(ctx context.Context, iterations int, run func(context.Context, int) (Result, error)) (elapsed float64, tasks int, err error) {
	var times []time.Duration
	for total := time.Duration(0); total < longEnough && len(times) < mostRuns; {
		r, err := run(ctx, iterations)
		if err != nil {
			return 0, 0, err
		}
		times, tasks, total = append(times, r.Elapsed), r.Tasks, total+r.Elapsed
	}
	slices.Sort(times)
	return float64(times[len(times)/2].Nanoseconds()) / 1e3, tasks, nil
}

// OneCore returns how many iterations of the Compute kernel one core does in a µs: in the best of several tries of a few
// hundred µs, so that what disturbs the others does not count.
func OneCore() float64 {
	const n, tries = 100_000, 5
	best := math.MaxFloat64
	for range tries {
		start := time.Now()
		if compute(n) < 0 {
			return 0
		}
		best = min(best, float64(time.Since(start).Nanoseconds())/1e3)
	}
	return n / best
}
