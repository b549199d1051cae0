// Package ndarray holds dense n-dimensional arrays of numbers: the chunks that
// larger arrays are made of, and a plain array type for programs that need no
// more.
//
// An [Array] is a [Layout] (shape, strides, offset) over a Go slice. Slicing,
// transposing, broadcasting and most reshaping make a view: another layout over
// the same slice, with no element copied. The meaning is NumPy's, and the tests
// compare it with answers that NumPy gave.
//
//	a, err := ndarray.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
//	row, err := a.Slice(ndarray.At(0))                          // a[0]
//	odd, err := a.Slice(ndarray.All(), ndarray.From(1).By(2))   // a[:, 1::2]
//	column, err := row.Reshape(-1, 1)
//	sum, err := ndarray.Zip(column, row, func(x, y float64) float64 { return x + y })
//
// # Types
//
// [Element] lists the Go types an array can hold: bool, integers of 8 to 64
// bits, float32 and float64, complex64 and complex128. [DType] is the same as a
// value, and [Untyped] an array whose type is known at run time only; every
// *Array[T] is one. [Promote] says which type the result of two types has and
// [Casting] which changes of type are allowed, both by the rules of NumPy 2 for
// arrays; [Cast] says what a change does to values.
//
// # Errors and panics
//
// What takes a shape, axes, indices or types returns an error that names the
// axis, the index and the shape, because these are often data. [Array.At] and
// [Array.Set] stand for a[i] of a slice in a loop and panic as it does; [New]
// panics as make does; [Must] is for arguments written in the program. Nothing
// panics on bytes that are read.
//
// # Memory
//
// Views share elements, and nothing is locked: goroutines may read one array at
// the same time, and write if no other touches the same elements. [Loop] is how
// the package itself walks through operands with any strides, in as few and as
// long runs as possible. The package starts no goroutine and opens no file.
//
// # Conversions
//
// [FromSlice] and [Array.Data] copy nothing; [FromNested] and [Nested] go
// between arrays and slices of slices; [FromMatrix] and [AsMatrix] between
// arrays and matrices of other packages. Every *Array[T], and Untyped, is
// registered with package codec, so an array can be an argument or a result of
// a task; docs/format/ndarray.md draws the bytes. Files of NumPy are read and
// written by the package npy.
package ndarray
