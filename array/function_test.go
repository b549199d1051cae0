package array_test

import (
	"context"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	weigh = braid.Func2("array/weigh", func(_ context.Context, x *ndarray.Array[float64], at *ndarray.Array[int64]) (*ndarray.Array[float64], error) {
		return ndarray.Zip(x, at, func(x float64, at int64) float64 { return x * float64(at) })
	})
	// ends keeps the first and the last element of each row.
	ends = braid.Func("array/ends", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		n := x.Shape()[1]
		out := ndarray.New[float64](x.Shape()[0], 2)
		for i := range x.Shape()[0] {
			out.Set(x.At(i, 0), i, 0)
			out.Set(x.At(i, n-1), i, 1)
		}
		return out, nil
	})
	// longest keeps the greatest element of each column.
	longest = braid.Func("array/longest", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		out := ndarray.New[float64](1, x.Shape()[1])
		for j := range x.Shape()[1] {
			for i := range x.Shape()[0] {
				out.Set(max(x.At(i, j), out.At(0, j)), 0, j)
			}
		}
		return out, nil
	})
)

func TestFunctionsOfBlocks(t *testing.T) {
	u := filled(8, 40, 6)
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.FromNdarray(u, array.Chunks(2, 4))
		rows := array.Indices(array.Shape{40, 6}, 0, array.Chunks(7))
		same(t, c, "of two arrays", array.MapBlocks2(weigh, a, rows), a.Mul(rows))
		same(t, c, "of a column", array.MapBlocks2(weigh, a, array.Arange(0, 6, 1)), a.Mul(array.Arange(0, 6, 1)))
		same(t, c, "of a stored array", array.MapBlocks2(weigh, a.Take([]int{3, 1}, 0), rows.Slice(ndarray.To(2))), a.Take([]int{3, 1}, 0).Mul(rows.Slice(ndarray.To(2))))
		same(t, c, "along rows", array.MapAlong(ends, a, 1, 2), a.Take([]int{0, 5}, 1))
		same(t, c, "reduced", array.Reduce(longest, longest, a, 0), array.Along(0).Keep().Max(a))
	})
	a := array.Ones(array.Shape{4, 4})
	for name, broken := range map[string]*array.Array{
		"types":    array.MapBlocks2(weigh, a, a),
		"shapes":   array.MapBlocks2(weigh, a, array.Arange(0, 3, 1)),
		"an axis":  array.MapAlong(ends, a, 2, 2),
		"nothing":  array.Reduce(longest, longest, array.Ones(array.Shape{0, 2}), 0),
		"no merge": array.Reduce(longest, nil, a, 0),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), "(function_test.go:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
