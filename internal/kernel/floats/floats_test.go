package floats

import (
	"math"
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

// TestPartsMakeTheWhole takes floats of all sizes apart, and puts them together.
func TestPartsMakeTheWhole(t *testing.T) {
	var values []float64
	for e := -1074; e < 1024; e += 7 {
		values = append(values, math.Ldexp(1, e), -math.Ldexp(1.75, e))
	}
	x := ndarray.Must(ndarray.FromSlice(values))
	fraction, exponent, err := Frexp(x)
	if err != nil {
		t.Fatal(err)
	}
	for v := range ndarray.Must(ndarray.As[float64](fraction)).Values() {
		if math.Abs(v) < 0.5 || math.Abs(v) >= 1 {
			t.Fatalf("a fraction of %v", v)
		}
	}
	again, err := Ldexp(fraction, ndarray.Must(ndarray.CastTo(exponent, ndarray.Int64, ndarray.Safe)))
	if err != nil {
		t.Fatal(err)
	}
	if !ndarray.Equal(ndarray.Must(ndarray.As[float64](again)), x) {
		t.Error("fractions and exponents make other numbers")
	}
}

func TestMistakes(t *testing.T) {
	x, y := ndarray.New[float64](3), ndarray.New[float64](2)
	if _, err := NextAfter(x, y); err == nil {
		t.Error("floats next to those of another shape")
	}
	if _, err := Ldexp(x, ndarray.New[int64](2)); err == nil {
		t.Error("powers of another shape")
	}
	if _, err := Spacing(ndarray.New[int8](2)); err == nil {
		t.Error("the spacing of whole numbers")
	}
}
