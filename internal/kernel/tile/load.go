package tile

import (
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

// A feed fills the register of one load, tile by tile.
type feed struct {
	load   *Load
	source unsafe.Pointer // of an input: where its memory begins
	size   int64          // bytes of an element
	still  bool           // the same at every point
	sr, sc int64          // steps between rows and columns of tiles
	stream *stream        // of random values
	spare  []float64      // room for them to be turned round
}

// fill returns where the values of a tile are: in the source itself if they lie there as wanted, or else in dst.
func (f *feed) fill(dst unsafe.Pointer, at int64, rows, cols int) unsafe.Pointer {
	switch f.load.Source {
	case Index:
		f.count(dst, at, rows, cols)
		return dst
	case Uniform:
		f.random(dst, at, rows, cols)
		return dst
	}
	src := unsafe.Add(f.source, at*f.size)
	if (f.sc == 1 || cols == 1) && (rows == 1 || f.sr == int64(cols)) {
		return src
	}
	switch f.size {
	case 1:
		gather[uint8](dst, src, rows, cols, f.sr, f.sc)
	case 2:
		gather[uint16](dst, src, rows, cols, f.sr, f.sc)
	case 4:
		gather[uint32](dst, src, rows, cols, f.sr, f.sc)
	case 8:
		gather[uint64](dst, src, rows, cols, f.sr, f.sc)
	case 16:
		gather[[2]uint64](dst, src, rows, cols, f.sr, f.sc)
	}
	return dst
}

// gather copies a tile whose rows and columns lie anyhow.
func gather[T any](to, from unsafe.Pointer, rows, cols int, sr, sc int64) {
	size := int64(unsafe.Sizeof(*new(T)))
	dst := at[T](to, rows*cols)
	switch {
	case sc == 1:
		for r := range rows {
			copy(dst[r*cols:(r+1)*cols], at[T](unsafe.Add(from, int64(r)*sr*size), cols))
		}
	case sr == 1:
		turn(dst, from, rows, cols, sc*size)
	default:
		for r := range rows {
			row := dst[r*cols : (r+1)*cols]
			p := unsafe.Add(from, int64(r)*sr*size)
			for c := range row {
				row[c] = *(*T)(unsafe.Add(p, int64(c)*sc*size))
			}
		}
	}
}

// turn copies a tile whose columns are contiguous, each so many bytes behind the last. Four columns at a time, so that
// writes lie beside each other.
func turn[T any](dst []T, from unsafe.Pointer, rows, cols int, step int64) {
	c := 0
	for ; c+4 <= cols; c += 4 {
		a := at[T](unsafe.Add(from, int64(c)*step), rows)
		b := at[T](unsafe.Add(from, int64(c+1)*step), rows)[:len(a)]
		d := at[T](unsafe.Add(from, int64(c+2)*step), rows)[:len(a)]
		e := at[T](unsafe.Add(from, int64(c+3)*step), rows)[:len(a)]
		for r := range a {
			row := dst[r*cols+c:][:4]
			row[0], row[1], row[2], row[3] = a[r], b[r], d[r], e[r]
		}
	}
	for ; c < cols; c++ {
		for r, x := range at[T](unsafe.Add(from, int64(c)*step), rows) {
			dst[r*cols+c] = x
		}
	}
}

// count fills a tile with positions.
func (f *feed) count(dst unsafe.Pointer, position int64, rows, cols int) {
	out := at[int64](dst, rows*cols)
	for r := range rows {
		p := position + int64(r)*f.sr
		row := out[r*cols : (r+1)*cols]
		for c := range row {
			row[c] = p
			p += f.sc
		}
	}
}

// random fills a tile with random values. Those of neighbouring positions are made together, and turned round where
// neighbours are above each other.
func (f *feed) random(dst unsafe.Pointer, position int64, rows, cols int) {
	out := at[float64](dst, rows*cols)
	switch {
	case f.sc == 1:
		for r := range rows {
			f.stream.fill(out[r*cols:(r+1)*cols], uint64(position+int64(r)*f.sr))
		}
	case f.sr == 1:
		f.spare = f.spare[:0]
		if cap(f.spare) < rows*cols {
			f.spare = make([]float64, 0, rows*cols)
		}
		spare := f.spare[:rows*cols]
		for c := range cols {
			f.stream.fill(spare[c*rows:(c+1)*rows], uint64(position+int64(c)*f.sc))
		}
		turn(out, first(spare), rows, cols, int64(rows)*8)
	default:
		for r := range rows {
			for c := range cols {
				out[r*cols+c] = uniformAt(f.load.Value, uint64(position+int64(r)*f.sr+int64(c)*f.sc))
			}
		}
	}
}

// constant fills n elements with the value of a constant.
func (l *Load) constant(dst unsafe.Pointer, n int) {
	re, im := l.Value[0], l.Value[1]
	switch l.DType {
	case ndarray.Bool, ndarray.Int8, ndarray.Uint8:
		repeat(at[uint8](dst, n), uint8(re))
	case ndarray.Int16, ndarray.Uint16:
		repeat(at[uint16](dst, n), uint16(re))
	case ndarray.Int32, ndarray.Uint32:
		repeat(at[uint32](dst, n), uint32(re))
	case ndarray.Int64, ndarray.Uint64, ndarray.Float64:
		repeat(at[uint64](dst, n), re)
	case ndarray.Float32:
		repeat(at[float32](dst, n), float32(fromBits(re)))
	case ndarray.Complex64:
		repeat(at[complex64](dst, n), complex64(complex(fromBits(re), fromBits(im))))
	case ndarray.Complex128:
		repeat(at[complex128](dst, n), complex(fromBits(re), fromBits(im)))
	}
}

func repeat[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}
