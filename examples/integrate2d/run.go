package integrate2d

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// strip is the rows First ≤ i < Last of a grid of N by N points.
type strip struct{ N, First, Last int }

var rows = braid.Func("integrate2d/rows", func(_ context.Context, s strip) (float64, error) {
	return Rows(s.N, s.First, s.Last), nil
})

// Run integrates by a hundred strips of a hundred rows each.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "integrate2d", Title: "The integral of sin(x+y) over [0, π]² by the midpoint rule."}
	n := 10_000
	if p.Quick {
		n = 1000
	}

	start := time.Now()
	Rows(n, 0, n)
	r.Serial = time.Since(start)

	start = time.Now()
	var strips []strip
	for first := 0; first < n; first += n / 100 {
		strips = append(strips, strip{n, first, first + n/100})
	}
	parts, err := rows.Map(ctx, c, strips).Gather(ctx)
	if err != nil {
		return r, err
	}
	lower, upper := sum(parts[:50]), sum(parts[50:])
	r.Parallel, r.Tasks = time.Since(start), len(strips)

	r.Checks = []examples.Check{
		{Name: "integral", Result: lower + upper, Reference: 0, Tolerance: 1e-10},
		{Name: "lower half", Result: lower, Reference: 2, Tolerance: 1e-5},
		{Name: "upper half", Result: upper, Reference: -2, Tolerance: 1e-5},
	}
	start = time.Now()
	serialRows(n, 0, n)
	plain := time.Since(start)
	r.Notes = []string{
		fmt.Sprintf("%d sines, %.2f ns each on one core", n*n, r.Serial.Seconds()*1e9/float64(n*n)),
		fmt.Sprintf("the plain loop over math.Sin takes %.3g s on one core, %.1f times as long as these kernels in parallel",
			plain.Seconds(), plain.Seconds()/r.Parallel.Seconds()),
	}
	return r, nil
}

func sum(parts []float64) float64 {
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}
