package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// Average returns the means with weights, of the shape of a or of the one axis that is reduced.
func (r Reduction) Average(a, weights *Array) *Array {
	s := site{"Average", caller()}
	if err := s.check(a, weights); err != nil {
		return &Array{err: err}
	}
	if !slices.Equal(weights.Shape(), a.Shape()) {
		axis, err := r.only(s, a)
		if err != nil {
			return &Array{err: err}
		}
		if weights.Rank() != 1 || weights.Size() != a.Shape()[axis] {
			return s.fail("weights of shape %s for axis %d of shape %s", tuple(weights.Shape()), axis, tuple(a.Shape()))
		}
		for range a.Rank() - 1 - axis {
			weights = weights.ExpandDims(-1)
		}
		weights = weights.BroadcastTo(a.Shape())
	}
	d, err := ndarray.ResultType(a.DType(), weights.DType())
	if err != nil {
		return s.fail("%w", err)
	}
	d = floatType(d)
	a, weights = s.cast(a, d), s.cast(weights, d)
	return s.binary(tile.Divide, r.sum(s, s.binary(tile.Multiply, a, weights)), r.sum(s, weights))
}

// only returns the single axis that is reduced.
func (r Reduction) only(s site, a *Array) (int, error) {
	if r.all && a.Rank() == 1 {
		return 0, nil
	}
	if r.all || len(r.axes) != 1 {
		return 0, s.fail("several axes of shape %s are reduced, and it must be one", tuple(a.Shape())).err
	}
	return s.along(a, r.axes[0])
}

// Moment returns the means of a power of the distances from the mean.
func (r Reduction) Moment(a *Array, order int) *Array {
	s := site{"Moment", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if order < 0 {
		return s.fail("moment number %d", order)
	}
	kept := r
	kept.keep = true
	distance := s.binary(tile.Subtract, a, kept.mean(s, a))
	return r.mean(s, s.binary(tile.Power, distance, order))
}

// CumSum returns the cumulative sums along the one axis that is reduced, with the options of r: NaN may be left out.
func (r Reduction) CumSum(a *Array) *Array { return r.scan(site{"CumSum", caller()}, a, false) }

// CumProd returns the cumulative products along the one axis that is reduced, with the options of r: NaN may be left out.
func (r Reduction) CumProd(a *Array) *Array { return r.scan(site{"CumProd", caller()}, a, true) }

func (r Reduction) scan(s site, a *Array, product bool) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	axis, err := r.only(s, a)
	if err != nil {
		return &Array{err: err}
	}
	neutral := 0
	if product {
		neutral = 1
	}
	return scan(s, r.without(s, a, neutral), axis, product)
}

// Cov returns the covariances of variables, which are the rows of a, from the samples in its columns: sums of products divided by the
// number of samples minus one.
func (a *Array) Cov() *Array { return covariance(site{"Cov", caller()}, a) }

func covariance(s site, a *Array) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	switch a.Rank() {
	case 1:
		a = a.ExpandDims(0)
	case 2:
	default:
		return s.fail("samples of shape %s: the rows of two axes are variables", tuple(a.Shape()))
	}
	d := floatType(a.DType())
	if d == ndarray.Float32 {
		d = ndarray.Float64
	}
	x := s.cast(a, d)
	x = s.binary(tile.Subtract, x, Along(1).Keep().mean(s, x))
	y := transpose(s, x, nil)
	if d.IsComplex() {
		y = s.apply(tile.Conj, y)
	}
	c := s.binary(tile.Divide, matmul(s, x, y), float64(a.Shape()[1]-1))
	if c.err == nil && c.Size() == 1 {
		return c.Squeeze()
	}
	return c
}

// CorrCoef returns the correlation coefficients of variables, which are the rows of a.
func (a *Array) CorrCoef() *Array {
	s := site{"CorrCoef", caller()}
	c := covariance(s, a)
	if c.Err() != nil || c.Rank() == 0 {
		return s.binary(tile.Divide, c, c)
	}
	deviation := s.apply(tile.Sqrt, s.apply(tile.Real, c.Diagonal(0, 0, 1)))
	c = s.binary(tile.Divide, s.binary(tile.Divide, c, deviation.ExpandDims(1)), deviation)
	if c.DType().IsComplex() {
		return c
	}
	return s.apply(tile.Minimum, s.apply(tile.Maximum, c, -1.0), 1.0)
}

// Gradient returns the differences of the neighbours on either side, along an axis, divided by their distance, which is twice the
// spacing; at the ends those of the one neighbour.
func (a *Array) Gradient(spacing float64, axis int) *Array {
	s := site{"Gradient", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Shape()[at]
	if n < 2 {
		return s.fail("axis %d of shape %s has %d elements: a gradient needs two", at, tuple(a.Shape()), n)
	}
	a = s.cast(a, floatType(a.DType()))
	part := func(x ndarray.Index) *Array {
		items := make([]ndarray.Index, at+1)
		items[at] = x
		return a.Slice(items...)
	}
	slope := func(x, y *Array, distance float64) *Array {
		return s.binary(tile.Divide, s.binary(tile.Subtract, x, y), distance)
	}
	ends := [2]*Array{
		slope(part(ndarray.Range(1, 2)), part(ndarray.Range(0, 1)), spacing),
		slope(part(ndarray.Range(n-1, n)), part(ndarray.Range(n-2, n-1)), spacing),
	}
	inner := slope(part(ndarray.From(2)), part(ndarray.To(n-2)), 2*spacing)
	return s.regrid(concatenate(s, at, []*Array{ends[0], inner, ends[1]}), a.node.Grid)
}

// IsClose returns whether elements of a and b differ by at most atol plus rtol times the size of that of b; infinities of one sign are
// close, and NaN is to nothing.
func (a *Array) IsClose(b any, rtol, atol float64) *Array {
	return isClose(site{"IsClose", caller()}, a, b, rtol, atol)
}

func isClose(s site, a *Array, b any, rtol, atol float64) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	o, err := s.operandOf(b)
	if err != nil {
		return &Array{err: err}
	}
	d, err := common([]operand{{array: a}, o})
	if err != nil {
		return s.fail("%w", err)
	}
	x, y := s.cast(a, floatType(d)), b
	if o.array != nil {
		y = s.cast(o.array, floatType(d))
	}
	distance := s.apply(tile.Abs, s.binary(tile.Subtract, x, y))
	limit := s.binary(tile.Add, s.binary(tile.Multiply, s.apply(tile.Abs, y), rtol), atol)
	near := s.binary(tile.LessEqual, distance, limit)
	if o.array != nil || !d.IsInteger() {
		near = s.binary(tile.BitAnd, near, s.apply(tile.IsFinite, y))
	}
	return s.binary(tile.BitOr, near, s.binary(tile.Equal, x, y))
}

// AllClose returns whether all elements are close; see [Array.IsClose].
func (a *Array) AllClose(b any, rtol, atol float64) *Array {
	s := site{"AllClose", caller()}
	return AlongAll().fold(s, isClose(s, a, b, rtol, atol), tile.All, ndarray.Bool, nil)
}
