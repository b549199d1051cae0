package array

import (
	"fmt"
	"math"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// FromNdarray returns an array of the elements of u, which are not copied and must not be changed afterwards. In this
// process tasks read them where they are; to worker processes each chunk is sent with the tasks that read it.
func FromNdarray(u ndarray.Untyped, opts ...Option) *Array {
	return fromNdarray(site{"FromNdarray", caller()}, u, options(opts))
}

// FromSlice returns an array of one axis over the elements of data, which are not copied.
func FromSlice[T ndarray.Element](data []T, opts ...Option) *Array {
	u, err := ndarray.FromSlice(data)
	s := site{"FromSlice", caller()}
	if err != nil {
		return s.fail("%w", err)
	}
	return fromNdarray(s, u, options(opts))
}

func fromNdarray(s site, u ndarray.Untyped, m making) *Array {
	if u == nil {
		return s.fail("there is no array")
	}
	if _, err := ndarray.View(u, u.Layout()); err != nil { // the zero Array
		return s.fail("the array holds no elements: %w", err)
	}
	g, err := m.grid(u.Shape(), u.DType().Size())
	if err != nil {
		return s.fail("%w", err)
	}
	a := &Array{node: arrays.Given(s.name, s.pc, u, g)}
	if m.dtype != 0 {
		return s.cast(a, m.dtype)
	}
	return a
}

// Full returns an array of equal elements. Its type is that of the value, int64 for an int, unless the option As says
// another one.
func Full(value any, shape Shape, opts ...Option) *Array {
	return full(site{"Full", caller()}, value, shape, options(opts))
}

// Zeros returns an array of zeros, of type float64 unless the option As says another one.
func Zeros(shape Shape, opts ...Option) *Array {
	return full(site{"Zeros", caller()}, 0.0, shape, options(opts))
}

// Ones returns an array of ones, of type float64 unless the option As says another one.
func Ones(shape Shape, opts ...Option) *Array {
	return full(site{"Ones", caller()}, 1.0, shape, options(opts))
}

func full(s site, value any, shape Shape, m making) *Array {
	v, ok := scalarOf(value)
	if !ok {
		return s.fail("a value of type %T is no number", value)
	}
	d := v.dtype
	if m.dtype != 0 {
		d = m.dtype
	}
	if !d.Valid() {
		return s.fail("%v is no element type", d)
	}
	if err := v.fits(d); err != nil {
		return s.fail("%w", err)
	}
	g, err := m.grid(shape, d.Size())
	if err != nil {
		return s.fail("%w", err)
	}
	return &Array{node: arrays.Full(s.name, s.pc, d, v.bits(d), g)}
}

// Arange returns the numbers from start on, step apart, up to and without stop, as int64 if all three are whole, and
// start and step below 2⁵³, and as float64 otherwise, unless the option As says another type.
func Arange(start, stop, step float64, opts ...Option) *Array {
	s, m := site{"Arange", caller()}, options(opts)
	n := math.Ceil((stop - start) / step)
	switch {
	case step == 0 || n != n || math.IsInf(start, 0):
		return s.fail("from %v to %v in steps of %v: these are no numbers of elements", start, stop, step)
	case n > 1<<53:
		return s.fail("from %v to %v in steps of %v: more elements than can be counted", start, stop, step)
	}
	d := ndarray.Float64
	if start == math.Trunc(start) && step == math.Trunc(step) && stop == math.Trunc(stop) && math.Abs(start) < 1<<53 && math.Abs(step) < 1<<53 {
		d = ndarray.Int64
	}
	return s.line(int(max(n, 0)), start, step, d, m)
}

// Linspace returns n numbers from start to stop, evenly apart, both included, as float64 unless the option As says
// another type.
func Linspace(start, stop float64, n int, opts ...Option) *Array {
	s, m := site{"Linspace", caller()}, options(opts)
	if n < 0 {
		return s.fail("%d numbers", n)
	}
	step := (stop - start) / float64(max(n-1, 1))
	a := s.line(n, start, step, ndarray.Float64, making{chunks: m.chunks, sizes: m.sizes, bytes: m.bytes})
	if n > 1 && a.err == nil { // the last is exactly stop
		i := s.positions([]int{n}, []int64{1}, a.node.Grid)
		a = s.where(s.binary(tile.Equal, i, n-1), stop, a)
	}
	if m.dtype != 0 {
		return s.cast(a, m.dtype)
	}
	return a
}

// line returns start + i·step of the positions i below n.
func (s site) line(n int, start, step float64, d ndarray.DType, m making) *Array {
	if m.dtype != 0 && !m.dtype.Valid() {
		return s.fail("%v is no element type", m.dtype)
	}
	g, err := m.grid([]int{n}, d.Size())
	if err != nil {
		return s.fail("%w", err)
	}
	a := s.positions([]int{n}, []int64{1}, g)
	if d == ndarray.Int64 {
		if step != 1 {
			a = s.binary(tile.Multiply, a, int(step))
		}
		if start != 0 {
			a = s.binary(tile.Add, a, int(start))
		}
	} else {
		a = s.binary(tile.Add, s.binary(tile.Multiply, s.cast(a, ndarray.Float64), step), start)
	}
	if m.dtype != 0 {
		return s.cast(a, m.dtype)
	}
	return a
}

func (s site) positions(shape []int, coef []int64, g arrays.Grid) *Array {
	return &Array{node: arrays.Positions(s.name, s.pc, coef, g)}
}

// Indices returns the coordinates along one axis of an array of a shape, as int64.
func Indices(shape Shape, axis int, opts ...Option) *Array {
	return indices(site{"Indices", caller()}, shape, axis, options(opts))
}

func indices(s site, shape Shape, axis int, m making) *Array {
	axis, err := axisOf(axis, len(shape))
	if err != nil {
		return s.fail("%w", err)
	}
	g, err := m.grid(shape, 8)
	if err != nil {
		return s.fail("%w", err)
	}
	coef := make([]int64, len(shape))
	coef[axis] = 1
	a := s.positions(shape, coef, g)
	if m.dtype != 0 {
		return s.cast(a, m.dtype)
	}
	return a
}

// FromFunction returns the array that f makes of the coordinates along each axis, as float64 unless the option As says
// another type. f is called once, with arrays: what it does with them is what is done for each element.
func FromFunction(f func(coordinates ...*Array) *Array, shape Shape, opts ...Option) *Array {
	s, m := site{"FromFunction", caller()}, options(opts)
	if f == nil {
		return s.fail("the function is nil")
	}
	if m.dtype == 0 {
		m.dtype = ndarray.Float64
	}
	coordinates := make([]*Array, len(shape))
	for axis := range shape {
		coordinates[axis] = indices(s, shape, axis, m)
	}
	return f(coordinates...)
}

// Eye returns the matrix of n rows and m columns whose elements are 1 on diagonal number k and 0 elsewhere. Diagonals
// above the main one, which is number 0, have greater numbers.
func Eye(n, m, k int, opts ...Option) *Array {
	return site{"Eye", caller()}.diagonals(tile.Equal, n, m, k, opts)
}

// diagonals returns the matrix whose elements are 1 where the number of their diagonal compares so with k, and 0 elsewhere.
func (s site) diagonals(compare tile.Op, n, m, k int, opts []Option) *Array {
	o := options(opts)
	if n < 0 || m < 0 {
		return s.fail("%d rows and %d columns", n, m)
	}
	d := ndarray.Float64
	if o.dtype != 0 {
		d = o.dtype
	}
	g, err := o.grid([]int{n, m}, d.Size())
	if err != nil {
		return s.fail("%w", err)
	}
	return s.cast(s.binary(compare, s.positions([]int{n, m}, []int64{-1, 1}, g), k), d)
}

// Tril returns a matrix, or each of the last two axes, with zeros above diagonal number k.
func (a *Array) Tril(k int) *Array { return triangle(site{"Tril", caller()}, a, k, true) }

// Triu returns a matrix, or each of the last two axes, with zeros below diagonal number k.
func (a *Array) Triu(k int) *Array { return triangle(site{"Triu", caller()}, a, k, false) }

func triangle(s site, a *Array, k int, lower bool) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if a.Rank() < 2 {
		return s.fail("an array of shape %s has no diagonal: it needs two axes", tuple(a.Shape()))
	}
	coef := make([]int64, a.Rank())
	coef[a.Rank()-2], coef[a.Rank()-1] = -1, 1
	d := s.positions(a.Shape(), coef, a.node.Grid)
	keep := s.binary(tile.LessEqual, d, k)
	if !lower {
		keep = s.binary(tile.LessEqual, k, d)
	}
	return s.where(keep, a, zeroOf(a.DType()))
}

// zeroOf returns a zero that changes no type.
func zeroOf(d ndarray.DType) any {
	if d == ndarray.Bool {
		return false
	}
	return 0
}

// scalar is one number. A weak one takes the type of arrays that it meets, where that holds its kind of number.
type scalar struct {
	dtype   ndarray.DType
	weak    bool
	integer uint64 // in two's complement
	re, im  float64
	wide    bool // an integer above the greatest int64
}

// scalarOf returns a Go number as a scalar. As in NumPy, numbers of the types that constants have in a program are
// weak.
func scalarOf(v any) (scalar, bool) {
	s := scalar{}
	switch v := v.(type) {
	case bool:
		s.dtype = ndarray.Bool
		if v {
			s.integer, s.re = 1, 1
		}
		return s, true
	case int:
		s = signedScalar(ndarray.Int64, int64(v))
		s.weak = true
	case int8:
		s = signedScalar(ndarray.Int8, int64(v))
	case int16:
		s = signedScalar(ndarray.Int16, int64(v))
	case int32:
		s = signedScalar(ndarray.Int32, int64(v))
	case int64:
		s = signedScalar(ndarray.Int64, v)
	case uint8:
		s = unsignedScalar(ndarray.Uint8, uint64(v))
	case uint16:
		s = unsignedScalar(ndarray.Uint16, uint64(v))
	case uint32:
		s = unsignedScalar(ndarray.Uint32, uint64(v))
	case uint64:
		s = unsignedScalar(ndarray.Uint64, v)
	case uint:
		s = unsignedScalar(ndarray.Uint64, uint64(v))
	case float32:
		s = scalar{dtype: ndarray.Float32, re: float64(v), integer: uint64(int64(v))}
	case float64:
		s = scalar{dtype: ndarray.Float64, re: v, weak: true}
		if math.Abs(v) < 1<<63 {
			s.integer = uint64(int64(v))
		}
	case complex64:
		s = scalar{dtype: ndarray.Complex64, re: float64(real(v)), im: float64(imag(v))}
	case complex128:
		s = scalar{dtype: ndarray.Complex128, re: real(v), im: imag(v), weak: true}
	default:
		return s, false
	}
	return s, true
}

func signedScalar(d ndarray.DType, v int64) scalar {
	return scalar{dtype: d, integer: uint64(v), re: float64(v)}
}

func unsignedScalar(d ndarray.DType, v uint64) scalar {
	return scalar{dtype: d, integer: v, re: float64(v), wide: v > math.MaxInt64}
}

// bits returns the scalar as a constant of a type.
func (s scalar) bits(d ndarray.DType) [2]uint64 {
	if d == ndarray.Bool {
		if s.re != 0 || s.im != 0 {
			return [2]uint64{1, 0}
		}
		return [2]uint64{}
	}
	return tile.Bits(d, s.integer, s.re, s.im)
}

// fits returns an error if a weak integer is beyond an integer type.
func (s scalar) fits(d ndarray.DType) error {
	if !s.weak || s.dtype != ndarray.Int64 || !d.IsInteger() {
		return nil
	}
	v, bits := int64(s.integer), 8*d.Size()
	if d.IsSigned() && (v < -1<<(bits-1) || v > 1<<(bits-1)-1) || !d.IsSigned() && (v < 0 || bits < 64 && v >= 1<<bits) {
		return fmt.Errorf("%d is beyond the numbers of type %v: convert the array, or the number, to a wider type", v, d)
	}
	return nil
}
