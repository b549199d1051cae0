package npy

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Read reads one .npy file from r and leaves r behind its last element. An array
// in Fortran order comes back as a view with the axes in the file's order.
func Read(r io.Reader) (ndarray.Untyped, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	return readElements(r, h)
}

// ReadAs is [Read] of an array whose elements must be of type T.
func ReadAs[T ndarray.Element](r io.Reader) (*ndarray.Array[T], error) {
	u, err := Read(r)
	if err != nil {
		return nil, err
	}
	return ndarray.As[T](u)
}

func readElements(r io.Reader, h Header) (ndarray.Untyped, error) {
	shape := slices.Clone(h.Shape)
	if h.Fortran {
		slices.Reverse(shape)
	}
	u, err := ndarray.ReadRaw(r, h.order(), h.DType, shape...)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("npy: %w: truncated: shape %v of %v: %w", ErrFormat, h.Shape, h.DType, err)
	case err != nil:
		return nil, fmt.Errorf("npy: reading shape %v of %v: %w", h.Shape, h.DType, err)
	case !h.Fortran:
		return u, nil
	}
	l, err := u.Layout().Transpose()
	if err != nil {
		return nil, err
	}
	return ndarray.View(u, l)
}

// Write writes u to w as a .npy file of version 1.0, little-endian. An array
// whose first axis is contiguous is written in Fortran order, as it lies; every
// other one in row-major order.
func Write(w io.Writer, u ndarray.Untyped) error {
	h := Header{DType: u.DType(), Shape: u.Shape()}
	reversed, err := u.Layout().Transpose()
	if err != nil {
		return err
	}
	if reversed.IsContiguous() && !u.Layout().IsContiguous() {
		h.Fortran = true
		if u, err = ndarray.View(u, reversed); err != nil {
			return err
		}
	}
	if _, err := w.Write(formatHeader(h)); err != nil {
		return fmt.Errorf("npy: writing the header: %w", err)
	}
	if err := ndarray.WriteRaw(w, u); err != nil {
		return fmt.Errorf("npy: writing elements: %w", err)
	}
	return nil
}
