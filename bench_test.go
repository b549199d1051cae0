package braid_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

var noop = braid.Func("bench/noop", func(_ context.Context, n int) (int, error) { return n, nil })

func open(b *testing.B, slots int) *braid.Client {
	b.Helper()
	c, err := braid.Open(b.Context(), braid.Options{Slots: slots})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	})
	return c
}

// BenchmarkSubmitGet submits one call to an idle client of two slots and waits for its result, from outside any task.
func BenchmarkSubmitGet(b *testing.B) {
	ctx := context.Background()
	c := open(b, 2)
	took := make([]time.Duration, 0, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := braid.Submit(ctx, c, noop.Call(braid.V(3))).Get(ctx); err != nil {
			b.Fatal(err)
		}
		if len(took) < cap(took) {
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}

// BenchmarkMapGather maps a function over a million items and gathers the results.
func BenchmarkMapGather(b *testing.B) {
	const n = 1_000_000
	ctx := context.Background()
	c := open(b, 2)
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	for b.Loop() {
		fs := noop.Map(ctx, c, items)
		if _, err := fs.Gather(ctx); err != nil {
			b.Fatal(err)
		}
		fs.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/item")
}

// BenchmarkWriteDown writes a million delayed calls down; BenchmarkComputeDelayed submits and computes them.
func BenchmarkWriteDown(b *testing.B) {
	const n = 1_000_000
	calls := make([]*braid.Delayed[int], n)
	for b.Loop() {
		for i := range calls {
			calls[i] = noop.Call(braid.V(i))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/call")
}

var last = braid.Func("bench/last", func(_ context.Context, all []int) (int, error) { return all[len(all)-1], nil })

// BenchmarkComputeDelayed submits a million delayed calls as one graph and computes them.
func BenchmarkComputeDelayed(b *testing.B) {
	const n = 1_000_000
	ctx := context.Background()
	c := open(b, 2)
	calls := make([]*braid.Delayed[int], n)
	for i := range calls {
		calls[i] = noop.Call(braid.V(i))
	}
	all := last.Call(braid.All(calls))
	for b.Loop() {
		f := braid.Submit(ctx, c, all)
		if v, err := f.Get(ctx); err != nil || v != n-1 {
			b.Fatal(v, err)
		}
		f.Release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/call")
}
