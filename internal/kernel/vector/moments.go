package vector

import "math/bits"

// Moments are the number of values, their mean, and the sum of the squares of
// their distances from it. Variance is M2 / N, or M2 / (N - 1) of a sample. The
// zero Moments are those of no values.
type Moments struct {
	N    int64
	Mean float64
	M2   float64
}

// Join returns the moments of the values of m and o together, by the formulas of
// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
// computing sample variances" (1979).
func (m Moments) Join(o Moments) Moments {
	if m.N == 0 {
		return o
	}
	if o.N == 0 {
		return m
	}
	n := m.N + o.N
	d := o.Mean - m.Mean
	share := float64(o.N) / float64(n)
	return Moments{
		N:    n,
		Mean: m.Mean + float64(d*share),
		M2:   m.M2 + o.M2 + float64(float64(d*d)*float64(float64(m.N)*share)),
	}
}

// momentsLen is the length of runs that stay in the first cache for a second sweep.
const momentsLen = blockLen / 2

// MomentsOf returns the moments of a in one pass over memory: of runs of momentsLen,
// joined in pairs as [Sum] does.
func MomentsOf[T Float](a []T) Moments {
	var acc accumulators
	if len(a) <= momentsLen {
		return momentsRun(&acc, a)
	}
	var level [64]Moments
	count := uint64(0)
	for len(a) > 0 {
		m := momentsRun(&acc, a[:min(len(a), momentsLen)])
		a = a[m.N:]
		n := bits.TrailingZeros64(^count)
		for i := range n {
			m = level[i].Join(m)
		}
		level[n] = m
		count++
	}
	var total Moments
	for i := range level {
		if count>>i&1 != 0 {
			total = level[i].Join(total)
		}
	}
	return total
}

// momentsRun sweeps twice over what is in the cache the second time.
func momentsRun[T Float](acc *accumulators, run []T) Moments {
	if len(run) == 0 {
		return Moments{}
	}
	mean := sumRun(acc, run) / float64(len(run))
	return Moments{N: int64(len(run)), Mean: mean, M2: squaresRun(acc, run, mean)}
}
