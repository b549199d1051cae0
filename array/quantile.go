package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Median returns the medians: the middle of the sorted values, or the mean of the two in the middle; NaN where one is. A task holds
// all values of its results, so along all axes it holds the array: see [Array.Histogram] for what is approximate and needs no memory.
func (r Reduction) Median(a *Array) *Array {
	return r.quantile(site{"Median", caller()}, a, []float64{0.5}, true)
}

// Quantile returns the values below which a part q, from 0 to 1, of the values is, interpolated between neighbours.
func (r Reduction) Quantile(a *Array, q float64) *Array {
	return r.quantile(site{"Quantile", caller()}, a, []float64{q}, true)
}

// Percentile is [Reduction.Quantile] with the part in percent.
func (r Reduction) Percentile(a *Array, percent float64) *Array {
	return r.quantile(site{"Percentile", caller()}, a, []float64{percent / 100}, true)
}

// Quantiles returns several quantiles, which are the first axis of the result.
func (r Reduction) Quantiles(a *Array, q ...float64) *Array {
	return r.quantile(site{"Quantiles", caller()}, a, q, false)
}

func (r Reduction) quantile(s site, a *Array, levels []float64, single bool) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	mask, n, err := r.reduced(a)
	switch {
	case err != nil:
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	case n == 0:
		return s.fail("of no values there is no quantile: an axis of shape %s that is reduced has no elements", tuple(a.Shape()))
	case len(levels) == 0:
		return s.fail("no quantile is named")
	}
	for _, q := range levels {
		if !(q >= 0 && q <= 1) {
			return s.fail("a quantile at %v: it is a part from 0 to 1", q)
		}
	}
	flat := flattened(s, a, mask)
	if flat.err != nil {
		return flat
	}
	last := flat.Rank() - 1
	d := ndarray.Float64
	if a.DType() == ndarray.Float32 {
		d = ndarray.Float32
	}
	space := wholeAlong(flat, last)
	g := append(arrays.Whole([]int{len(levels)}), space[:last]...)
	out := s.select_(selection.Op{Kind: selection.Quantile, Axis: last, SkipNaN: r.skip, Levels: levels}, d, space, g, flat)
	if out.err != nil {
		return out
	}
	if r.keep {
		for axis, reduced := range mask {
			if reduced {
				out = out.ExpandDims(axis + 1)
			}
		}
	}
	if single {
		return out.Slice(ndarray.At(0))
	}
	return out
}

// flattened returns an array whose last axis has the elements of all masked ones.
func flattened(s site, a *Array, mask []bool) *Array {
	var rest, reduced, shape []int
	for axis, m := range mask {
		if m {
			reduced = append(reduced, axis)
			continue
		}
		rest, shape = append(rest, axis), append(shape, a.Shape()[axis])
	}
	if order := slices.Concat(rest, reduced); !slices.IsSorted(order) {
		a = transpose(s, a, order)
	}
	if len(reduced) == 1 {
		return a
	}
	n := 1
	for _, k := range a.Shape()[len(rest):] {
		n *= k
	}
	return reshape(s, a, append(shape, n), making{})
}
