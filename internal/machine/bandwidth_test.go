package machine

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"testing"
)

func TestTheTriadComputesAllOfItsPart(t *testing.T) {
	const n, workers = 1000, 7
	m := triad{a: make([]float64, n), b: make([]float64, n), c: make([]float64, n), begin: make(chan struct{}), ended: make(chan struct{})}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() { m.work(n*w/workers, n*(w+1)/workers) })
	}
	m.run(workers)
	m.run(workers)
	close(m.begin)
	group.Wait()
	for w := range workers {
		first, last := n*w/workers, n*(w+1)/workers
		for i := first; i < last; i++ {
			if want := float64(i-first) + 3*2; m.a[i] != want || m.b[i] != float64(i-first) || m.c[i] != 2 {
				t.Fatalf("a[%d] = %g, b = %g, c = %g; want %g = b + 3·c", i, m.a[i], m.b[i], m.c[i], want)
			}
		}
	}
}

func TestBandwidthHasFiveRunsOfEverySetOfWorkers(t *testing.T) {
	sets := [][]int{nil}
	if cpus, err := CPUs(); err == nil {
		sets = append(sets, cpus[:1], cpus)
	}
	for _, cpus := range sets {
		b, err := MeasureBandwidth(t.Context(), cpus, 3, 1<<16+4)
		if err != nil {
			t.Fatal(err)
		}
		workers := 3
		if len(cpus) > 0 {
			workers = len(cpus)
		}
		if b.Workers != workers || b.ArrayBytes != 1<<16 || len(b.Runs) != bandwidthRuns {
			t.Errorf("on CPUs %v: %+v", cpus, b)
		}
		for _, run := range b.Runs {
			if !(run > 0) || math.IsInf(run, 0) {
				t.Errorf("on CPUs %v: %g bytes a second", cpus, run)
			}
		}
	}
}

func TestBandwidthCanBeStoppedAndRefuses(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if b, err := MeasureBandwidth(ctx, nil, 2, 1<<10); err != cause || len(b.Runs) != 0 || b.Median() != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	for _, c := range []struct {
		workers int
		bytes   int64
	}{{0, 1 << 10}, {-1, 1 << 10}, {2, 15}, {1, -8}, {1, mostBytes + 1}} {
		if b, err := MeasureBandwidth(t.Context(), nil, c.workers, c.bytes); err == nil {
			t.Errorf("%d workers, %d bytes: %+v", c.workers, c.bytes, b)
		}
	}
	if _, err := MeasureBandwidth(t.Context(), []int{0, 1023}, 0, 1<<10); err == nil && runtime.NumCPU() < 1024 {
		t.Error("a CPU that is not there was used")
	}
}

func TestArraysAreFourTimesTheCachesOrAnEighthOfTheMemory(t *testing.T) {
	for _, c := range []struct {
		lastLevel, usable, want int64
		enough                  bool
	}{
		{32 * mib, 16 * gib, 128 * mib, true},
		{8 * mib, 16 * gib, 64 * mib, true},
		{512 * mib, 8 * gib, gib, false},
		{0, 16 * gib, 64 * mib, false}, // unknown caches
		{32 * mib, 0, 128 * mib, true}, // unknown memory
		{mostBytes, gib, gib / 8, false},
	} {
		if have, enough := BandwidthArray(c.lastLevel, c.usable); have != c.want || enough != c.enough {
			t.Errorf("%+v: %d, %v", c, have, enough)
		}
	}
}

func TestMedianOfRuns(t *testing.T) {
	b := Bandwidth{Runs: []float64{5, 1, 4, 2, 3}}
	if b.Median() != 3 || b.Runs[0] != 5 {
		t.Errorf("%g of %v", b.Median(), b.Runs)
	}
}
