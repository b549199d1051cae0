package array_test

import (
	"context"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
)

// edges are NumPy's names of what is beyond the ends when it pads.
var edges = map[string]array.Edge{"constant": array.Constant(0), "edge": array.Nearest, "wrap": array.Periodic, "symmetric": array.Reflect, "reflect": array.Mirror}

// further are operations of arrays and parameters.
var further = map[string]func(in []*array.Array, p *params) *array.Array{
	"MatMul": func(in []*array.Array, p *params) *array.Array { return in[0].MatMul(in[1]) },
	"Dot":    func(in []*array.Array, p *params) *array.Array { return in[0].Dot(in[1]) },
	"VDot":   func(in []*array.Array, p *params) *array.Array { return array.VDot(in[0], in[1]) },
	"Outer":  func(in []*array.Array, p *params) *array.Array { return array.Outer(in[0], in[1]) },
	"Trace":  func(in []*array.Array, p *params) *array.Array { return in[0].Trace() },
	"Einsum": func(in []*array.Array, p *params) *array.Array { return array.Einsum(p.Text, in...) },
	"TensorDot": func(in []*array.Array, p *params) *array.Array {
		return array.TensorDot(in[0], in[1], p.Axes, p.Positions)
	},
	"Sort":         func(in []*array.Array, p *params) *array.Array { return in[0].Sort(p.axis()) },
	"ArgSort":      func(in []*array.Array, p *params) *array.Array { return in[0].ArgSort(p.axis()) },
	"TopK":         func(in []*array.Array, p *params) *array.Array { return in[0].TopK(p.K, p.axis()) },
	"ArgTopK":      func(in []*array.Array, p *params) *array.Array { return in[0].ArgTopK(p.K, p.axis()) },
	"Median":       func(in []*array.Array, p *params) *array.Array { return p.reduction().Median(in[0]) },
	"Quantile":     func(in []*array.Array, p *params) *array.Array { return p.reduction().Quantile(in[0], p.Number) },
	"Quantiles":    func(in []*array.Array, p *params) *array.Array { return p.reduction().Quantiles(in[0], p.Args...) },
	"Percentile":   func(in []*array.Array, p *params) *array.Array { return p.reduction().Percentile(in[0], p.Number) },
	"SearchSorted": func(in []*array.Array, p *params) *array.Array { return in[0].SearchSorted(in[1], p.Keep) },
	"Digitize":     func(in []*array.Array, p *params) *array.Array { return in[0].Digitize(p.Args) },
	"IsIn":         func(in []*array.Array, p *params) *array.Array { return in[0].IsIn(in[1]) },
	"Histogram":    func(in []*array.Array, p *params) *array.Array { return in[0].Histogram(p.Args, in[1:]...) },
	"BinCount":     func(in []*array.Array, p *params) *array.Array { return in[0].BinCount(p.K, in[1:]...) },
	"SetSlice":     func(in []*array.Array, p *params) *array.Array { return in[0].SetSlice(in[1], p.items()...) },
	"SetMask":      func(in []*array.Array, p *params) *array.Array { return in[0].SetMask(in[1], in[2]) },
	"VIndex":       func(in []*array.Array, p *params) *array.Array { return in[0].VIndex(p.Points...) },
	"Roll":         func(in []*array.Array, p *params) *array.Array { return in[0].Roll(p.K, p.axis()) },
	"Repeat":       func(in []*array.Array, p *params) *array.Array { return in[0].Repeat(p.K, p.axis()) },
	"Rot90":        func(in []*array.Array, p *params) *array.Array { return in[0].Rot90(p.K, p.axis(), int(p.Args[0])) },
	"Tile":         func(in []*array.Array, p *params) *array.Array { return in[0].Tile(p.Axes...) },
	"Pad": func(in []*array.Array, p *params) *array.Array {
		return array.Pad(in[0], [][2]int{{int(p.Args[0]), int(p.Args[1])}, {int(p.Args[2]), int(p.Args[3])}}, edges[p.Text])
	},
	"Diag":         func(in []*array.Array, p *params) *array.Array { return in[0].Diag(p.K) },
	"Meshgrid":     func(in []*array.Array, p *params) *array.Array { return array.Meshgrid(in...)[p.K] },
	"UnravelIndex": func(in []*array.Array, p *params) *array.Array { return array.UnravelIndex(in[0], p.Shape)[p.K] },
	"Delete":       func(in []*array.Array, p *params) *array.Array { return in[0].Delete(p.Positions, p.axis()) },
	"Insert":       func(in []*array.Array, p *params) *array.Array { return in[0].Insert(p.K, in[1], p.axis()) },
	"HStack":       func(in []*array.Array, p *params) *array.Array { return array.HStack(in...) },
	"VStack":       func(in []*array.Array, p *params) *array.Array { return array.VStack(in...) },
	"Average":      func(in []*array.Array, p *params) *array.Array { return p.reduction().Average(in[0], in[1]) },
	"Cov":          func(in []*array.Array, p *params) *array.Array { return in[0].Cov() },
	"CorrCoef":     func(in []*array.Array, p *params) *array.Array { return in[0].CorrCoef() },
	"Gradient":     func(in []*array.Array, p *params) *array.Array { return in[0].Gradient(p.Number, p.axis()) },
	"Round":        func(in []*array.Array, p *params) *array.Array { return in[0].Round(p.K) },
	"Deg2Rad":      func(in []*array.Array, p *params) *array.Array { return in[0].Deg2Rad() },
	"Rad2Deg":      func(in []*array.Array, p *params) *array.Array { return in[0].Rad2Deg() },
	"NaNToNum":     func(in []*array.Array, p *params) *array.Array { return in[0].NaNToNum() },
	"SignBit":      func(in []*array.Array, p *params) *array.Array { return in[0].SignBit() },
	"Sinc":         func(in []*array.Array, p *params) *array.Array { return in[0].Sinc() },
	"LogAddExp":    func(in []*array.Array, p *params) *array.Array { return in[0].LogAddExp(in[1]) },
	"Heaviside":    func(in []*array.Array, p *params) *array.Array { return in[0].Heaviside(in[1]) },
	"IsClose":      func(in []*array.Array, p *params) *array.Array { return in[0].IsClose(in[1], p.Args[0], p.Args[1]) },
	"NaNCumSum":    func(in []*array.Array, p *params) *array.Array { return p.reduction().SkipNaN().CumSum(in[0]) },
	"Modf":         func(in []*array.Array, p *params) *array.Array { return pair(in[0].Modf())[p.K] },
	"Frexp":        func(in []*array.Array, p *params) *array.Array { return pair(in[0].Frexp())[p.K] },
	"DivMod":       func(in []*array.Array, p *params) *array.Array { return pair(in[0].DivMod(in[1]))[p.K] },
	"Ldexp":        func(in []*array.Array, p *params) *array.Array { return in[0].Ldexp(in[1]) },
	"NextAfter":    func(in []*array.Array, p *params) *array.Array { return in[0].NextAfter(in[1]) },
	"Spacing":      func(in []*array.Array, p *params) *array.Array { return in[0].Spacing() },
	"LogicalNot":   func(in []*array.Array, p *params) *array.Array { return in[0].LogicalNot() },
	"FloatPower":   func(in []*array.Array, p *params) *array.Array { return in[0].FloatPower(in[1]) },
	"Fmod":         func(in []*array.Array, p *params) *array.Array { return in[0].Fmod(in[1]) },
	"IsPosInf":     func(in []*array.Array, p *params) *array.Array { return in[0].IsPosInf() },
	"IsNegInf":     func(in []*array.Array, p *params) *array.Array { return in[0].IsNegInf() },
	"IsReal":       func(in []*array.Array, p *params) *array.Array { return in[0].IsReal() },
	"IsComplex":    func(in []*array.Array, p *params) *array.Array { return in[0].IsComplex() },
	"Choose":       func(in []*array.Array, p *params) *array.Array { return in[0].Choose(anys(in[1:])...) },
	"SelectCases":  func(in []*array.Array, p *params) *array.Array { return array.Select(in[:2], anys(in[2:4]), in[4]) },
	"Lookup":       func(in []*array.Array, p *params) *array.Array { return in[0].Lookup(in[1]) },
	"Compress": func(in []*array.Array, p *params) *array.Array {
		condition := make([]bool, len(p.Positions))
		for i, n := range p.Positions {
			condition[i] = n != 0
		}
		return in[0].Compress(condition, p.axis())
	},
	"SetTake":         func(in []*array.Array, p *params) *array.Array { return in[0].SetTake(in[1], p.Positions, p.axis()) },
	"SetVIndex":       func(in []*array.Array, p *params) *array.Array { return in[0].SetVIndex(in[1], p.Points...) },
	"Assemble":        func(in []*array.Array, p *params) *array.Array { return array.Assemble(in[:2], in[2:]) },
	"DStack":          func(in []*array.Array, p *params) *array.Array { return array.DStack(in...) },
	"BroadcastArrays": func(in []*array.Array, p *params) *array.Array { return array.BroadcastArrays(in...)[p.K] },
	"Append":          func(in []*array.Array, p *params) *array.Array { return in[0].Append(in[1], p.axis()) },
	"SlidingWindow":   func(in []*array.Array, p *params) *array.Array { return in[0].SlidingWindow(p.K, p.axis()) },
	"RepeatEach":      func(in []*array.Array, p *params) *array.Array { return in[0].RepeatEach(p.Positions, p.axis()) },
	"AtLeast": func(in []*array.Array, p *params) *array.Array {
		return [](func(*array.Array) *array.Array){nil, (*array.Array).AtLeast1D, (*array.Array).AtLeast2D, (*array.Array).AtLeast3D}[p.K](in[0])
	},
	"NaNCumProd": func(in []*array.Array, p *params) *array.Array { return p.reduction().SkipNaN().CumProd(in[0]) },
}

// unsized are operations whose results have lengths that depend on values.
var unsized = map[string]func(in []*array.Array, p *params) *array.Unsized{
	"Unique":      func(in []*array.Array, p *params) *array.Unsized { return in[0].Unique() },
	"Select":      func(in []*array.Array, p *params) *array.Unsized { return in[0].Select(in[1]) },
	"FlatNonzero": func(in []*array.Array, p *params) *array.Unsized { return in[0].FlatNonzero() },
	"ArgWhere":    func(in []*array.Array, p *params) *array.Unsized { return in[0].ArgWhere() },
	"Extract":     func(in []*array.Array, p *params) *array.Unsized { return in[0].Extract(in[1]) },
	"TrilIndices": func(_ []*array.Array, p *params) *array.Unsized {
		return array.TrilIndices(int(p.Args[0]), int(p.Args[1]), int(p.Args[2]))[p.axis()]
	},
	"TriuIndices": func(_ []*array.Array, p *params) *array.Unsized {
		return array.TriuIndices(int(p.Args[0]), int(p.Args[1]), int(p.Args[2]))[p.axis()]
	},
	"Nonzero": func(in []*array.Array, p *params) *array.Unsized { return in[0].Nonzero()[p.axis()] },
}

func pair(a, b *array.Array) []*array.Array { return []*array.Array{a, b} }

func anys(of []*array.Array) (all []any) {
	for _, a := range of {
		all = append(all, a)
	}
	return all
}

// measure computes what an unsized operation makes, as an array that is there.
func measure(c *braid.Client, f func([]*array.Array, *params) *array.Unsized, in []*array.Array, p *params) (*array.Array, error) {
	u := f(in, p)
	if err := u.Err(); err != nil {
		return nil, err
	}
	return u.Sized(context.Background(), c)
}
