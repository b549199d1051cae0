package mean

import (
	"context"
	"slices"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// Workers is how many slots the exercise wants the client to have.
const Workers = 4

const rows, chunk = 10_000, 1000

var sum = braid.Func("mean/sum", func(_ context.Context, values []float64) (float64, error) { return add(values), nil })

// Run computes the mean of the column by ten chunks.
func Run(ctx context.Context, c *braid.Client, _ examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "mean", Title: "The mean of a column of 10,000 values, by ten chunks."}
	column := make([]float64, rows)
	for i := range column {
		column[i] = float64(3 + 2*i)
	}

	start := time.Now()
	plain := add(column) / rows
	r.Serial = time.Since(start)

	start = time.Now()
	chunks := slices.Collect(slices.Chunk(column, chunk))
	sums, err := sum.Map(ctx, c, chunks).Gather(ctx)
	if err != nil {
		return r, err
	}
	mean := add(sums) / rows
	r.Parallel, r.Tasks = time.Since(start), len(chunks)

	r.Checks = []examples.Check{
		{Name: "mean", Result: mean, Reference: 10_002},
		{Name: "mean, serial", Result: plain, Reference: 10_002},
	}
	r.Notes = []string{"the chunks share the memory of the column: nothing is copied"}
	return r, nil
}

func add(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}
