package tile

import (
	"fmt"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

// A Part is a part of an array: where it begins along each axis, and how far it is from each element to the next, which
// may be backwards, or not at all.
type Part struct {
	From, Step []int
}

// CopyPart copies a part of one array to a part of another of the same type. Small parts cost little more than their
// elements.
func CopyPart(dst ndarray.Untyped, to Part, src ndarray.Untyped, from Part, shape []int) error {
	if dst.DType() != src.DType() {
		return fmt.Errorf("tile: a part of an array of %v cannot be copied to one of %v", src.DType(), dst.DType())
	}
	d, s := dst.Layout(), src.Layout()
	if err := to.check(d.Shape, shape); err != nil {
		return err
	}
	if err := from.check(s.Shape, shape); err != nil {
		return err
	}
	c := copier{size: dst.DType().Size(), shape: shape}
	p, q := base(dst), base(src)
	at, of := d.Offset, s.Offset
	for i, n := range shape {
		if n == 0 {
			return nil
		}
		at, of = at+to.From[i]*d.Strides[i], of+from.From[i]*s.Strides[i]
		c.to[i], c.from[i] = to.Step[i]*d.Strides[i]*c.size, from.Step[i]*s.Strides[i]*c.size
	}
	c.axis(0, unsafe.Add(p, at*c.size), unsafe.Add(q, of*c.size))
	return nil
}

// check refuses a part that is not inside an array.
func (p Part) check(of, shape []int) error {
	if len(of) != len(shape) || len(p.From) != len(shape) || len(p.Step) != len(shape) {
		return fmt.Errorf("tile: a part of %d axes of an array of shape %v", len(shape), of)
	}
	for i, n := range shape {
		if first, last := p.From[i], p.From[i]+(n-1)*p.Step[i]; n < 0 || n > 0 && (min(first, last) < 0 || max(first, last) >= of[i]) {
			return fmt.Errorf("tile: axis %d: elements %d to %d of %d", i, first, last, of[i])
		}
	}
	return nil
}

// copier copies axis by axis; its steps are in bytes.
type copier struct {
	size     int
	shape    []int
	to, from [ndarray.MaxRank]int
}

func (c *copier) axis(i int, dst, src unsafe.Pointer) {
	last := len(c.shape) - 1
	if i < last {
		for n := range c.shape[i] {
			c.axis(i+1, unsafe.Add(dst, n*c.to[i]), unsafe.Add(src, n*c.from[i]))
		}
		return
	}
	n, to, from := 1, 0, 0
	if last >= 0 {
		n, to, from = c.shape[last], c.to[last], c.from[last]
	}
	switch {
	case n == 1 && c.size == 8:
		*(*uint64)(dst) = *(*uint64)(src)
	case to == c.size && from == c.size || n == 1:
		copy(at[byte](dst, n*c.size), at[byte](src, n*c.size))
	default:
		for k := range n {
			copy(at[byte](unsafe.Add(dst, k*to), c.size), at[byte](unsafe.Add(src, k*from), c.size))
		}
	}
}
