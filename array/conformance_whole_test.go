package array_test

import (
	"context"

	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	bounds = array.NewGufunc("bounds", "(n)->(2)", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		low, high := limits(in[0])
		return []*ndarray.Array[float64]{ndarray.Must(ndarray.FromSlice([]float64{low, high}))}, nil
	})
	most = array.NewGufunc("most", "(n)->()", func(_ context.Context, in []*ndarray.Array[float64]) ([]*ndarray.Array[float64], error) {
		_, high := limits(in[0])
		return []*ndarray.Array[float64]{ndarray.Scalar(high)}, nil
	})
)

// limits returns the least and the greatest element.
func limits(x *ndarray.Array[float64]) (low, high float64) {
	low, high = x.At(0), x.At(0)
	for v := range x.Values() {
		low, high = min(low, v), max(high, v)
	}
	return low, high
}

var statistics = map[string]func(array.Reduction, *array.Array) *array.Array{
	"maximum": array.Reduction.Max, "minimum": array.Reduction.Min, "mean": array.Reduction.Mean, "median": array.Reduction.Median,
}

// widthsOf returns how many elements come before and behind two axes.
func widthsOf(p *params) [][2]int {
	return [][2]int{{int(p.Args[0]), int(p.Args[1])}, {int(p.Args[2]), int(p.Args[3])}}
}

// wholes are operations that put others together.
var wholes = map[string]func(in []*array.Array, p *params) *array.Array{
	"I0":         func(in []*array.Array, p *params) *array.Array { return in[0].I0() },
	"LogAddExp2": func(in []*array.Array, p *params) *array.Array { return in[0].LogAddExp2(in[1]) },
	"OuterAdd": func(in []*array.Array, p *params) *array.Array {
		return array.OuterOf((*array.Array).Add, in[0], in[1])
	},
	"OuterLess": func(in []*array.Array, p *params) *array.Array {
		return array.OuterOf((*array.Array).Less, in[0], in[1])
	},
	"MoveAxes": func(in []*array.Array, p *params) *array.Array { return in[0].MoveAxes(p.Axes, p.Positions) },
	"RollAxis": func(in []*array.Array, p *params) *array.Array { return in[0].RollAxis(p.axis(), p.K) },
	"FlipLR":   func(in []*array.Array, p *params) *array.Array { return in[0].FlipLR() },
	"FlipUD":   func(in []*array.Array, p *params) *array.Array { return in[0].FlipUD() },
	"PadRamp":  func(in []*array.Array, p *params) *array.Array { return array.PadRamp(in[0], widthsOf(p), p.Number) },
	"PadWith": func(in []*array.Array, p *params) *array.Array {
		return array.PadWith(in[0], widthsOf(p), statistics[p.Text])
	},
	"ApplyOverAxes": func(in []*array.Array, p *params) *array.Array {
		return array.ApplyOverAxes(func(a *array.Array, axis int) *array.Array {
			if p.Text == "CumSum" {
				return a.CumSum(axis)
			}
			return reductions[p.Text](array.Along(axis), a)
		}, in[0], p.Axes...)
	},
	"ApplyAlong": func(in []*array.Array, p *params) *array.Array {
		return array.ApplyAlong(map[string]*array.Gufunc{"bounds": bounds, "most": most}[p.Text], in[0], p.axis())
	},
	"Piecewise": func(in []*array.Array, p *params) *array.Array {
		var otherwise any
		if p.Text != "" {
			otherwise = func(x *array.Array) *array.Array { return x.Add(1) }
		}
		return array.Piecewise(in[0], in[1:], []any{(*array.Array).Neg, 7}, otherwise)
	},
}
