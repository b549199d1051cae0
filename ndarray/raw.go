package ndarray

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// rawPiece is how many bytes are read or converted at a time: enough to be fast,
// and what a wrong size costs at most.
const rawPiece = 1 << 20

// word is the width in bytes of the unit that has a byte order.
func (d DType) word() int {
	if d.IsComplex() {
		return d.Size() / 2
	}
	return d.Size()
}

// AppendRaw appends the elements in row-major order, little-endian, to dst.
func AppendRaw(dst []byte, u Untyped) []byte {
	dst = slices.Grow(dst, u.Size()*u.DType().Size())
	for piece := range pieces(u) {
		dst = append(dst, piece...)
		if !hostIsLittle {
			swapWords(dst[len(dst)-len(piece):], u.DType().word())
		}
	}
	return dst
}

// WriteRaw writes the elements in row-major order, little-endian, to w. What is
// not contiguous is copied in pieces, never as a whole.
func WriteRaw(w io.Writer, u Untyped) error {
	for piece := range pieces(u) {
		if !hostIsLittle {
			piece = slices.Clone(piece)
			swapWords(piece, u.DType().word())
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// pieces returns the elements of u in row-major order, as memory of the host.
func pieces(u Untyped) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) { eachPiece(u, yield) }
}

func eachPiece(u Untyped, yield func([]byte) bool) bool {
	l, size := u.Layout(), u.DType().Size()
	n := l.Size()
	switch {
	case n == 0:
		return true
	case l.IsContiguous():
		return yield(u.bytes()[l.Offset*size:][:n*size])
	case n*size <= rawPiece:
		c := u.clone()
		return yield(c.bytes())
	}
	// Halves along the first axis that can be cut; the order stays.
	axis := slices.IndexFunc(l.Shape, func(n int) bool { return n > 1 })
	cut := make([]Index, axis+1)
	half := l.Shape[axis] / 2
	for _, part := range []Index{To(half), From(half)} {
		cut[axis] = part
		if !eachPiece(u.view(Must(l.Slice(cut...))), yield) {
			return false
		}
	}
	return true
}

// ReadRaw reads an array of that type and shape from r: elements in row-major
// order with the byte order given. Memory grows with what r holds, so a shape
// that claims too much fails with io.ErrUnexpectedEOF and not by allocating. A
// bool that is neither 0 nor 1 is an error.
func ReadRaw(r io.Reader, order binary.ByteOrder, d DType, shape ...int) (Untyped, error) {
	n, err := Size(shape...)
	if err != nil {
		return nil, err
	}
	switch d {
	case Bool:
		return readRaw[bool](r, order, n, shape)
	case Int8:
		return readRaw[int8](r, order, n, shape)
	case Int16:
		return readRaw[int16](r, order, n, shape)
	case Int32:
		return readRaw[int32](r, order, n, shape)
	case Int64:
		return readRaw[int64](r, order, n, shape)
	case Uint8:
		return readRaw[uint8](r, order, n, shape)
	case Uint16:
		return readRaw[uint16](r, order, n, shape)
	case Uint32:
		return readRaw[uint32](r, order, n, shape)
	case Uint64:
		return readRaw[uint64](r, order, n, shape)
	case Float32:
		return readRaw[float32](r, order, n, shape)
	case Float64:
		return readRaw[float64](r, order, n, shape)
	case Complex64:
		return readRaw[complex64](r, order, n, shape)
	case Complex128:
		return readRaw[complex128](r, order, n, shape)
	}
	return nil, fmt.Errorf("ndarray: %v is no element type: use one of %v", d, DTypes())
}

func readRaw[T Element](r io.Reader, order binary.ByteOrder, n int, shape []int) (Untyped, error) {
	data, err := readElements[T](r, n)
	if err != nil {
		return nil, err
	}
	if d := DTypeOf[T](); (order.Uint16([]byte{1, 0}) == 1) != hostIsLittle {
		swapWords(bytesOf(data), d.word())
	}
	return &Array[T]{RowMajor(shape...), data}, nil
}

// readElements reads n elements. If r is known to hold them, memory for all is
// taken at once.
func readElements[T Element](r io.Reader, n int) ([]T, error) {
	size := DTypeOf[T]().Size()
	first := min(n, rawPiece/size)
	if n > first {
		held, err := bytesHeld(r)
		if err != nil {
			return nil, err
		}
		if held/int64(size) >= int64(n) {
			first = n
		}
	}
	data := make([]T, 0, first)
	for len(data) < n {
		have := len(data)
		data = slices.Grow(data, min(n-have, max(first, have)))
		data = data[:min(cap(data), n)]
		mem := bytesOf(data[have:])
		if got, err := io.ReadFull(r, mem); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("ndarray: %d of %d bytes of elements: %w", have*size+got, n*size, err)
		}
		if err := checkBools(data[have:], mem); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// bytesHeld returns how many bytes r says that it still holds; 0 if it cannot
// say. Readers over memory have a length, files can be searched.
func bytesHeld(r io.Reader) (int64, error) {
	switch r := r.(type) {
	case interface{ Len() int }:
		return int64(r.Len()), nil
	case io.Seeker:
		here, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, nil // a pipe, which cannot be searched
		}
		end, err := r.Seek(0, io.SeekEnd)
		if err != nil {
			end = here
		}
		if _, err := r.Seek(here, io.SeekStart); err != nil {
			return 0, fmt.Errorf("ndarray: going back to the elements after asking for the length of the file: %w", err)
		}
		return end - here, nil
	}
	return 0, nil
}

// checkBools clears and refuses memory that is not a Go bool: any other value
// would make the program's behaviour undefined.
func checkBools[T Element](data []T, mem []byte) error {
	if _, ok := any(data).([]bool); !ok {
		return nil
	}
	for i, b := range mem {
		if b > 1 {
			clear(mem)
			return fmt.Errorf("ndarray: a bool of %#02x; it must be 0 or 1 (element %d of a piece)", b, i)
		}
	}
	return nil
}
