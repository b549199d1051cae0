package lazy

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// stretch is how many numbers a call looks at.
const stretch = 100

// called counts the calls of primes, to show when they happen. A task should not have such side effects: it may be tried
// more than once.
var called atomic.Int64

var primes = braid.Func("lazy/primes", func(_ context.Context, from int) (int, error) {
	called.Add(1)
	return count(from), nil
})

var total = braid.Func("lazy/total", func(_ context.Context, counts []int) (int, error) {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum, nil
})

// Run counts the primes below 10⁷ by 100,000 calls, which it first writes down.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "lazy", Title: "Primes below ten million by 100,000 calls: written down first, computed later."}
	limit, known := 10_000_000, 664_579
	if p.Quick {
		r.Title, limit, known = "Primes below a million by 10,000 calls: written down first, computed later.", 1_000_000, 78_498
	}

	start, plain := time.Now(), 0
	for from := 0; from < limit; from += stretch {
		if err := ctx.Err(); err != nil {
			return r, context.Cause(ctx)
		}
		plain += count(from)
	}
	r.Serial = time.Since(start)

	before := called.Load()
	start = time.Now()
	var calls []*braid.Delayed[int]
	for from := 0; from < limit; from += stretch {
		calls = append(calls, primes.Call(braid.V(from)))
	}
	sum := total.Call(braid.All(calls))
	written, early := time.Since(start), called.Load()-before

	future := braid.Submit(ctx, c, sum) // now it begins …
	submitted := time.Since(start)
	found, err := future.Get(ctx) // … and now it is waited for
	if err != nil {
		return r, err
	}
	r.Parallel, r.Tasks = time.Since(start), len(calls)+1

	r.Checks = []examples.Check{
		{Name: "primes", Result: float64(found), Reference: float64(known)},
		{Name: "primes, serial", Result: float64(plain), Reference: float64(known)},
		{Name: "run while writing", Result: float64(early), Reference: 0},
	}
	r.Notes = []string{fmt.Sprintf("%d calls: written in %v (%.2f µs each), handed over in %v, computed in %v", len(calls),
		written.Round(time.Microsecond), written.Seconds()*1e6/float64(len(calls)), (submitted - written).Round(time.Microsecond),
		(r.Parallel - submitted).Round(time.Microsecond))}
	return r, nil
}

// count returns how many of the numbers from, from+1 … from+stretch-1 are prime.
func count(from int) int {
	found := 0
	for n := from; n < from+stretch; n++ {
		if isPrime(n) {
			found++
		}
	}
	return found
}

func isPrime(n int) bool {
	if n < 4 || n%2 == 0 {
		return n == 2 || n == 3
	}
	for d := 3; d*d <= n; d += 2 {
		if n%d == 0 {
			return false
		}
	}
	return true
}
