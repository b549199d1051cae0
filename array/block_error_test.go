package array_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	refuseOne = braid.Func("array_test/refuse-one", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
		if x.At(0, 0) == 1 {
			panic("this one")
		}
		return x, nil
	})
	refuseSecond = array.Func("array_test/refuse-second", func(_ context.Context, b *array.Blocks) (*ndarray.Array[float64], error) {
		if b.Result().Index[1] == 1 {
			return nil, errors.New("this one")
		}
		return ndarray.New[float64](b.Result().Shape...), nil
	})
)

// TestErrorsOfFunctionsNameTheBlock checks that an error says which block a function had, and stays that of the task.
func TestErrorsOfFunctionsNameTheBlock(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Zeros(array.Shape{6, 9}, array.Chunks(3)).SetSlice(1, ndarray.At(3), ndarray.At(6)) // in block (1, 2)
		for _, q := range []struct {
			of   *array.Array
			want string
		}{
			{array.MapBlocks(refuseOne, a), "is block (1, 2) of (2, 3) of array.MapBlocks"},
			{array.MapBlocks(refuseOne, a).Add(1).Sum(), "is block (1, 2) of (2, 3) of array.MapBlocks"},
			{array.MapOverlap(refuseOne, a, array.Halo{Depth: []int{0, 0}}), "is block (1, 2) of (2, 3) of array.MapOverlap"},
			{refuseSecond.Map(a.Slice(ndarray.To(3), ndarray.To(6))), "is block (0, 1) of (1, 2) of array.Map"},
		} {
			for _, err := range []error{
				second(q.of.Compute(t.Context(), c)),
				second(q.of.Persist(t.Context(), c)),
				q.of.Store(t.Context(), c, t.TempDir()+"/a.npy"),
			} {
				var failed *braid.TaskError
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), q.want) || !strings.Contains(err.Error(), "this one") {
					t.Errorf("want %q: %v", q.want, err)
				}
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
