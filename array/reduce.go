package array

import (
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Reduction says which axes are reduced, and how. Its methods are those of [Array] with these options:
//
//	array.Along(0).Sum(a)           // the sum of each column
//	array.Along(0, 1).Keep().Max(a) // reduced axes stay, with length 1
type Reduction struct {
	axes []int
	all  bool
	keep bool
	ddof float64
	skip bool
	fan  int
}

// Along returns the reduction along some axes, which may count from the end; without any, along none.
func Along(axes ...int) Reduction { return Reduction{axes: axes} }

// AlongAll returns the reduction along all axes.
func AlongAll() Reduction { return Reduction{all: true} }

// Keep leaves the reduced axes in the result, with length 1, so that it broadcasts against what was reduced.
func (r Reduction) Keep() Reduction { r.keep = true; return r }

// DDof sets what is subtracted from the number of values in a variance or standard deviation: 1 for that of a sample.
func (r Reduction) DDof(n float64) Reduction { r.ddof = n; return r }

// SkipNaN leaves out values that are NaN, as NumPy's functions do whose names begin with nan.
func (r Reduction) SkipNaN() Reduction { r.skip = true; return r }

// SplitEvery sets how many partial results one task merges, at least 2, instead of 16: fewer make the tree deeper and its tasks smaller.
// Results of floats may differ in their last bits.
func (r Reduction) SplitEvery(n int) Reduction { r.fan = n; return r }

func (r Reduction) fanIn() int {
	if r.fan == 0 {
		return arrays.FanIn
	}
	return r.fan
}

// reduced returns which axes are reduced, and how many values make one result.
func (r Reduction) reduced(a *Array) ([]bool, int64, error) {
	mask, n := make([]bool, a.Rank()), int64(1)
	axes := r.axes
	if r.all {
		axes = nil
		for i := range mask {
			axes = append(axes, i)
		}
	}
	axes, err := axesOf(axes, a.Rank())
	if err != nil {
		return nil, 0, err
	}
	for _, i := range axes {
		mask[i] = true
		n *= int64(a.node.Shape[i])
	}
	return mask, n, nil
}

// fold reduces values, whose type is not changed before; to is that of the result.
func (r Reduction) fold(s site, a *Array, f tile.Fold, to ndarray.DType, more func(*tile.Reduction, int64)) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	mask, n, err := r.reduced(a)
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	if r.fanIn() < 2 {
		return s.fail("SplitEvery(%d): a task merges at least 2 partial results", r.fan)
	}
	red := tile.Reduction{Fold: f, DType: a.DType(), Reduced: mask, To: to, Keep: r.keep, SkipNaN: r.skip}
	if more != nil {
		more(&red, n)
	}
	if err := red.Check(a.Rank()); err != nil {
		return s.fail("there is no %s of elements of type %v", f, a.DType())
	}
	if needsValues := f == tile.Min || f == tile.Max || f == tile.ArgMin || f == tile.ArgMax; needsValues && n == 0 {
		return s.fail("of no values there is no %v: an axis of shape %s that is reduced has no elements", f, tuple(a.Shape()))
	}
	return &Array{node: arrays.Reduce(s.name, s.pc, red, r.fanIn(), a.node)}
}

// sumType is the type of a sum or product: at least 64 bits for integers.
func sumType(d ndarray.DType) ndarray.DType {
	if d.IsFloat() || d.IsComplex() {
		return d
	}
	return tile.Accumulates(d)
}

// floatType is the type of a mean.
func floatType(d ndarray.DType) ndarray.DType {
	if d.IsFloat() || d.IsComplex() {
		return d
	}
	return ndarray.Float64
}

// without returns the array with another value in place of NaN, if these are to be skipped.
func (r Reduction) without(s site, a *Array, value any) *Array {
	if !r.skip || a.Err() != nil || !a.DType().IsFloat() && !a.DType().IsComplex() {
		return a
	}
	return s.where(s.apply(tile.IsNaN, a), value, a)
}

// Sum returns the sums: of integers in 64 bits, of floats of 32 bits rounded once.
func (r Reduction) Sum(a *Array) *Array { return r.sum(site{"Sum", caller()}, a) }

func (r Reduction) sum(s site, a *Array) *Array {
	return r.fold(s, r.without(s, a, 0), tile.Sum, sumType(a.DType()), nil)
}

// Prod returns the products.
func (r Reduction) Prod(a *Array) *Array { return r.prod(site{"Prod", caller()}, a) }

func (r Reduction) prod(s site, a *Array) *Array {
	return r.fold(s, r.without(s, a, 1), tile.Prod, sumType(a.DType()), nil)
}

// Mean returns the means; NaN of no values.
func (r Reduction) Mean(a *Array) *Array { return r.mean(site{"Mean", caller()}, a) }

func (r Reduction) mean(s site, a *Array) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	to := floatType(a.DType())
	if d := a.DType(); d.IsInteger() && d.Size() == 8 {
		a = s.cast(a, to) // their sum may have more than 64 bits
	}
	if r.skip && a.DType() != to || r.skip && (to.IsFloat() || to.IsComplex()) {
		total := r.fold(s, r.without(s, a, 0), tile.Sum, to, nil)
		count := r.fold(s, s.apply(tile.Not, s.apply(tile.IsNaN, a)), tile.Sum, ndarray.Int64, nil)
		return s.cast(s.binary(tile.Divide, total, count), to)
	}
	return r.fold(s, a, tile.Sum, to, func(red *tile.Reduction, n int64) { red.Count, red.Final = n, tile.Mean })
}

// Var returns the variances: the mean of the squares of the distances from the mean.
func (r Reduction) Var(a *Array) *Array { return r.moments(site{"Var", caller()}, a, tile.Var) }

// Std returns the standard deviations: the square roots of the variances.
func (r Reduction) Std(a *Array) *Array { return r.moments(site{"Std", caller()}, a, tile.Std) }

func (r Reduction) moments(s site, a *Array, final tile.Final) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	to := floatType(a.DType())
	if to.IsComplex() { // the distance in the plane, squared, is that of either part
		v := s.binary(tile.Add, r.moments(s, s.apply(tile.Real, a), tile.Var), r.moments(s, s.apply(tile.Imag, a), tile.Var))
		if final == tile.Std {
			return s.apply(tile.Sqrt, v)
		}
		return v
	}
	return r.fold(s, s.cast(a, ndarray.Float64), tile.Moments, to, func(red *tile.Reduction, n int64) {
		red.Final, red.DDof = final, r.ddof
	})
}

// Min returns the least values; NaN where one is.
func (r Reduction) Min(a *Array) *Array {
	return r.fold(site{"Min", caller()}, a, tile.Min, a.DType(), nil)
}

// Max returns the greatest values; NaN where one is.
func (r Reduction) Max(a *Array) *Array {
	return r.fold(site{"Max", caller()}, a, tile.Max, a.DType(), nil)
}

// Any returns whether a value is true, or other than zero.
func (r Reduction) Any(a *Array) *Array {
	s := site{"Any", caller()}
	return r.fold(s, s.truth(a), tile.Any, ndarray.Bool, nil)
}

// All returns whether all values are true, or other than zero.
func (r Reduction) All(a *Array) *Array {
	s := site{"All", caller()}
	return r.fold(s, s.truth(a), tile.All, ndarray.Bool, nil)
}

// CountNonzero returns how many values are true, or other than zero.
func (r Reduction) CountNonzero(a *Array) *Array {
	s := site{"CountNonzero", caller()}
	return r.fold(s, s.truth(a), tile.Sum, ndarray.Int64, nil)
}

// ArgMin returns the index of the first of the least values, along the axis or, along all axes, in row-major order. A
// NaN is less than everything.
func (r Reduction) ArgMin(a *Array) *Array { return r.arg(site{"ArgMin", caller()}, a, tile.ArgMin) }

// ArgMax returns the index of the first of the greatest values, along the axis or, along all axes, in row-major order.
// A NaN is greater than everything.
func (r Reduction) ArgMax(a *Array) *Array { return r.arg(site{"ArgMax", caller()}, a, tile.ArgMax) }

func (r Reduction) arg(s site, a *Array, f tile.Fold) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if !r.all && len(r.axes) != 1 && len(r.axes) != a.Rank() {
		return s.fail("the index of a value along %d of %d axes is no number: name one axis, or all", len(r.axes), a.Rank())
	}
	return r.fold(s, a, f, ndarray.Int64, func(red *tile.Reduction, _ int64) {
		red.Coef = make([]int64, a.Rank())
		step := int64(1)
		for i := a.Rank() - 1; i >= 0; i-- {
			if red.Reduced[i] {
				red.Coef[i] = step
				step *= int64(a.node.Shape[i])
			}
		}
	})
}

// PTP returns the distances between the greatest and the least values.
func (r Reduction) PTP(a *Array) *Array {
	s := site{"PTP", caller()}
	return s.binary(tile.Subtract, r.fold(s, a, tile.Max, a.DType(), nil), r.fold(s, a, tile.Min, a.DType(), nil))
}

// Sum returns the sum of all elements; see [Reduction.Sum].
func (a *Array) Sum() *Array { return AlongAll().sum(site{"Sum", caller()}, a) }

// Prod returns the product of all elements; see [Reduction.Prod].
func (a *Array) Prod() *Array { return AlongAll().prod(site{"Prod", caller()}, a) }

// Mean returns the mean of all elements; see [Reduction.Mean].
func (a *Array) Mean() *Array { return AlongAll().mean(site{"Mean", caller()}, a) }

// Var returns the variance of all elements; see [Reduction.Var].
func (a *Array) Var() *Array { return AlongAll().moments(site{"Var", caller()}, a, tile.Var) }

// Std returns the standard deviation of all elements; see [Reduction.Std].
func (a *Array) Std() *Array { return AlongAll().moments(site{"Std", caller()}, a, tile.Std) }

// Norm returns the square root of the sum of the squares of all elements.
func (a *Array) Norm() *Array {
	s := site{"Norm", caller()}
	return s.apply(tile.Sqrt, AlongAll().sum(s, s.apply(tile.Square, s.apply(tile.Abs, a))))
}
