package tile_test

import (
	"slices"
	"testing"

	"github.com/braid-compute/braid/internal/invariants"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

func lent(t *testing.T, s *tile.Scratch, shape ...int) []float64 {
	t.Helper()
	u, err := s.Empty(ndarray.Float64, shape...)
	if err != nil {
		t.Fatal(err)
	}
	if u.DType() != ndarray.Float64 || !slices.Equal(u.Shape(), shape) {
		t.Fatalf("%v of shape %v and not of %v", u.DType(), u.Shape(), shape)
	}
	data, ok := ndarray.Must(ndarray.As[float64](u)).Data()
	if !ok {
		t.Fatal("an array whose elements do not lie together")
	}
	return data
}

func TestScratchLendsEachArrayOnceAtATime(t *testing.T) {
	var one, other tile.Scratch
	for _, n := range []int{10, 1 << 17, 1 << 18, 100_000} {
		a, b, c := lent(t, &one, n), lent(t, &one, n/2, 2), lent(t, &other, n)
		for k, x := range [][]float64{a, b, c} {
			for i := range x {
				x[i] = float64(k)
			}
		}
		for k, x := range [][]float64{a, b, c} {
			if i := slices.IndexFunc(x, func(v float64) bool { return v != float64(k) }); i >= 0 {
				t.Fatalf("array %d of %d elements holds %v", k, n, x[i])
			}
		}
		one.Release()
		other.Release()
		if invariants.Enabled && n >= 1<<17 && a[n/2] == 0 {
			t.Error("an array that was given back holds what it held")
		}
	}
}

func TestNoScratchMakesArraysThatStay(t *testing.T) {
	var none *tile.Scratch
	u, err := none.Empty(ndarray.Int8, 1<<17)
	if err != nil || u.Size() != 1<<17 {
		t.Errorf("%v, %v", u, err)
	}
	var s tile.Scratch
	if _, err := s.Empty(ndarray.Int8, -1); err == nil {
		t.Error("an array of negative length was lent")
	}
	if _, err := s.Empty(0, 1<<20); err == nil {
		t.Error("an array of no type was lent")
	}
}
