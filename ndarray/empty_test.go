package ndarray_test

import (
	"slices"
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

func TestEmptyHasTheShapeAndMemoryOfItsOwn(t *testing.T) {
	for _, d := range ndarray.DTypes() {
		for _, shape := range [][]int{{}, {0}, {3, 4}, {700, 800}} {
			a, err := ndarray.Empty(d, shape...)
			if err != nil {
				t.Fatal(err)
			}
			if a.DType() != d || !slices.Equal(a.Shape(), shape) || !a.Layout().IsContiguous() {
				t.Errorf("Empty(%v, %v) is an array of %v with layout %+v", d, shape, a.DType(), a.Layout())
			}
			zeros, err := ndarray.NewUntyped(d, shape...)
			if err != nil {
				t.Fatal(err)
			}
			if err := ndarray.Assign(a, zeros, ndarray.Safe); err != nil {
				t.Fatal(err)
			}
			if got, want := a.String(), zeros.String(); got != want {
				t.Errorf("an empty array of %v and shape %v set to zeros prints\n%s\nand not\n%s", d, shape, got, want)
			}
		}
	}
	if _, err := ndarray.Empty(0, 1); err == nil {
		t.Error("an array of no type was made")
	}
	if _, err := ndarray.Empty(ndarray.Int8, -1); err == nil {
		t.Error("an array of negative length was made")
	}
}

// What nobody has set must not look like anything in a build with invariants, and never be no bool.
func TestElementsOfEmptyArrays(t *testing.T) {
	const n = 1 << 20
	u, err := ndarray.Empty(ndarray.Bool, n)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ndarray.As[bool](u)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(b.Memory(), true) {
		t.Error("a bool of an empty array is true")
	}
	first, err := ndarray.Empty(ndarray.Float64, n)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ndarray.Empty(ndarray.Float64, n)
	if err != nil {
		t.Fatal(err)
	}
	x, y := ndarray.Must(ndarray.As[float64](first)), ndarray.Must(ndarray.As[float64](second))
	x.Fill(1)
	y.Fill(2)
	if slices.Contains(x.Memory(), 2) || slices.Contains(y.Memory(), 1) {
		t.Error("two empty arrays share memory")
	}
}
