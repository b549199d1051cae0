package array_test

import (
	"context"
	"io"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// neighbours is the mean of an element and its four neighbours.
var neighbours = braid.Func("array_test/neighbours", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	n, m := x.Shape()[0], x.Shape()[1]
	out := ndarray.New[float64](n, m)
	to, from := out.Memory(), x.AppendTo(nil)
	for i := 1; i < n-1; i++ {
		for j := 1; j < m-1; j++ {
			to[i*m+j] = (from[i*m+j] + from[i*m+j-1] + from[i*m+j+1] + from[(i-1)*m+j] + from[(i+1)*m+j]) / 5
		}
	}
	return out, nil
})

// BenchmarkTinyChunks is a stencil over 40,000 chunks of one number each.
func BenchmarkTinyChunks(b *testing.B) {
	ctx := context.Background()
	c, err := braid.Open(ctx, braid.Options{Report: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	for b.Loop() {
		a := array.Ones(array.Shape{200, 200}, array.Chunks(1))
		m := array.MapOverlap(neighbours, a, array.Halo{Depth: []int{1}, Edge: []array.Edge{array.Periodic}})
		if v, err := array.Value[float64](ctx, c, m.Sum()); err != nil || v < 39_999.9 || v > 40_000.1 {
			b.Fatal(v, err)
		}
	}
}
