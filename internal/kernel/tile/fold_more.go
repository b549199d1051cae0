package tile

import (
	"unsafe"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

func newProduct(d ndarray.DType, p *Partial) folder {
	switch d {
	case ndarray.Float64:
		return product[float64](p, vector.Prod[float64])
	case ndarray.Float32:
		return product(p, vector.Prod[float32])
	case ndarray.Complex128:
		return product(p, prodComplex[complex128])
	case ndarray.Complex64:
		return product(p, prodComplex[complex64])
	case ndarray.Bool:
		return product(p, func(a []bool) int64 {
			if vector.All(a) {
				return 1
			}
			return 0
		})
	case ndarray.Int8:
		return product(p, vector.ProdSigned[int8])
	case ndarray.Int16:
		return product(p, vector.ProdSigned[int16])
	case ndarray.Int32:
		return product(p, vector.ProdSigned[int32])
	case ndarray.Int64:
		return product(p, vector.ProdSigned[int64])
	case ndarray.Uint8:
		return product(p, vector.ProdUnsigned[uint8])
	case ndarray.Uint16:
		return product(p, vector.ProdUnsigned[uint16])
	case ndarray.Uint32:
		return product(p, vector.ProdUnsigned[uint32])
	}
	return product(p, vector.ProdUnsigned[uint64])
}

func prodComplex[C complexNumber](a []C) complex128 {
	r := complex(1, 0)
	for _, x := range a {
		r = multiply(r, complex128(x))
	}
	return r
}

// productFolder multiplies.
type productFolder[T vector.Element, A int64 | uint64 | float64 | complex128] struct {
	acc  []A
	prod func([]T) A
}

func product[T vector.Element, A int64 | uint64 | float64 | complex128](p *Partial, prod func([]T) A) folder {
	f := &productFolder[T, A]{elements[A](p, 0), prod}
	repeat(f.acc, 1)
	return f
}

func (f *productFolder[T, A]) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	f.acc[to] *= f.prod(at[T](v, n))
}

func (f *productFolder[T, A]) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	row := at[T](v, n)
	for i := range row {
		f.acc[to+int64(i)] *= f.prod(row[i : i+1])
	}
}

func (f *productFolder[T, A]) merge(p *Partial) {
	for i, x := range elements[A](p, 0) {
		f.acc[i] *= x
	}
}

func (f *productFolder[T, A]) finish() {}

// logicFolder is any or all of bools.
type logicFolder struct {
	acc []bool
	all bool
}

func (f *logicFolder) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	if f.all {
		f.acc[to] = f.acc[to] && vector.All(at[bool](v, n))
	} else {
		f.acc[to] = f.acc[to] || vector.Any(at[bool](v, n))
	}
}

func (f *logicFolder) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	acc := f.acc[to : to+int64(n)]
	if f.all {
		vector.And(acc, acc, at[bool](v, n))
	} else {
		vector.Or(acc, acc, at[bool](v, n))
	}
}

func (f *logicFolder) merge(p *Partial) {
	if row := elements[bool](p, 0); len(row) > 0 {
		f.across(0, unsafe.Pointer(&row[0]), len(row), 0, 0)
	}
}

func (f *logicFolder) finish() {}

// extreme keeps the least or the greatest value, and for ArgMin and ArgMax its index: of equal values the first, and of
// NaN too, which is beyond every number unless it is to be skipped.
type extreme[T vector.Number] struct {
	acc     []T
	indices []int64 // nil if they are not asked for; -1 where there was no value yet
	max     bool
	skip    bool
}

func newExtreme[T vector.Number](r *Reduction, p *Partial, least, greatest T) folder {
	f := &extreme[T]{acc: elements[T](p, 0), max: r.Fold == Max || r.Fold == ArgMax}
	f.skip = r.SkipNaN && r.DType.IsFloat()
	start := greatest
	if f.max {
		start = least
	}
	if f.skip {
		start = start * 0 // an infinity times zero is a NaN, which stands for no value
	}
	repeat(f.acc, start)
	if r.Fold == ArgMin || r.Fold == ArgMax {
		f.indices = elements[int64](p, 1)
		repeat(f.indices, -1)
	}
	return f
}

func (f *extreme[T]) along(to int64, v unsafe.Pointer, n int, index, step int64) {
	row := at[T](v, n)
	switch {
	case f.skip:
		for i, x := range row {
			if x == x {
				f.one(to, x, index+int64(i)*step)
			}
		}
	case f.indices != nil && f.max:
		i := vector.ArgMax(row)
		f.one(to, row[i], index+int64(i)*step)
	case f.indices != nil:
		i := vector.ArgMin(row)
		f.one(to, row[i], index+int64(i)*step)
	case f.max:
		f.one(to, vector.MaxOf(row), 0)
	default:
		f.one(to, vector.MinOf(row), 0)
	}
}

func (f *extreme[T]) across(to int64, v unsafe.Pointer, n int, index, step int64) {
	row := at[T](v, n)
	acc := f.acc[to : to+int64(n)]
	switch {
	case f.skip || f.indices != nil:
		for i, x := range row {
			if !f.skip || x == x {
				f.one(to+int64(i), x, index+int64(i)*step)
			}
		}
	case f.max:
		vector.Max(acc, acc, row)
	default:
		vector.Min(acc, acc, row)
	}
}

// one folds one value.
func (f *extreme[T]) one(to int64, x T, index int64) {
	have := f.acc[to]
	wins := x < have && !f.max || x > have && f.max
	if f.skip {
		wins = wins || have != have
	} else {
		wins = wins && have == have || x != x && have == have
	}
	if f.indices == nil {
		if wins {
			f.acc[to] = x
		}
		return
	}
	i := f.indices[to]
	same := x == have || x != x && have != have
	if i < 0 || wins || same && index < i {
		f.acc[to], f.indices[to] = x, index
	}
}

func (f *extreme[T]) merge(p *Partial) {
	var indices []int64
	if f.indices != nil {
		indices = elements[int64](p, 1)
	}
	for i, x := range elements[T](p, 0) {
		switch {
		case indices == nil && (!f.skip || x == x):
			f.one(int64(i), x, 0)
		case indices != nil && indices[i] >= 0:
			f.one(int64(i), x, indices[i])
		}
	}
}

func (f *extreme[T]) finish() {}

// momentsFolder keeps moments.
type momentsFolder struct {
	counts         []int64
	means, squares []float64
	skip           bool
	spare          []float64
}

func (f *momentsFolder) join(to int64, m vector.Moments) {
	m = vector.Moments{N: f.counts[to], Mean: f.means[to], M2: f.squares[to]}.Join(m)
	f.counts[to], f.means[to], f.squares[to] = m.N, m.Mean, m.M2
}

func (f *momentsFolder) along(to int64, v unsafe.Pointer, n int, _, _ int64) {
	row := at[float64](v, n)
	if f.skip {
		f.spare = f.spare[:0]
		for _, x := range row {
			if x == x {
				f.spare = append(f.spare, x)
			}
		}
		row = f.spare
	}
	f.join(to, vector.MomentsOf(row))
}

// across is Welford's way, because there is one value for each place.
func (f *momentsFolder) across(to int64, v unsafe.Pointer, n int, _, _ int64) {
	counts, means, squares := f.counts[to:to+int64(n)], f.means[to:to+int64(n)], f.squares[to:to+int64(n)]
	for i, x := range at[float64](v, n) {
		if f.skip && x != x {
			continue
		}
		counts[i]++
		d := x - means[i]
		means[i] += d / float64(counts[i])
		squares[i] += float64(d * (x - means[i]))
	}
}

func (f *momentsFolder) merge(p *Partial) {
	counts, means, squares := elements[int64](p, 0), elements[float64](p, 1), elements[float64](p, 2)
	for i := range counts {
		f.join(int64(i), vector.Moments{N: counts[i], Mean: means[i], M2: squares[i]})
	}
}

func (f *momentsFolder) finish() {}
