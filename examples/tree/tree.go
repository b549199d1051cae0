package tree

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

var add = braid.Func2("tree/add", func(_ context.Context, x, y int) (int, error) { return x + y, nil })

// Run adds up the numbers from 1 to 65,536 by pairs. If it is to draw, it draws the same tree of 16 numbers.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "tree", Title: "The sum of the numbers from 1 to a power of two, by pairs."}
	n := 1 << 16
	if p.Quick {
		n = 1 << 10
	}

	start := time.Now()
	plain := 0
	for i := range n {
		plain += i + 1
	}
	r.Serial = time.Since(start)

	start = time.Now()
	sum := pairwise(n)
	written := time.Since(start)
	total, err := braid.Submit(ctx, c, sum).Get(ctx)
	if err != nil {
		return r, err
	}
	r.Parallel, r.Tasks = time.Since(start), n-1

	if p.Picture != nil {
		// Drawing runs nothing. Sixteen numbers make a picture that can be read.
		if err := pairwise(16).Visualize(p.Picture); err != nil {
			return r, err
		}
	}
	exact := float64(n / 2 * (n + 1))
	r.Checks = []examples.Check{
		{Name: "sum", Result: float64(total), Reference: exact},
		{Name: "sum, serial", Result: float64(plain), Reference: exact},
	}
	r.Notes = []string{fmt.Sprintf("%d tasks: %.2f µs each to write down, %.2f µs to run", r.Tasks,
		written.Seconds()*1e6/float64(r.Tasks), (r.Parallel-written).Seconds()*1e6/float64(r.Tasks))}
	return r, nil
}

// pairwise writes down the sum of 1 … n, for a power of two from 2 on.
func pairwise(n int) *braid.Delayed[int] {
	level := make([]*braid.Delayed[int], n/2)
	for i := range level {
		level[i] = add.Call(braid.V(2*i+1), braid.V(2*i+2))
	}
	for len(level) > 1 {
		for i := range len(level) / 2 {
			level[i] = add.Call(level[2*i], level[2*i+1])
		}
		level = level[:len(level)/2]
	}
	return level[0]
}
