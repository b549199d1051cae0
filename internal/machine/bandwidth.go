package machine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Bandwidth is a measurement of how fast memory is read and written.
type Bandwidth struct {
	Workers    int       // threads that measured together
	ArrayBytes int64     // of each of the three arrays
	Runs       []float64 // bytes a second, in order
}

// Median returns the middle of the runs, in bytes a second; 0 if there are none.
func (b Bandwidth) Median() float64 {
	if len(b.Runs) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(b.Runs))[len(b.Runs)/2]
}

// BandwidthArray returns how many bytes each array of a measurement should have: four times the last level of caches, so that
// they hold little of it, and no more than an eighth of the usable memory, as there are three. enough is false if that is less
// than four times.
func BandwidthArray(lastLevel, usable int64) (bytes int64, enough bool) {
	want := max(4*lastLevel, 64*mib)
	if lastLevel > mostBytes/4 {
		want = mostBytes
	}
	if usable > 0 && want > usable/8 {
		return usable / 8, false
	}
	return want, lastLevel > 0
}

const bandwidthRuns = 5

// MeasureBandwidth runs the triad a[i] = b[i] + s·c[i] over three arrays of float64, five times after one warm-up, with a
// thread on each of the CPUs (or with workers threads anywhere, if there are no CPUs to choose). Each thread touches its
// part of the arrays first, so that it lies in the memory near to it. A run moves 24 bytes an element; that a processor
// may read a before it writes it is not counted. (J. D. McCalpin, "Memory bandwidth and machine balance in current high
// performance computers", IEEE TCCA Newsletter, 1995: STREAM.)
//
// The end of ctx ends it between two runs, with what was measured.
func MeasureBandwidth(ctx context.Context, cpus []int, workers int, arrayBytes int64) (Bandwidth, error) {
	if len(cpus) > 0 {
		workers = len(cpus)
	}
	if workers < 1 || arrayBytes < int64(8*workers) || arrayBytes > mostBytes {
		return Bandwidth{}, errors.New("bandwidth is measured by at least one worker, on at least one element each")
	}
	if ctx.Err() != nil { // before the memory is touched, which takes time
		return Bandwidth{}, context.Cause(ctx)
	}
	n := int(arrayBytes / 8)
	m := triad{
		a: make([]float64, n), b: make([]float64, n), c: make([]float64, n),
		begin: make(chan struct{}), ended: make(chan struct{}),
	}
	b := Bandwidth{Workers: workers, ArrayBytes: int64(n) * 8}
	var group sync.WaitGroup
	errs := make([]error, workers)
	for w := range workers {
		var cpu []int
		if len(cpus) > 0 {
			cpu = cpus[w : w+1]
		}
		group.Go(func() {
			errs[w] = OnCPUs(cpu, func() error { m.work(n*w/workers, n*(w+1)/workers); return nil })
			if errs[w] != nil {
				m.serve(func() {}) // so that the others do not wait
			}
		})
	}
	for range 1 + bandwidthRuns { // the first touches the memory
		if ctx.Err() != nil {
			break
		}
		start := time.Now()
		m.run(workers)
		b.Runs = append(b.Runs, 3*float64(b.ArrayBytes)/max(time.Since(start), 1).Seconds())
	}
	close(m.begin)
	group.Wait()
	if len(b.Runs) > 0 {
		b.Runs = b.Runs[1:]
	}
	if err := errors.Join(errs...); err != nil {
		return Bandwidth{}, err
	}
	return b, context.Cause(ctx)
}

// triad is the work of a measurement.
type triad struct {
	a, b, c      []float64
	begin, ended chan struct{}
}

// run lets all workers do their part once.
func (m *triad) run(workers int) {
	for range workers {
		m.begin <- struct{}{}
	}
	for range workers {
		<-m.ended
	}
}

// work is a worker with the elements from first up to last.
func (m *triad) work(first, last int) {
	a, b, c := m.a[first:last], m.b[first:last], m.c[first:last]
	for i := range a {
		a[i], b[i], c[i] = 0, float64(i), 2
	}
	m.serve(func() { add(a, b, c, 3) })
}

// serve does something at each beginning.
func (m *triad) serve(do func()) {
	for range m.begin {
		do()
		m.ended <- struct{}{}
	}
}

// add is the kernel.
func add(a, b, c []float64, s float64) {
	b, c = b[:len(a)], c[:len(a)] // which spares the checks of bounds in the loop
	for i := range a {
		a[i] = b[i] + s*c[i]
	}
}
