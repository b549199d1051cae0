package ndarray_test

import (
	"context"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
	nd "github.com/braid-compute/braid/ndarray"
)

var (
	turn = braid.Func("ndarray/turn", func(_ context.Context, a *nd.Array[float64]) (*nd.Array[float64], error) { return a.T(), nil })
	add  = braid.Func2("ndarray/add", func(_ context.Context, a, b *nd.Array[float64]) (*nd.Array[float64], error) {
		return nd.Zip(a, b, func(x, y float64) float64 { return x + y })
	})
)

// Arrays are arguments and results of tasks, which are views on one side of a
// border and contiguous on the other.
func TestTasksTakeAndReturnArrays(t *testing.T) {
	ctx := context.Background()
	cluster, err := braidtest.Start(braidtest.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	c, err := braid.Open(ctx, braid.Options{Address: cluster.Address()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := braid.V(nd.Must(nd.FromSlice([]float64{1, 2, 3, 4}, 2, 2)))
	sum, err := braid.Submit(ctx, c, add.Call(a, turn.Call(a))).Get(ctx)
	if err != nil || sum.String() != "[[2. 5.]\n [5. 8.]]" {
		t.Errorf("A + A.T is %v, %v", sum, err)
	}
}
