package ndarray_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	nd "github.com/braid-compute/braid/ndarray"
)

// panics returns what f panics with, as text; "" if it does not.
func panics(f func()) (said string) {
	defer func() {
		if r := recover(); r != nil {
			said = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

func TestAtAndSetPanicLikeSlices(t *testing.T) {
	a := counted(2, 3)
	for name, f := range map[string]func(){
		"axis 1: index 3 out of range for shape (2, 3)":         func() { a.At(0, 3) },
		"axis 0: index -1 out of range for shape (2, 3)":        func() { a.Set(1, -1, 0) },
		"1 indices for shape (2, 3), which has 2 axes":          func() { a.At(1) },
		"axis 0: negative length -1 in shape (-1,)":             func() { nd.New[bool](-1) },
		"more elements than memory could hold":                  func() { nd.New[bool](1<<40, 1<<40) },
		"axis 7 is out of bounds for shape (2, 3), which has 2": func() { nd.Must(a.Flip(7)) },
	} {
		if got := panics(f); !strings.Contains(got, name) {
			t.Errorf("panicked with %q, not %q", got, name)
		}
	}
	if a.At(1, 2) != 5 {
		t.Errorf("element 1, 2 is %d", a.At(1, 2))
	}
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	a := counted(3, 5)
	second := func(_ any, err error) error { return err }
	for says, err := range map[string]error{
		"axis 1: index 7 is out of bounds for its 5 elements; shape (3, 5)":                               second(a.Slice(nd.All(), nd.At(7))),
		"too many indices: [1, 2, 3] takes 3 axes and shape (3, 5) has 2":                                 second(a.Slice(nd.At(1), nd.At(2), nd.At(3))),
		"axis 0: the step of 1:2:0 is zero":                                                               second(a.Slice(nd.Range(1, 2).By(0))),
		"[..., newaxis, ...] has more than one Ellipsis":                                                  second(a.Slice(nd.Ellipsis(), nd.NewAxis(), nd.Ellipsis())),
		"axis 1 is named twice in [1 -1]":                                                                 second(a.Transpose(1, -1)),
		"axis 0 has 3 elements and cannot be squeezed":                                                    second(a.Squeeze(0)),
		"has 15 elements and cannot get shape (2, -1)":                                                    second(a.Reshape(2, -1)),
		"only one length can be -1":                                                                       second(a.Reshape(-1, -1)),
		"axis 0: negative length -2":                                                                      second(a.Reshape(-2, 3)),
		"axis 1 has 5 elements, and only 1 stretches to 4":                                                second(a.BroadcastTo(3, 4)),
		"a slice of 15 elements for shape (4, 4), which has 16":                                           second(nd.FromSlice(a.Memory(), 4, 4)),
		"shapes (3, 5) and (3,) do not broadcast: axis 1 from the end":                                    second(nd.BroadcastShapes([]int{3, 5}, []int{3})),
		"elements of type int64, not float64":                                                             second(nd.As[float64](a)),
		"no array where one of float64":                                                                   second(nd.As[float64](nil)),
		"unknown element type \"int\"":                                                                    second(nd.ParseDType("int")),
		"dtype 14 is no element type":                                                                     second(nd.NewUntyped(nd.Complex128+1, 2)),
		"dtype 77 is no element type: use":                                                                second(nd.CastTo(a, 77, nd.Unsafe)),
		"none is no element type: use":                                                                    second(nd.ResultType(nd.Bool, 0)),
		"from int64 to int8 is not allowed by the rule safe: values could change; use the rule same_kind": second(nd.CastTo(a, nd.Int8, nd.Safe)),
		"from int64 to uint8 is not allowed by the rule same_kind":                                        second(nd.CastTo(a, nd.Uint8, nd.SameKind)),
		"broadcast them to one shape first":                                                               second(nd.NewLoop(nd.AnyOrder, a.Layout(), a.T().Layout())),
		"at least one operand":                                                                            second(nd.NewLoop(nd.AnyOrder)),
		"to find the result's type":                                                                       second(nd.ResultType()),
		"a matrix has two axes, and shape (2,) has 1":                                                     second(nd.AsMatrix(nd.New[float64](2))),
		"[][]int holds elements of type int, not int64":                                                   second(nd.FromNested[int64]([][]int{{1}})),
		"nil where nested slices of int64 are wanted":                                                     second(nd.FromNested[int64](nil)),
		"no new axis 3 for shape (3, 5)":                                                                  second(a.ExpandDims(3)),
		"shape (3, 5) does not broadcast to (5,), which has fewer":                                        second(a.BroadcastTo(5)),
	} {
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "ndarray: ") {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
}

func TestLayoutsOutsideOfTheirSliceAreRefused(t *testing.T) {
	for _, c := range []struct {
		l  nd.Layout
		n  int
		ok bool
	}{
		{nd.RowMajor(2, 3), 6, true},
		{nd.RowMajor(2, 3), 5, false},
		{nd.ColumnMajor(2, 3), 6, true},
		{nd.RowMajor(), 1, true},
		{nd.RowMajor(), 0, false},
		{nd.RowMajor(0, 5), 0, true},
		{nd.Layout{Shape: []int{0}, Strides: []int{9}, Offset: 99}, 0, true},
		{nd.Layout{Shape: []int{3}, Strides: []int{-1}, Offset: 2}, 3, true},
		{nd.Layout{Shape: []int{3}, Strides: []int{-1}, Offset: 1}, 3, false},
		{nd.Layout{Shape: []int{3}, Strides: []int{0}, Offset: 2}, 3, true},
		{nd.Layout{Shape: []int{3}, Strides: []int{0}, Offset: -1}, 3, false},
		{nd.Layout{Shape: []int{3}, Strides: []int{math.MaxInt}}, 3, false},
		{nd.Layout{Shape: []int{3}, Strides: []int{math.MinInt}}, 3, false},
		{nd.Layout{Shape: []int{1 << 40, 3}, Strides: []int{1 << 40, 1}}, 1 << 40, false},
		{nd.Layout{Shape: []int{3}, Strides: []int{1}, Offset: math.MaxInt}, 3, false},
		{nd.Layout{Shape: []int{3}, Strides: nil}, 3, false},
		{nd.Layout{Shape: []int{-3}, Strides: []int{1}}, 3, false},
		{nd.Layout{Shape: []int{2, 2}, Strides: []int{3, -1}, Offset: 1}, 5, true},
	} {
		if err := c.l.Check(c.n); (err == nil) != c.ok {
			t.Errorf("%+v in a slice of %d: %v", c.l, c.n, err)
		}
	}
	a := counted(6)
	if v, err := nd.View(a, nd.RowMajor(7)); v != nil || err == nil {
		t.Errorf("a view of 7 elements of 6: %v, %v", v, err)
	}
	v, err := nd.View(a, nd.Layout{Shape: []int{3, 2}, Strides: []int{1, 3}})
	if err != nil || v.String() != "[[0 3]\n [1 4]\n [2 5]]" {
		t.Errorf("a view in column-major order: %v, %v", v, err)
	}
}

func TestViewsShareAndCopiesDoNot(t *testing.T) {
	a := counted(2, 3)
	view := nd.Must(nd.Must(a.Slice(nd.All(), nd.At(-1))).Reshape(2, 1))
	clone := view.Clone()
	flat := nd.Must(a.T().Reshape(-1))
	a.Set(-7, 1, 2)
	if view.At(1, 0) != -7 || clone.At(1, 0) != 5 || flat.At(5) != 5 {
		t.Errorf("view %v, clone %v, copy %v", view, clone, flat)
	}
	if data, ok := view.Data(); ok {
		t.Errorf("a column is contiguous: %v", data)
	}
	row, ok := nd.Must(a.Slice(nd.At(1))).Data()
	if !ok || &row[0] != &a.Memory()[3] || len(row) != 3 || cap(row) != 3 {
		t.Errorf("row %v, %v", row, ok)
	}
	if data, ok := nd.Must(a.Slice(nd.From(2))).Data(); !ok || len(data) != 0 {
		t.Errorf("no rows: %v, %v", data, ok)
	}
	if !slices.Equal(a.Ravel().AppendTo([]int64{9}), []int64{9, 0, 1, 2, 3, 4, -7}) {
		t.Errorf("flat: %v", a.Ravel())
	}
	ints := []int{1, 2, 3, 4}
	b, err := nd.FromInts(ints, 2, 2)
	if err != nil || b.At(1, 0) != 3 {
		t.Errorf("of ints: %v, %v", b, err)
	}
	re, im := nd.Parts128(nd.Must(nd.FromSlice([]complex128{1 + 2i, 3 + 4i})))
	if !slices.Equal(re.AppendTo(nil), []float64{1, 3}) || !slices.Equal(im.AppendTo(nil), []float64{2, 4}) {
		t.Errorf("parts %v and %v", re, im)
	}
}

func TestZeroSizeArrays(t *testing.T) {
	for _, shape := range [][]int{{0}, {3, 0}, {0, 3}, {2, 0, 2}} {
		a := nd.New[float32](shape...)
		b := nd.Map(a.T(), func(x float32) bool { return x > 0 })
		c, err := nd.CastTo(a, nd.Complex64, nd.Safe)
		if err != nil || b.Size() != 0 || c.Size() != 0 || a.String() != "[]" || !nd.Equal(a, a.Clone()) {
			t.Errorf("shape %v: %v %v %v %v", shape, a, b, c, err)
		}
		a.Fill(1)
		if n := nd.Nested(a); n == nil {
			t.Errorf("shape %v: nested %v", shape, n)
		}
		for range a.Values() {
			t.Errorf("shape %v has an element", shape)
		}
		if back, err := nd.FromNested[float32](nd.Nested(nd.New[float32](0, 3))); err != nil || !slices.Equal(back.Shape(), []int{0, 0}) {
			t.Errorf("shape (0, 3) came back as %v, %v", back.Shape(), err)
		}
	}
}

func TestEqual(t *testing.T) {
	a := nd.Must(nd.FromSlice([]float64{1, 0, 3}))
	b := nd.Must(nd.FromSlice([]float64{1, math.Copysign(0, -1), 3}))
	nan := nd.Must(nd.FromSlice([]float64{1, 0, math.NaN()}))
	for _, c := range []struct {
		x, y *nd.Array[float64]
		want bool
	}{{a, a, true}, {a, b, true}, {a, nan, false}, {nan, nan, false}, {a, nd.Must(a.Reshape(1, 3)), false}, {a, nd.Must(a.Flip()), false}} {
		if got := nd.Equal(c.x, c.y); got != c.want {
			t.Errorf("%v and %v: %v", c.x, c.y, got)
		}
	}
}

// dense is a matrix as other packages have them.
type dense struct {
	rows, columns int
	data          []float64
}

func (m dense) Dims() (rows, columns int) { return m.rows, m.columns }
func (m dense) At(i, j int) float64       { return m.data[i*m.columns+j] }

func TestMatrices(t *testing.T) {
	a, err := nd.FromMatrix(dense{2, 3, []float64{1, 2, 3, 4, 5, 6}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := nd.AsMatrix(a.T())
	if err != nil {
		t.Fatal(err)
	}
	back, err := nd.FromMatrix(m)
	if rows, columns := m.Dims(); rows != 3 || columns != 2 || m.At(2, 1) != 6 || err != nil || !nd.Equal(back, a.T()) {
		t.Errorf("%d by %d: %v, %v", rows, columns, back, err)
	}
	if _, err := nd.FromMatrix(dense{-1, 3, nil}); err == nil {
		t.Error("a matrix of -1 rows was taken")
	}
}

func TestAssignBroadcastsAndCasts(t *testing.T) {
	dst := nd.New[complex64](2, 3)
	row := nd.Must(nd.FromSlice([]bool{true, false, true}))
	if err := nd.Assign(dst, row, nd.Safe); err != nil || dst.String() != "[[1.+0.j 0.+0.j 1.+0.j]\n [1.+0.j 0.+0.j 1.+0.j]]" {
		t.Errorf("%v, %v", dst, err)
	}
	if err := nd.Assign(row, dst, nd.Unsafe); err == nil {
		t.Error("two rows went into one")
	}
	if err := nd.Copy(dst, nd.Scalar[complex64](2i)); err != nil || dst.At(1, 1) != 2i {
		t.Errorf("%v, %v", dst, err)
	}
	u, err := nd.CastTo(dst, nd.Complex64, nd.Safe)
	if err != nil || u.(*nd.Array[complex64]) == dst {
		t.Errorf("a cast to the same type is no copy: %v", err)
	}
}

func TestPrintingOfVeryManyAxesEnds(t *testing.T) {
	shape := slices.Repeat([]int{7}, 20)
	a := nd.Must(nd.Scalar(1.0).BroadcastTo(shape...))
	if got := a.String(); !strings.Contains(got, "float64 of shape (7, 7,") {
		t.Errorf("it prints %d bytes", len(got))
	}
}

func TestCopiesInOneMemory(t *testing.T) {
	for name, c := range map[string]struct {
		dst, src []nd.Index
		want     []int64
	}{
		"forward":  {[]nd.Index{nd.From(2)}, []nd.Index{nd.To(-2)}, []int64{0, 1, 0, 1, 2, 3}},
		"backward": {[]nd.Index{nd.To(-2)}, []nd.Index{nd.From(2)}, []int64{2, 3, 4, 5, 4, 5}},
		"reversed": {nil, []nd.Index{nd.All().By(-1)}, []int64{5, 4, 3, 2, 1, 0}},
		"itself":   {nil, nil, []int64{0, 1, 2, 3, 4, 5}},
		"one":      {nil, []nd.Index{nd.Range(2, 3)}, []int64{2, 2, 2, 2, 2, 2}},
		"apart":    {[]nd.Index{nd.To(3)}, []nd.Index{nd.From(3)}, []int64{3, 4, 5, 3, 4, 5}},
	} {
		for i, put := range []func(dst, src *nd.Array[int64]) error{
			nd.Copy[int64],
			func(dst, src *nd.Array[int64]) error { return nd.Assign(dst, src, nd.Safe) },
		} {
			a := counted(6)
			if err := put(nd.Must(a.Slice(c.dst...)), nd.Must(a.Slice(c.src...))); err != nil || !slices.Equal(a.Memory(), c.want) {
				t.Errorf("%s, %d: %v, %v; want %v", name, i, a, err, c.want)
			}
		}
	}
	square := counted(9, 9)
	want := square.T().Clone()
	if err := nd.Copy(square, square.T()); err != nil || !nd.Equal(square, want) {
		t.Errorf("a square into its transpose: %v, %v", square, err)
	}
	z := nd.Must(nd.FromSlice([]complex128{1 + 2i, 3 + 4i}))
	_, im := nd.Parts128(z)
	if err := nd.Assign(z, im, nd.Safe); err != nil || z.String() != "[2.+0.j 4.+0.j]" {
		t.Errorf("a part into its whole: %v, %v", z, err)
	}
}

func TestMapZipAndValues(t *testing.T) {
	a := counted(2, 3)
	half := nd.Map(a.T(), func(x int64) float32 { return float32(x) / 2 })
	if half.String() != "[[0.  1.5]\n [0.5 2. ]\n [1.  2.5]]" {
		t.Errorf("halves: %v", half)
	}
	sum, err := nd.Zip(a.T(), nd.Must(nd.FromSlice([]int64{10, 20})), func(x, y int64) int64 { return x + y })
	if err != nil || sum.String() != "[[10 23]\n [11 24]\n [12 25]]" {
		t.Errorf("sums: %v, %v", sum, err)
	}
	if _, err := nd.Zip(a, a.T(), func(x, y int64) int64 { return x }); err == nil {
		t.Error("shapes (2, 3) and (3, 2) were zipped")
	}
	var seen []int64
	for v := range a.T().Values() {
		if seen = append(seen, v); v == 1 {
			break
		}
	}
	if !slices.Equal(seen, []int64{0, 3, 1}) {
		t.Errorf("values up to 1: %v", seen)
	}
	if nd.Clone(a.T()).String() != "[[0 3]\n [1 4]\n [2 5]]" {
		t.Errorf("a clone: %v", nd.Clone(a.T()))
	}
}

func TestNested(t *testing.T) {
	for _, a := range []*nd.Array[int64]{counted(), counted(3), counted(2, 3), counted(2, 1, 3), counted(2, 3).T()} {
		back, err := nd.FromNested[int64](nd.Nested(a))
		if err != nil || !nd.Equal(a, back) {
			t.Errorf("shape %v came back as %v, %v", a.Shape(), back, err)
		}
	}
	b, err := nd.FromNested[bool]([2][]bool{{true}, {false}})
	if err != nil || b.String() != "[[ True]\n [False]]" {
		t.Errorf("of an array of slices: %v, %v", b, err)
	}
}

func TestDTypes(t *testing.T) {
	bytes := 0
	for _, d := range nd.DTypes() {
		bytes += d.Size()
		kinds := 0
		for _, is := range []bool{d == nd.Bool, d.IsInteger(), d.IsFloat(), d.IsComplex()} {
			if is {
				kinds++
			}
		}
		if back, err := nd.ParseDType(d.String()); back != d || err != nil || kinds != 1 || d.IsSigned() && !d.IsInteger() {
			t.Errorf("%v: parsed %v, %v; of %d kinds", d, back, err, kinds)
		}
		if u, err := nd.NewUntyped(d, 2); err != nil || u.DType() != d {
			t.Errorf("%v: new array of %v, %v", d, u.DType(), err)
		}
	}
	if bytes != 1+2*(1+2+4+8)+4+8+8+16 || nd.DType(0).Valid() || nd.DType(0).Size() != 0 || nd.Promote(0, nd.Bool) != 0 || nd.Safe.Allows(0, nd.Bool) {
		t.Errorf("sizes sum to %d", bytes)
	}
}
