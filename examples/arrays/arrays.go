package arrays

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/ndarray"
)

// SumTranspose computes (A + A.T).sum() of a random matrix A, and compares it with a loop over the same matrix in memory.
func SumTranspose(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "sum_transpose", Title: "The sum of A + A.T, for a matrix A of random numbers."}
	n := 4000
	if p.Quick {
		n = 500
	}
	a := array.Random(1).Uniform(0, 1, array.Shape{n, n}, array.Chunks(n/10))

	start := time.Now()
	whole, err := array.Collect[float64](ctx, c, a.Rechunk(array.Chunks(-1)))
	if err != nil {
		return r, err
	}
	plain := 0.0
	data := whole.Memory()
	for i := range n {
		for j := range n {
			plain += data[i*n+j] + data[j*n+i]
		}
	}
	r.Serial = time.Since(start)

	start = time.Now()
	sum := a.Add(a.T()).Sum()
	total, err := array.Value[float64](ctx, c, sum)
	if err != nil {
		return r, err
	}
	r.Parallel = time.Since(start)
	if r.Tasks, err = sum.Tasks(); err != nil {
		return r, err
	}
	r.Checks = []examples.Check{
		{Name: "sum", Result: total, Reference: plain, Tolerance: 1e-5},
		{Name: "mean", Result: total / float64(n) / float64(n), Reference: 1, Tolerance: 0.01},
	}
	r.Notes = []string{fmt.Sprintf("A would take %.1f MB; no task ever holds a chunk of it", float64(n)*float64(n)*8/1e6)}
	return r, nil
}

// Integral computes the double integral of sin(x+y) over [0, π]² by the midpoint rule, in two halves.
func Integral(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "integral", Title: "The integral of sin(x+y) over [0, π]² as an expression of arrays."}
	n := 10_000
	if p.Quick {
		n = 1000
	}
	h := math.Pi / float64(n)

	start := time.Now()
	plain := 0.0
	for i := range n / 10 { // a tenth, and ten times the time
		for j := range n {
			plain += math.Sin(h*(float64(i)+0.5) + h*(float64(j)+0.5))
		}
	}
	r.Serial = 10 * time.Since(start)

	start = time.Now()
	x := array.Arange(0, float64(n), 1, array.Chunks(n/20)).Add(0.5).Mul(h)
	sines := x.ExpandDims(1).Add(x.Rechunk(array.Chunks(-1))).Sin()
	lower := sines.Slice(ndarray.To(n / 2)).Sum().Mul(h * h)
	upper := sines.Slice(ndarray.From(n / 2)).Sum().Mul(h * h)
	halves, err := array.Compute(ctx, c, lower, upper)
	if err != nil {
		return r, err
	}
	r.Parallel = time.Since(start)
	for _, a := range []*array.Array{lower, upper} {
		tasks, err := a.Tasks()
		if err != nil {
			return r, err
		}
		r.Tasks += tasks
	}
	first, second := halves[0].(*ndarray.Array[float64]).At(), halves[1].(*ndarray.Array[float64]).At()
	r.Checks = []examples.Check{
		{Name: "integral", Result: first + second, Reference: 0, Tolerance: 1e-10},
		{Name: "lower half", Result: first, Reference: 2, Tolerance: 1e-5},
		{Name: "upper half", Result: second, Reference: -2, Tolerance: 1e-5},
	}
	r.Notes = []string{fmt.Sprintf("%d sines, of coordinates that are never stored", n*n)}
	return r, nil
}
