package array

import (
	"math"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Generator makes arrays of random numbers. Each array has a stream of its own, that of the seed and of how many arrays
// the generator made before; the value of an element depends on the stream and on the element's place in row-major
// order, and not on chunks, workers or the order of computing. The first array of Uniform values in [0, 1) has the
// values that NumPy's Generator(Philox(key=seed)) draws.
//
// A Generator must not be used by several goroutines at once.
type Generator struct {
	seed   uint64
	stream uint64
}

// Random returns a generator for a seed.
func Random(seed uint64) *Generator { return &Generator{seed: seed} }

// next returns uniform numbers of a new stream.
func (r *Generator) next(s site, shape Shape, m making) *Array {
	g, err := m.grid(shape, 8)
	if err != nil {
		return s.fail("%w", err)
	}
	key := [2]uint64{r.seed, r.stream}
	r.stream++
	return &Array{node: arrays.Uniform(s.name, s.pc, key, g)}
}

// cast gives numbers the type that the options ask for.
func (m making) cast(s site, a *Array) *Array {
	if m.dtype == 0 {
		return a
	}
	return s.cast(a, m.dtype)
}

// Uniform returns numbers from low up to and without high.
func (r *Generator) Uniform(low, high float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Uniform", caller()}, options(opts)
	if width := high - low; !(width >= 0) || math.IsInf(width, 0) {
		return s.fail("from %v to %v: the second must not be below the first, and both finite", low, high)
	}
	a := r.next(s, shape, m)
	if high != 1 || low != 0 {
		a = s.binary(tile.Multiply, a, high-low)
	}
	if low != 0 {
		a = s.binary(tile.Add, a, low)
	}
	return m.cast(s, a)
}

// Normal returns numbers of the normal distribution with a mean and a standard deviation, by the method of Box and
// Muller.
func (r *Generator) Normal(mean, deviation float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Normal", caller()}, options(opts)
	if deviation < 0 {
		return s.fail("a standard deviation of %v", deviation)
	}
	return m.cast(s, s.moved(s.scaled(r.normal(s, shape, m), deviation), mean))
}

// normal returns numbers of mean 0 and standard deviation 1.
func (r *Generator) normal(s site, shape Shape, m making) *Array {
	u, v := r.next(s, shape, m), r.next(s, shape, m)
	radius := s.apply(tile.Sqrt, s.binary(tile.Multiply, s.apply(tile.Log1p, s.apply(tile.Negative, u)), -2.0))
	return s.binary(tile.Multiply, radius, s.apply(tile.Cos, s.binary(tile.Multiply, v, 2*math.Pi)))
}

// Exponential returns numbers of the exponential distribution with a mean.
func (r *Generator) Exponential(mean float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Exponential", caller()}, options(opts)
	if mean < 0 {
		return s.fail("a mean of %v", mean)
	}
	u := r.next(s, shape, m)
	return m.cast(s, s.binary(tile.Multiply, s.apply(tile.Log1p, s.apply(tile.Negative, u)), -mean))
}

// Integers returns whole numbers from low up to and without high, which may be at most 2⁵³ apart, as int64 unless the
// option As says another type.
func (r *Generator) Integers(low, high int64, shape Shape, opts ...Option) *Array {
	s, m := site{"Integers", caller()}, options(opts)
	return m.cast(s, r.integers(s, low, high, shape, m))
}

func (r *Generator) integers(s site, low, high int64, shape Shape, m making) *Array {
	width := uint64(high - low)
	if low >= high || width > 1<<53 {
		return s.fail("from %d to %d: there must be from 1 to 2⁵³ numbers", low, high)
	}
	for _, n := range []int64{low, high - 1} {
		v, _ := scalarOf(int(n))
		if err := v.fits(m.dtype); err != nil {
			return s.fail("%w", err)
		}
	}
	a := s.cast(s.binary(tile.Multiply, r.next(s, shape, m), float64(width)), ndarray.Int64)
	return s.binary(tile.Add, a, low)
}
