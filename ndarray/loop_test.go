package ndarray_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	nd "github.com/braid-compute/braid/ndarray"
)

// source draws from a seed that failures print.
func source(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// someShape draws lengths, among them 0 and 1, and beyond the sides of tiles.
func someShape(r *rand.Rand) []int {
	shape := make([]int, r.IntN(5))
	for i := range shape {
		shape[i] = []int{0, 1, 2, 3, 5, 8, 9}[r.IntN(7)]
		if len(shape) == 2 {
			shape[i] = r.IntN(150)
		}
	}
	return shape
}

// someLayout draws a layout of that shape: axes in any order, with gaps,
// backwards, and, if it is only read, with repeated elements. It also returns
// the elements that it needs.
func someLayout(r *rand.Rand, shape []int, readOnly bool) (nd.Layout, int) {
	l := nd.Layout{Shape: shape, Strides: make([]int, len(shape)), Offset: r.IntN(3)}
	step := 1
	for _, axis := range r.Perm(len(shape)) {
		if readOnly && r.IntN(5) == 0 {
			continue
		}
		step *= 1 + r.IntN(2)*r.IntN(2)
		l.Strides[axis] = step
		if n := shape[axis]; n > 0 && r.IntN(3) == 0 {
			l.Offset += (n - 1) * step
			l.Strides[axis] = -step
		}
		step *= max(1, shape[axis])
	}
	return l, step + l.Offset + 1
}

// at returns where the k-th element in row-major order lies, the slow way.
func at(l nd.Layout, k int) int {
	p := l.Offset
	for i := len(l.Shape) - 1; i >= 0; i-- {
		p += k % l.Shape[i] * l.Strides[i]
		k /= l.Shape[i]
	}
	return p
}

func TestLoopsVisitEveryElementOnce(t *testing.T) {
	r := source(t)
	for range 1000 {
		shape := someShape(r)
		var operands []nd.Layout
		for range 1 + r.IntN(3) {
			l, _ := someLayout(r, shape, true)
			operands = append(operands, l)
		}
		var want [][3]int
		for k := range operands[0].Size() {
			var p [3]int
			for i, o := range operands {
				p[i] = at(o, k)
			}
			want = append(want, p)
		}
		for _, order := range []nd.Order{nd.InOrder, nd.AnyOrder} {
			var got [][3]int
			loop := nd.Must(nd.NewLoop(order, operands...))
			for at := range loop.All() {
				for i := range loop.N {
					var p [3]int
					for k := range operands {
						p[k] = at[k] + i*loop.Strides[k]
					}
					got = append(got, p)
				}
			}
			wanted := want
			if order == nd.AnyOrder {
				wanted = slices.Clone(want)
				byPlace := func(a, b [3]int) int { return slices.Compare(a[:], b[:]) }
				slices.SortFunc(got, byPlace)
				slices.SortFunc(wanted, byPlace)
			}
			if !slices.Equal(got, wanted) {
				t.Fatalf("order %d, operands %+v: visited %v, not %v", order, operands, got, wanted)
			}
		}
	}
}

func TestLoopsAreAsLongAsTheyCanBe(t *testing.T) {
	a := nd.RowMajor(4, 5, 6)
	turned, err := a.Transpose()
	if err != nil {
		t.Fatal(err)
	}
	backwards, err := a.Flip()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		operands []nd.Layout
		n        int
	}{
		"contiguous":          {[]nd.Layout{a, a}, 120},
		"turned alike":        {[]nd.Layout{turned, turned}, 120},
		"backwards alike":     {[]nd.Layout{backwards, backwards}, 120},
		"one is turned":       {[]nd.Layout{nd.RowMajor(6, 5, 4), turned}, 4},
		"one is backwards":    {[]nd.Layout{a, backwards}, 120},
		"one is a scalar":     {[]nd.Layout{a, {Shape: a.Shape, Strides: []int{0, 0, 0}}}, 120},
		"one is a row":        {[]nd.Layout{a, {Shape: a.Shape, Strides: []int{0, 0, 1}}}, 6},
		"one is a plane":      {[]nd.Layout{a, {Shape: a.Shape, Strides: []int{0, 6, 1}}}, 30},
		"without any axis":    {[]nd.Layout{nd.RowMajor()}, 1},
		"without elements":    {[]nd.Layout{nd.RowMajor(3, 0)}, 0},
		"axes of one element": {[]nd.Layout{{Shape: []int{4, 1, 6}, Strides: []int{6, 99, 1}}}, 24},
	} {
		if loop := nd.Must(nd.NewLoop(nd.AnyOrder, c.operands...)); loop.N != c.n {
			t.Errorf("%s: inner loops of %d, not %d", name, loop.N, c.n)
		}
	}
}

func TestCopiesOfAnyLayout(t *testing.T) {
	r := source(t)
	for range 700 {
		shape := someShape(r)
		dl, dn := someLayout(r, shape, false)
		sl, sn := someLayout(r, shape, true)
		src, dst := nd.Must(nd.FromLayout(counted(sn).Memory(), sl)), nd.Must(nd.FromLayout(make([]int64, dn), dl))
		for i := range dst.Memory() {
			dst.Memory()[i] = -1
		}
		if err := nd.Copy(dst, src); err != nil {
			t.Fatal(err)
		}
		written := 0
		for k := range dl.Size() {
			if got, want := dst.Memory()[at(dl, k)], int64(at(sl, k)); got != want {
				t.Fatalf("%+v into %+v: element %d is %d, not %d", sl, dl, k, got, want)
			}
		}
		for _, v := range dst.Memory() {
			if v >= 0 {
				written++
			}
		}
		if written != dl.Size() {
			t.Fatalf("%+v into %+v: %d elements of memory were written, not %d", sl, dl, written, dl.Size())
		}
		if !slices.Equal(slices.Collect(dst.Values()), src.AppendTo(nil)) || !nd.Equal(dst, src) || !nd.Equal(src.Clone(), dst) {
			t.Fatalf("%+v into %+v: the elements differ", sl, dl)
		}
	}
}
