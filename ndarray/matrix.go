package ndarray

import "fmt"

// Matrix is what matrices of numerical packages have in common; those of
// gonum.org/v1/gonum/mat are of this kind.
type Matrix interface {
	Dims() (rows, columns int)
	At(i, j int) float64
}

// FromMatrix returns a copy of m. Where the matrix gives its memory away, which
// gonum's Dense does by RawMatrix, an array over it needs no copy:
//
//	raw := m.RawMatrix()
//	a, err := ndarray.FromLayout(raw.Data, ndarray.Layout{
//		Shape:   []int{raw.Rows, raw.Cols},
//		Strides: []int{raw.Stride, 1},
//	})
func FromMatrix(m Matrix) (*Array[float64], error) {
	rows, columns := m.Dims()
	if _, err := Size(rows, columns); err != nil {
		return nil, err
	}
	a := New[float64](rows, columns)
	for i := range rows {
		for j := range columns {
			a.data[i*columns+j] = m.At(i, j)
		}
	}
	return a, nil
}

// MatrixView is an array of two axes as a [Matrix], for packages that take one.
// It shares the array's memory.
type MatrixView struct{ a *Array[float64] }

// AsMatrix returns a as a [Matrix]. Packages that want row-major memory instead,
// as gonum's mat.NewDense does, take [Array.Data].
func AsMatrix(a *Array[float64]) (MatrixView, error) {
	if a.Rank() != 2 {
		return MatrixView{}, fmt.Errorf("ndarray: a matrix has two axes, and shape %s has %d", FormatShape(a.layout.Shape), a.Rank())
	}
	return MatrixView{a}, nil
}

// Dims returns the numbers of rows and columns.
func (m MatrixView) Dims() (rows, columns int) { return m.a.layout.Shape[0], m.a.layout.Shape[1] }

// At returns the element in row i and column j, and panics outside.
func (m MatrixView) At(i, j int) float64 { return m.a.At(i, j) }
