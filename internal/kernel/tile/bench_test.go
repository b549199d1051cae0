package tile

import (
	"math"
	"testing"
	"time"

	"github.com/braid-compute/braid/ndarray"
)

// BenchmarkReduce sums programs over a region; "ns/point" is the time for one point on one core, and "best-ns/point" that of the fastest run.
func BenchmarkReduce(b *testing.B) {
	const rows, cols = 64, 10_000
	f := ndarray.Float64
	scale := math.Float64bits(math.Pi / cols)
	grid := Program{ // sin(h·i + h·j)
		Loads: []Load{
			{Source: Index, DType: ndarray.Int64, Coef: []int64{1, 0}},
			{Source: Index, DType: ndarray.Int64, Coef: []int64{0, 1}},
			{Source: Constant, DType: f, Value: [2]uint64{scale}, Coef: []int64{0, 0}},
		},
		Steps: []Step{
			{Op: Cast, DType: ndarray.Int64, To: f, Args: [3]uint16{0}},
			{Op: Cast, DType: ndarray.Int64, To: f, Args: [3]uint16{1}},
			{Op: Multiply, DType: f, Args: [3]uint16{3, 2}},
			{Op: Multiply, DType: f, Args: [3]uint16{4, 2}},
			{Op: Add, DType: f, Args: [3]uint16{5, 6}},
			{Op: Sin, DType: f, Args: [3]uint16{7}},
		},
	}
	one, two, half := [2]uint64{math.Float64bits(1)}, [2]uint64{math.Float64bits(2)}, [2]uint64{math.Float64bits(0.5)}
	chain := Program{ // |(2a + 1)·a - 1/2|
		Loads: []Load{
			{Source: Input, DType: f, Coef: []int64{cols, 1}},
			{Source: Constant, DType: f, Value: two, Coef: []int64{0, 0}},
			{Source: Constant, DType: f, Value: one, Coef: []int64{0, 0}},
			{Source: Constant, DType: f, Value: half, Coef: []int64{0, 0}},
		},
		Steps: []Step{
			{Op: Multiply, DType: f, Args: [3]uint16{0, 1}},
			{Op: Add, DType: f, Args: [3]uint16{4, 2}},
			{Op: Multiply, DType: f, Args: [3]uint16{5, 0}},
			{Op: Subtract, DType: f, Args: [3]uint16{6, 3}},
			{Op: Abs, DType: f, Args: [3]uint16{7}},
		},
	}
	plain := Program{Loads: chain.Loads[:1]}
	input := []ndarray.Untyped{ndarray.New[float64](rows, cols)}
	for _, c := range []struct {
		name    string
		program Program
		fold    Fold
	}{{"grid/sum", grid, Sum}, {"chain/sum", chain, Sum}, {"input/sum", plain, Sum}, {"input/moments", plain, Moments}} {
		b.Run(c.name, func(b *testing.B) {
			k, err := New(c.program, 2)
			if err != nil {
				b.Fatal(err)
			}
			red := &Reduction{Fold: c.fold, DType: f, Reduced: []bool{true, true}, To: f, Final: Std}
			best := time.Hour
			for b.Loop() {
				start := time.Now()
				if _, err := k.Reduce(red, []int{0, 0}, []int{rows, cols}, input); err != nil {
					b.Fatal(err)
				}
				best = min(best, time.Since(start))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/cols, "ns/point")
			b.ReportMetric(float64(best.Nanoseconds())/rows/cols, "best-ns/point")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPairs sums A + A.T of random numbers over a region and the mirrored one; "ns/point" counts the points of both.
func BenchmarkPairs(b *testing.B) {
	const side = 512
	k, err := New(symmetric(20_000), 2)
	if err != nil {
		b.Fatal(err)
	}
	red := &Reduction{Fold: Sum, DType: ndarray.Float64, Reduced: []bool{true, true}, To: ndarray.Float64}
	best := time.Hour
	for b.Loop() {
		start := time.Now()
		if _, err := k.ReducePair(red, []int{0, 2000}, []int{side, side}); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*side*side), "ns/point")
	b.ReportMetric(float64(best.Nanoseconds())/(2*side*side), "best-ns/point")
	b.ReportMetric(0, "ns/op")
}
