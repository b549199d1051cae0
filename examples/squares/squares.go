package squares

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

var square = braid.Func("squares/square", func(_ context.Context, n int) (int, error) { return n * n, nil })

// Run squares the numbers from 1 to 100,000, a task each. The sum of the squares is n(n+1)(2n+1)/6.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "squares", Title: "The squares of the numbers from 1 on, a task each."}
	numbers := make([]int, 100_000)
	if p.Quick {
		numbers = numbers[:1000]
	}
	for i := range numbers {
		numbers[i] = i + 1
	}

	start := time.Now()
	plain := make([]int, len(numbers))
	for i, n := range numbers {
		plain[i] = n * n
	}
	r.Serial = time.Since(start)

	start = time.Now()
	squares, err := square.Map(ctx, c, numbers).Gather(ctx)
	if err != nil {
		return r, err
	}
	r.Parallel, r.Tasks = time.Since(start), len(numbers)

	n := len(numbers)
	r.Checks = []examples.Check{
		{Name: "sum of squares", Result: float64(sum(squares)), Reference: float64(n * (n + 1) * (2*n + 1) / 6)},
		{Name: "in their places", Result: float64(same(squares, plain)), Reference: float64(n)},
	}
	r.Notes = []string{
		fmt.Sprintf("the first ten: %v", squares[:10]),
		fmt.Sprintf("%.2f µs a task: Map pays for functions that take longer than that", r.Parallel.Seconds()*1e6/float64(n)),
	}
	return r, nil
}

func sum(numbers []int) int {
	total := 0
	for _, n := range numbers {
		total += n
	}
	return total
}

// same counts the places at which two slices of the same length have the same number.
func same(a, b []int) int {
	count := 0
	for i := range a {
		if a[i] == b[i] {
			count++
		}
	}
	return count
}
