package tile

import (
	"fmt"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

func errInputs(want, have int) error {
	return fmt.Errorf("tile: the program takes %d arrays, and %d were given", want, have)
}

// Map returns the values at the points of a region, as a new array in row-major order. Inputs have the shape of the
// region.
func (k *Kernel) Map(origin, shape []int, inputs []ndarray.Untyped) (ndarray.Untyped, error) {
	u, _, err := k.each(origin, shape, inputs, nil)
	return u, err
}

// each is Map. If the values are made in runs that lie together in the result, and each axis in order, it has then make each run of the
// result, of which it is told the place, out of the values, which may lie there already, and reports so.
func (k *Kernel) each(origin, shape []int, inputs []ndarray.Untyped, then func(place int64, dst, values unsafe.Pointer, n int)) (u ndarray.Untyped, inRuns bool, err error) {
	if len(shape) != k.rank || len(origin) != k.rank {
		return nil, false, errRank(k.rank, shape)
	}
	out, err := ndarray.Empty(k.program.Result(), shape...)
	if err != nil || out.Size() == 0 {
		return out, true, err
	}
	r := k.enter()
	defer r.leave()
	if err := r.prepare(origin, shape, inputs, operand{strides: rowMajor(shape)}); err != nil {
		return nil, false, err
	}
	to, size, o := base(out), int64(out.DType().Size()), len(r.feeds)
	sr, sc := r.w.row.strides[o], r.w.col.strides[o]
	inRuns = sc == 1 && (r.w.rows == 1 || sr == int64(r.w.cols))
	r.w.each(func(t *tile) {
		dst := unsafe.Add(to, t.at[o]*size)
		if inRuns {
			v := r.value(t, dst)
			switch {
			case then != nil:
				then(t.at[o], dst, v, t.rows*t.cols)
			case v != dst: // a load alone
				copy(at[byte](dst, t.rows*t.cols*int(size)), at[byte](v, t.rows*t.cols*int(size)))
			}
			return
		}
		scatter(dst, r.value(t, nil), t.rows, t.cols, sr, sc, size)
	})
	return out, inRuns, nil
}

func errRank(rank int, shape []int) error {
	return fmt.Errorf("tile: a region of shape %v for a kernel of %d axes", shape, rank)
}

// scatter copies a tile to where its elements belong.
func scatter(dst, src unsafe.Pointer, rows, cols int, sr, sc, size int64) {
	for r := range rows {
		to, from := unsafe.Add(dst, int64(r)*sr*size), unsafe.Add(src, int64(r*cols)*size)
		if sc == 1 {
			copy(at[byte](to, cols*int(size)), at[byte](from, cols*int(size)))
			continue
		}
		switch size {
		case 8:
			spread[uint64](to, from, cols, sc)
		case 4:
			spread[uint32](to, from, cols, sc)
		case 2:
			spread[uint16](to, from, cols, sc)
		case 1:
			spread[uint8](to, from, cols, sc)
		default:
			spread[[2]uint64](to, from, cols, sc)
		}
	}
}

func spread[T any](to, from unsafe.Pointer, n int, step int64) {
	size := int64(unsafe.Sizeof(*new(T)))
	for i, x := range at[T](from, n) {
		*(*T)(unsafe.Add(to, int64(i)*step*size)) = x
	}
}
