package tile

import (
	"errors"
	"math"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Merge returns the partial of the values of all partials, which are of neighbouring regions in their order. There must
// be one at least.
func (r *Reduction) Merge(partials []*Partial) (*Partial, error) {
	if len(partials) == 0 {
		return nil, errors.New("tile: no partial results to merge")
	}
	for _, p := range partials {
		if err := r.check(p); err != nil {
			return nil, err
		}
		if !slices.Equal(p.Parts[0].Shape(), partials[0].Parts[0].Shape()) {
			return nil, errors.New("tile: partial results of different shapes cannot be merged")
		}
	}
	if len(partials) == 1 {
		return partials[0], nil
	}
	sum, err := r.fresh(partials[0].Parts[0].Shape())
	if err != nil {
		return nil, err
	}
	f := newFolder(r, sum)
	for _, p := range partials {
		f.merge(p)
	}
	f.finish()
	return sum, nil
}

// Finish returns the result that a partial of all values makes, of the type that the reduction says.
func (r *Reduction) Finish(p *Partial) (ndarray.Untyped, error) {
	if err := r.check(p); err != nil {
		return nil, err
	}
	u := p.Parts[0]
	switch {
	case r.Fold == ArgMin || r.Fold == ArgMax:
		u = p.Parts[1]
		if slices.Contains(elements[int64](p, 1), -1) {
			return nil, errors.New("there is no index where all values are NaN")
		}
	case r.Fold == Moments:
		u = r.fromMoments(p)
	case r.Count > 0 || r.Final == Mean:
		u = r.divided(u)
	}
	u, err := ndarray.CastTo(u, r.To, ndarray.Unsafe)
	if err != nil {
		return nil, err
	}
	if !r.Keep {
		return u, nil
	}
	l := u.Layout()
	for axis, reduced := range r.Reduced {
		if reduced {
			if l, err = l.ExpandDims(axis); err != nil {
				return nil, err
			}
		}
	}
	return ndarray.View(u, l)
}

// divided returns the sums divided by the number of values; NaN if there are none.
func (r *Reduction) divided(u ndarray.Untyped) ndarray.Untyped {
	switch a := u.(type) {
	case *ndarray.Array[complex128]:
		return ndarray.Map(a, func(x complex128) complex128 { return quotient(x, complex(float64(r.Count), 0)) })
	case *ndarray.Array[float64]:
		return ndarray.Map(a, func(x float64) float64 { return x / float64(r.Count) })
	case *ndarray.Array[int64]:
		return ndarray.Map(a, func(x int64) float64 { return float64(x) / float64(r.Count) })
	case *ndarray.Array[uint64]:
		return ndarray.Map(a, func(x uint64) float64 { return float64(x) / float64(r.Count) })
	}
	return u
}

// fromMoments returns the mean, variance or standard deviation; NaN where there are too few values.
func (r *Reduction) fromMoments(p *Partial) ndarray.Untyped {
	counts, means, squares := elements[int64](p, 0), elements[float64](p, 1), elements[float64](p, 2)
	out := ndarray.New[float64](p.Parts[0].Shape()...)
	to := out.Memory()
	for i := range to {
		switch {
		case counts[i] == 0:
			to[i] = math.NaN()
		case r.Final == Mean:
			to[i] = means[i]
		default:
			to[i] = squares[i] / max(float64(counts[i])-r.DDof, 0)
			if r.Final == Std {
				to[i] = math.Sqrt(to[i])
			}
		}
	}
	return out
}
