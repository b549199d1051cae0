package product

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/vector"
	"github.com/braid-compute/braid/ndarray"
)

// Multiply returns the products of the matrices of a, of shape (s, m, k), with those of b, of shape (s, k, n), plus the
// matrices of before, of shape (s, m, n), unless that is nil. All have one type.
func Multiply(a, b, before ndarray.Untyped) (ndarray.Untyped, error) {
	if err := check(a, b, before); err != nil {
		return nil, err
	}
	switch a.DType() {
	case ndarray.Float64:
		return floats[float64](a, b, before)
	case ndarray.Float32:
		return floats[float32](a, b, before)
	case ndarray.Complex128:
		return plain[complex128](a, b, before)
	case ndarray.Complex64:
		return plain[complex64](a, b, before)
	case ndarray.Int8:
		return plain[int8](a, b, before)
	case ndarray.Int16:
		return plain[int16](a, b, before)
	case ndarray.Int32:
		return plain[int32](a, b, before)
	case ndarray.Int64:
		return plain[int64](a, b, before)
	case ndarray.Uint8:
		return plain[uint8](a, b, before)
	case ndarray.Uint16:
		return plain[uint16](a, b, before)
	case ndarray.Uint32:
		return plain[uint32](a, b, before)
	case ndarray.Uint64:
		return plain[uint64](a, b, before)
	}
	return bools(a, b, before)
}

func check(a, b, before ndarray.Untyped) error {
	if a == nil || b == nil || a.Rank() != 3 || b.Rank() != 3 || a.DType() != b.DType() {
		return fmt.Errorf("product: two stacks of matrices of one type are needed")
	}
	x, y := a.Shape(), b.Shape()
	if x[0] != y[0] || x[2] != y[1] {
		return fmt.Errorf("product: matrices of shapes %v and %v cannot be multiplied", x, y)
	}
	if before != nil && (before.DType() != a.DType() || !slices.Equal(before.Shape(), []int{x[0], x[1], y[2]})) {
		return fmt.Errorf("product: matrices of shape %v cannot be added to products of shapes %v and %v", before.Shape(), x, y)
	}
	return nil
}

// start returns the operands, and what the products are added to.
func start[T ndarray.Element](a, b, before ndarray.Untyped) (x, y, sum *ndarray.Array[T], err error) {
	if x, err = ndarray.As[T](a); err != nil {
		return
	}
	if y, err = ndarray.As[T](b); err != nil {
		return
	}
	if before == nil {
		return x, y, ndarray.New[T](a.Shape()[0], a.Shape()[1], b.Shape()[2]), nil
	}
	sum, err = ndarray.As[T](ndarray.Clone(before))
	return
}

func floats[T float32 | float64](a, b, before ndarray.Untyped) (ndarray.Untyped, error) {
	x, y, sum, err := start[T](a, b, before)
	if err != nil || sum.Size() == 0 || x.Size() == 0 {
		return sum, err
	}
	x, y = forward(x), forward(y)
	shape := sum.Shape()
	size := shape[1] * shape[2]
	for s := range shape[0] {
		vector.AddProduct(sum.Memory()[s*size:(s+1)*size], matrix(x, s), matrix(y, s))
	}
	return sum, nil
}

// forward returns an array that goes through its memory forwards.
func forward[T ndarray.Element](a *ndarray.Array[T]) *ndarray.Array[T] {
	if slices.Min(a.Layout().Strides) < 0 {
		return a.Clone()
	}
	return a
}

func matrix[T float32 | float64](a *ndarray.Array[T], s int) vector.Matrix[T] {
	l := a.Layout()
	return vector.Matrix[T]{
		Data: a.Memory()[l.Offset+s*l.Strides[0]:], Rows: l.Shape[1], Columns: l.Shape[2], RowStep: l.Strides[1], ColumnStep: l.Strides[2],
	}
}

type exact interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | complex64 | complex128
}

// plain adds rows of b, each times an element of a, so that memory is gone through in order.
func plain[T exact](a, b, before ndarray.Untyped) (ndarray.Untyped, error) {
	x, y, sum, err := start[T](a, b, before)
	if err != nil {
		return nil, err
	}
	each(x.Clone().Memory(), y.Clone().Memory(), sum.Memory(), a.Shape(), b.Shape()[2], func(row []T, v T, of []T) {
		for j, w := range of {
			row[j] += v * w
		}
	})
	return sum, nil
}

func bools(a, b, before ndarray.Untyped) (ndarray.Untyped, error) {
	x, y, sum, err := start[bool](a, b, before)
	if err != nil {
		return nil, err
	}
	each(x.Clone().Memory(), y.Clone().Memory(), sum.Memory(), a.Shape(), b.Shape()[2], func(row []bool, v bool, of []bool) {
		if v {
			vector.Or(row, row, of)
		}
	})
	return sum, nil
}

// each calls add with every row of the result, each element of a that goes into it, and the row of b that it is multiplied with.
func each[T any](x, y, sum []T, shape []int, n int, add func(row []T, v T, of []T)) {
	m, k := shape[1], shape[2]
	for i := range shape[0] * m {
		row := sum[i*n : (i+1)*n]
		for l := range k {
			from := (i/m*k + l) * n
			add(row, x[i*k+l], y[from:from+n])
		}
	}
}
