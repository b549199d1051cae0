package vector

import (
	"math"
	"math/bits"
)

// Sums have one shape, whatever computes them. A run of blockLen elements is
// added up in lanes accumulators, element i of the run going to accumulator
// i mod lanes; the accumulators are added in pairs, halves first; and runs are
// added in pairs like the leaves of a tree that grows from the left. So the
// error grows with blockLen/lanes and the logarithm of the length only, and the
// bits of the result are the same on every processor.
const (
	lanes    = 32
	blockLen = 4096
)

// accumulators are the sums of a run so far.
type accumulators [lanes]float64

// start sets all accumulators to what changes no sum: also that of only
// negative zeros remains -0.
func (acc *accumulators) start() {
	for i := range acc {
		acc[i] = math.Copysign(0, -1)
	}
}

// sum adds the accumulators up.
func (acc *accumulators) sum() float64 {
	for n := lanes / 2; n > 0; n /= 2 {
		for i := range n {
			acc[i] += acc[n+i]
		}
	}
	return acc[0]
}

// A cascade adds numbers in pairs as a tree that grows from the left: level i
// holds the sum of 2^i numbers if bit i of count is set.
type cascade struct {
	count uint64
	level [64]float64
}

func (c *cascade) add(x float64) {
	n := bits.TrailingZeros64(^c.count)
	for i := range n {
		x = c.level[i] + x
	}
	c.level[n] = x
	c.count++
}

// sum adds what is left, the latest first.
func (c *cascade) sum() float64 {
	if c.count == 0 {
		return 0
	}
	i := bits.TrailingZeros64(c.count)
	x := c.level[i]
	for i++; i < 64 && c.count>>i != 0; i++ {
		if c.count>>i&1 != 0 {
			x = c.level[i] + x
		}
	}
	return x
}

// inRuns adds what run gives for the elements from one number up to another, run
// by run, of n elements.
func inRuns(n int, run func(from, to int) float64) float64 {
	if n <= blockLen {
		if n == 0 {
			return 0
		}
		return run(0, n)
	}
	var total cascade
	for from := 0; from < n; from += blockLen {
		total.add(run(from, min(n, from+blockLen)))
	}
	return total.sum()
}

// Sum returns the sum of a, added pairwise in float64: the error is about
// (n/32 for n up to 4096, then 128) + log₂ n half ulps of the sum of absolute
// values at the very most, and some ulps in practice.
func Sum[T Float](a []T) float64 {
	var acc accumulators
	return inRuns(len(a), func(from, to int) float64 { return sumRun(&acc, a[from:to]) })
}

func sumRun[T Float](acc *accumulators, run []T) float64 {
	acc.start()
	i := accumulate(opSum, acc, run, run, 0)
	for ; i+lanes <= len(run); i += lanes {
		for j, x := range (*[lanes]T)(run[i:]) {
			acc[j] += float64(x)
		}
	}
	for ; i < len(run); i++ {
		acc[i%lanes] += float64(run[i])
	}
	return acc.sum()
}

// SumSquares returns the sum of (a[i] - center)², added like [Sum]. With the
// mean as the center it is the numerator of a variance.
func SumSquares[T Float](a []T, center float64) float64 {
	var acc accumulators
	return inRuns(len(a), func(from, to int) float64 { return squaresRun(&acc, a[from:to], center) })
}

func squaresRun[T Float](acc *accumulators, run []T, center float64) float64 {
	acc.start()
	i := accumulate(opSumSquares, acc, run, run, center)
	for ; i+lanes <= len(run); i += lanes {
		for j, x := range (*[lanes]T)(run[i:]) {
			d := float64(x) - center
			acc[j] = math.FMA(d, d, acc[j])
		}
	}
	for ; i < len(run); i++ {
		d := float64(run[i]) - center
		acc[i%lanes] = math.FMA(d, d, acc[i%lanes])
	}
	return acc.sum()
}

// Dot returns the sum of a[i]·b[i], added like [Sum], each product being exact.
func Dot[T Float](a, b []T) float64 {
	b = b[:len(a)]
	var acc accumulators
	return inRuns(len(a), func(from, to int) float64 { return dotRun(&acc, a[from:to], b[from:to]) })
}

func dotRun[T Float](acc *accumulators, a, b []T) float64 {
	acc.start()
	i := accumulate(opDot, acc, a, b, 0)
	for ; i+lanes <= len(a); i += lanes {
		x, y := (*[lanes]T)(a[i:]), (*[lanes]T)(b[i:])
		for j := range x {
			acc[j] = math.FMA(float64(x[j]), float64(y[j]), acc[j])
		}
	}
	for ; i < len(a); i++ {
		acc[i%lanes] = math.FMA(float64(a[i]), float64(b[i]), acc[i%lanes])
	}
	return acc.sum()
}

// Prod returns the product of a, in float64, multiplied in the order of [Sum].
func Prod[T Float](a []T) float64 {
	product := 1.0
	var acc accumulators
	for len(a) > 0 {
		run := a[:min(len(a), blockLen)]
		a = a[len(run):]
		for i := range acc {
			acc[i] = 1
		}
		for i := accumulate(opProd, &acc, run, run, 0); i < len(run); i++ {
			acc[i%lanes] *= float64(run[i])
		}
		for n := lanes / 2; n > 0; n /= 2 {
			for i := range n {
				acc[i] *= acc[n+i]
			}
		}
		product *= acc[0]
	}
	return product
}

// SumSigned returns the sum of a, modulo 2⁶⁴.
func SumSigned[T Signed](a []T) int64 {
	sum := int64(0)
	for _, x := range a {
		sum += int64(x)
	}
	return sum
}

// SumUnsigned returns the sum of a, modulo 2⁶⁴.
func SumUnsigned[T Unsigned](a []T) uint64 {
	sum := uint64(0)
	for _, x := range a {
		sum += uint64(x)
	}
	return sum
}

// ProdSigned returns the product of a, modulo 2⁶⁴.
func ProdSigned[T Signed](a []T) int64 {
	product := int64(1)
	for _, x := range a {
		product *= int64(x)
	}
	return product
}

// ProdUnsigned returns the product of a, modulo 2⁶⁴.
func ProdUnsigned[T Unsigned](a []T) uint64 {
	product := uint64(1)
	for _, x := range a {
		product *= uint64(x)
	}
	return product
}
