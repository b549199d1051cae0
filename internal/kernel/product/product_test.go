package product

import (
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

// Meanings are compared with NumPy's answers by the tests of package array; these are about layouts and what is refused.
func TestLayouts(t *testing.T) {
	a := ndarray.New[float64](2, 3, 4)
	b := ndarray.New[float64](2, 4, 5)
	for i := range a.Memory() {
		a.Memory()[i] = float64(i % 7)
	}
	for i := range b.Memory() {
		b.Memory()[i] = float64(i % 5)
	}
	want, err := Multiply(a, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	back := ndarray.Must(ndarray.Must(b.Flip(0, 2)).Clone().Flip(0, 2)) // the same, backwards in memory
	turned := ndarray.Must(ndarray.Must(a.SwapAxes(0, 2)).Clone().SwapAxes(0, 2))
	got, err := Multiply(turned, back, nil)
	if err != nil || got.String() != want.String() {
		t.Errorf("other layouts make\n%v\nwant\n%v (%v)", got, want, err)
	}
	twice, err := Multiply(a, b, want)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range twice.(*ndarray.Array[float64]).Memory() {
		if y := want.(*ndarray.Array[float64]).Memory()[i]; x != 2*y {
			t.Fatalf("element %d is %v, want %v", i, x, 2*y)
		}
	}
	for name, c := range map[string][3]ndarray.Untyped{
		"nothing": {nil, b, nil}, "two axes": {ndarray.New[float64](3, 4), b, nil}, "lengths": {b, b, nil}, "types": {a, ndarray.New[int8](2, 4, 5), nil},
		"stacks": {a, ndarray.New[float64](1, 4, 5), nil}, "what is before": {a, b, a},
	} {
		if v, err := Multiply(c[0], c[1], c[2]); err == nil {
			t.Errorf("%s: %v", name, v)
		}
	}
}
