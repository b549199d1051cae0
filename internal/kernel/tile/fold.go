package tile

import (
	"math"
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// A folder folds values into a partial, a run of them at a time.
type folder interface {
	// along folds n values into one place. The index of the first is index, and step from each to the next.
	along(at int64, v unsafe.Pointer, n int, index, step int64)
	// across folds n values into as many places from at on.
	across(at int64, v unsafe.Pointer, n int, index, step int64)
	// merge folds another partial of the same shape.
	merge(p *Partial)
	// finish writes what is left into the partial.
	finish()
}

func unsafeRow(p unsafe.Pointer, bytes int64) unsafe.Pointer { return unsafe.Add(p, bytes) }

// newFolder returns the folder of a reduction into a partial of no values, which has been checked.
func newFolder(r *Reduction, p *Partial) folder {
	switch r.Fold {
	case Sum:
		return newSum(r.DType, p)
	case Prod:
		return newProduct(r.DType, p)
	case Any, All:
		f := &logicFolder{acc: elements[bool](p, 0), all: r.Fold == All}
		repeat(f.acc, f.all)
		return f
	case Moments:
		return &momentsFolder{counts: elements[int64](p, 0), means: elements[float64](p, 1), squares: elements[float64](p, 2), skip: r.SkipNaN}
	}
	switch r.DType {
	case ndarray.Bool:
		return newExtreme[uint8](r, p, 0, 1)
	case ndarray.Int8:
		return newExtreme[int8](r, p, math.MinInt8, math.MaxInt8)
	case ndarray.Int16:
		return newExtreme[int16](r, p, math.MinInt16, math.MaxInt16)
	case ndarray.Int32:
		return newExtreme[int32](r, p, math.MinInt32, math.MaxInt32)
	case ndarray.Int64:
		return newExtreme[int64](r, p, math.MinInt64, math.MaxInt64)
	case ndarray.Uint8:
		return newExtreme[uint8](r, p, 0, math.MaxUint8)
	case ndarray.Uint16:
		return newExtreme[uint16](r, p, 0, math.MaxUint16)
	case ndarray.Uint32:
		return newExtreme[uint32](r, p, 0, math.MaxUint32)
	case ndarray.Uint64:
		return newExtreme[uint64](r, p, 0, math.MaxUint64)
	case ndarray.Float32:
		return newExtreme(r, p, float32(math.Inf(-1)), float32(math.Inf(1)))
	}
	return newExtreme(r, p, math.Inf(-1), math.Inf(1))
}

// elements returns the elements of a part of a partial; bools may be taken as numbers.
func elements[T any](p *Partial, part int) []T {
	u := p.Parts[part]
	n := u.Size()
	if n == 0 {
		return nil
	}
	var size T
	return at[T](unsafe.Add(base(u), u.Layout().Offset*int(unsafe.Sizeof(size))), n)
}

func newSum(d ndarray.DType, p *Partial) folder {
	switch d {
	case ndarray.Float64:
		return newFloatSum[float64](p)
	case ndarray.Float32:
		return newFloatSum[float32](p)
	case ndarray.Complex128:
		return &sumFolder[complex128, complex128]{acc: elements[complex128](p, 0), sum: sumComplex[complex128]}
	case ndarray.Complex64:
		return &sumFolder[complex64, complex128]{acc: elements[complex128](p, 0), sum: sumComplex[complex64]}
	case ndarray.Bool:
		return &countFolder{acc: elements[int64](p, 0)}
	case ndarray.Int8:
		return &sumFolder[int8, int64]{acc: elements[int64](p, 0), sum: vector.SumSigned[int8]}
	case ndarray.Int16:
		return &sumFolder[int16, int64]{acc: elements[int64](p, 0), sum: vector.SumSigned[int16]}
	case ndarray.Int32:
		return &sumFolder[int32, int64]{acc: elements[int64](p, 0), sum: vector.SumSigned[int32]}
	case ndarray.Int64:
		return &sumFolder[int64, int64]{acc: elements[int64](p, 0), sum: vector.SumSigned[int64]}
	case ndarray.Uint8:
		return &sumFolder[uint8, uint64]{acc: elements[uint64](p, 0), sum: vector.SumUnsigned[uint8]}
	case ndarray.Uint16:
		return &sumFolder[uint16, uint64]{acc: elements[uint64](p, 0), sum: vector.SumUnsigned[uint16]}
	case ndarray.Uint32:
		return &sumFolder[uint32, uint64]{acc: elements[uint64](p, 0), sum: vector.SumUnsigned[uint32]}
	}
	return &sumFolder[uint64, uint64]{acc: elements[uint64](p, 0), sum: vector.SumUnsigned[uint64]}
}

func sumComplex[C complexNumber](a []C) complex128 {
	sum := complex128(0)
	for _, x := range a {
		sum += complex128(x)
	}
	return sum
}

// sumFolder adds integers, which wrap around, and complex numbers.
type sumFolder[T vector.Element, A int64 | uint64 | complex128] struct {
	acc []A
	sum func([]T) A
}

func (f *sumFolder[T, A]) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	f.acc[to] += f.sum(at[T](v, n))
}

func (f *sumFolder[T, A]) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	for i, x := range at[T](v, n) {
		f.acc[to+int64(i)] += f.sum([]T{x})
	}
}

func (f *sumFolder[T, A]) merge(p *Partial) {
	for i, x := range elements[A](p, 0) {
		f.acc[i] += x
	}
}

func (f *sumFolder[T, A]) finish() {}

// countFolder adds bools, of which true counts 1.
type countFolder struct{ acc []int64 }

func (f *countFolder) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	f.acc[to] += int64(vector.CountTrue(at[bool](v, n)))
}

func (f *countFolder) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	for i, x := range at[uint8](v, n) {
		f.acc[to+int64(i)] += int64(x)
	}
}

func (f *countFolder) merge(p *Partial) {
	acc := f.acc
	vector.Add(acc, acc, elements[int64](p, 0))
}

func (f *countFolder) finish() {}

// floatSum adds floats. What is lost in adding the sums of runs is kept apart and added in the end (Neumaier 1974), as
// long as the places are few; sums of many places have few runs each.
type floatSum[T vector.Float] struct {
	acc, lost []float64
}

const fewPlaces = 1024

func newFloatSum[T vector.Float](p *Partial) *floatSum[T] {
	f := &floatSum[T]{acc: elements[float64](p, 0)}
	if len(f.acc) <= fewPlaces {
		f.lost = make([]float64, len(f.acc))
	}
	return f
}

func (f *floatSum[T]) add(to int64, x float64) {
	sum := f.acc[to]
	t := sum + x
	f.acc[to] = t
	if f.lost == nil {
		return
	}
	if math.Abs(sum) >= math.Abs(x) {
		f.lost[to] += (sum - t) + x
	} else {
		f.lost[to] += (x - t) + sum
	}
}

func (f *floatSum[T]) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	f.add(to, vector.Sum(at[T](v, n)))
}

func (f *floatSum[T]) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	acc := f.acc[to : to+int64(n)]
	if row, ok := any(at[T](v, n)).([]float64); ok {
		vector.Add(acc, acc, row)
		return
	}
	for i, x := range at[T](v, n) {
		acc[i] += float64(x)
	}
}

func (f *floatSum[T]) merge(p *Partial) {
	for i, x := range elements[float64](p, 0) {
		f.add(int64(i), x)
	}
}

// finish adds what was lost, unless the sum is infinite or no number: what was lost is none then.
func (f *floatSum[T]) finish() {
	for i, x := range f.lost {
		if isFinite(f.acc[i]) && x == x {
			f.acc[i] += x
		}
	}
}
