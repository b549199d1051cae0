package selection

import (
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

// Meanings are compared with NumPy's answers by the tests of package array; these are about what no call of it makes.
func TestOperationsThatCannotBeAreRefused(t *testing.T) {
	x, wide := ndarray.New[float64](2, 3), ndarray.New[int64](4)
	mask := ndarray.New[bool](3)
	for name, c := range map[string]struct {
		op Op
		in []ndarray.Untyped
	}{
		"no kind":              {Op{}, []ndarray.Untyped{x}},
		"an unknown kind":      {Op{Kind: 99}, []ndarray.Untyped{x}},
		"no chunk":             {Op{Kind: Sort}, nil},
		"a missing chunk":      {Op{Kind: Sort}, []ndarray.Untyped{nil}},
		"too many chunks":      {Op{Kind: Sort}, []ndarray.Untyped{x, x}},
		"an axis":              {Op{Kind: Sort, Axis: 2}, []ndarray.Untyped{x}},
		"complex numbers":      {Op{Kind: Sort}, []ndarray.Untyped{ndarray.New[complex64](2)}},
		"a level":              {Op{Kind: Quantile, Levels: []float64{2}}, []ndarray.Untyped{x}},
		"a mask":               {Op{Kind: Mask}, []ndarray.Untyped{x, mask}},
		"a mask of numbers":    {Op{Kind: Mask}, []ndarray.Untyped{x, wide}},
		"indices":              {Op{Kind: ArgTop, N: 1}, []ndarray.Untyped{x, wide}},
		"indices of no type":   {Op{Kind: ArgTop, N: 1}, []ndarray.Untyped{x, x}},
		"a table of no type":   {Op{Kind: Search}, []ndarray.Untyped{x, wide}},
		"different types":      {Op{Kind: Distinct}, []ndarray.Untyped{x, wide}},
		"a number not counted": {Op{Kind: Count, N: 0}, []ndarray.Untyped{wide}},
		"floats counted":       {Op{Kind: Count, N: 3}, []ndarray.Untyped{x}},
		"weights":              {Op{Kind: Count, N: 3}, []ndarray.Untyped{wide, x}},
		"one edge":             {Op{Kind: Histogram, Levels: []float64{1}}, []ndarray.Untyped{x}},
		"a box":                {Op{Kind: BoxMean, Sides: []int{0, 1}}, []ndarray.Untyped{x}},
		"a box of one axis":    {Op{Kind: BoxMin, Sides: []int{2}}, []ndarray.Untyped{x}},
		"a negative number":    {Op{Kind: Top, N: -1}, []ndarray.Untyped{x}},
	} {
		if v, err := c.op.Run(c.in); err == nil {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestChunksAreNotChanged(t *testing.T) {
	x := ndarray.Must(ndarray.FromSlice([]float64{3, 1, 2, 2}, 2, 2))
	want := x.Clone()
	for k := Sort; k <= Lookup; k++ {
		in := []ndarray.Untyped{x}
		switch k {
		case ArgTop:
			in = append(in, ndarray.New[int64](2, 2))
		case Mask:
			in = append(in, ndarray.Full(true, 2, 2))
		case Search, Contains:
			in = append(in, ndarray.Must(ndarray.FromSlice([]float64{1, 2})))
		case Count, Lookup:
			continue // of whole numbers
		}
		if _, err := (Op{Kind: k, N: 1, Levels: []float64{0, 1}, Sides: []int{1, 2}}).Run(in); err != nil {
			t.Errorf("%v: %v", k, err)
		}
		if !ndarray.Equal(x, want) {
			t.Fatalf("%v has changed its chunk to %v", k, x)
		}
	}
}
