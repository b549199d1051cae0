package vector

import (
	"math"
	"unsafe"
)

// Matrix is a matrix in memory: element (i, j) is at Data[i·RowStep + j·ColumnStep].
type Matrix[T Float] struct {
	Data                []T
	Rows, Columns       int
	RowStep, ColumnStep int
}

// Sizes of the parts that a product is made of. A part of depth panelDepth of some rows stays in the second cache, and of some
// columns in the third. Only the depth is part of the meaning: sums begin anew there, and are then added.
const (
	panelDepth   = 256
	partRows     = 96
	partColumns  = 1536
	widestTile   = 8 * 48
	portableSide = 4
)

// tileSides returns how many rows and columns the kernel at work makes at a time.
func tileSides[T Float]() (rows, columns int) {
	bytes := int(unsafe.Sizeof(*new(T)))
	switch level {
	case AVX512:
		return 8, 3 * 64 / bytes
	case AVX2:
		return 4, 3 * 32 / bytes
	}
	return portableSide, portableSide
}

// AddProduct adds the product of a and b to the matrix c, which is in row-major order. Each element is the sum, from the first on,
// of the sums of up to 256 products, each a chain of fused operations; so it has the same bits at every level.
func AddProduct[T Float](c []T, a, b Matrix[T]) {
	n := b.Columns
	rows, columns := tileSides[T]()
	left := make([]T, roundUp(min(a.Rows, partRows), rows)*min(a.Columns, panelDepth))
	right := make([]T, roundUp(min(n, partColumns), columns)*min(a.Columns, panelDepth))
	for j := 0; j < n; j += partColumns {
		width := min(partColumns, n-j)
		for k := 0; k < a.Columns; k += panelDepth {
			depth := min(panelDepth, a.Columns-k)
			pack(right, b.Data[k*b.RowStep+j*b.ColumnStep:], depth, width, b.RowStep, b.ColumnStep, columns)
			for i := 0; i < a.Rows; i += partRows {
				height := min(partRows, a.Rows-i)
				pack(left, a.Data[i*a.RowStep+k*a.ColumnStep:], depth, height, a.ColumnStep, a.RowStep, rows)
				addPart(c[i*n+j:], n, left, right, height, width, depth)
			}
		}
	}
}

func roundUp(n, step int) int { return (n + step - 1) / step * step }

// pack puts vectors of n elements, depth of them, into panels of side elements each: first all vectors' first side elements,
// one vector after the other. What is missing in the last panel is 0.
func pack[T Float](dst, src []T, depth, n, next, step, side int) {
	at := 0
	for from := 0; from < n; from += side {
		have := min(side, n-from)
		for k := range depth {
			panel := dst[at : at+side]
			p := k*next + from*step
			if step == 1 {
				copy(panel, src[p:p+have])
			} else {
				for i := range have {
					panel[i] = src[p+i*step]
				}
			}
			clear(panel[have:])
			at += side
		}
	}
}

// addPart adds the products of all panels.
func addPart[T Float](c []T, n int, left, right []T, height, width, depth int) {
	rows, columns := tileSides[T]()
	var tile [widestTile]T
	for j := 0; j < width; j += columns {
		y := right[j*depth:]
		for i := 0; i < height; i += rows {
			x := left[i*depth:]
			if callPanel(kindOf[T](), unsafe.Pointer(&tile), at(x), at(y), depth) < depth {
				panel(tile[:rows*columns], x, y, depth, rows, columns)
			}
			for r := range min(rows, height-i) {
				row := c[(i+r)*n+j:]
				of := tile[r*columns:]
				for k := range min(columns, width-j) {
					row[k] += of[k]
				}
			}
		}
	}
}

// panel is what the kernels in assembly do, for tiles of their sides or portable ones.
func panel[T Float](tile, x, y []T, depth, rows, columns int) {
	for r := range rows {
		for c := 0; c < columns; c += portableSide {
			var s0, s1, s2, s3 T
			for k := range depth {
				v, w := x[k*rows+r], y[k*columns+c:k*columns+c+portableSide:len(y)]
				s0, s1, s2, s3 = fused(v, w[0], s0), fused(v, w[1], s1), fused(v, w[2], s2), fused(v, w[3], s3)
			}
			copy(tile[r*columns+c:], []T{s0, s1, s2, s3})
		}
	}
}

// fused returns x·y + z, rounded once.
func fused[T Float](x, y, z T) T {
	if unsafe.Sizeof(x) == 4 {
		return T(fused32(float32(x), float32(y), float32(z)))
	}
	return T(math.FMA(float64(x), float64(y), float64(z)))
}

// fused32 rounds the sum, whose product is exact in 64 bits, to odd first, so that rounding it again to 32 bits is as rounding once.
func fused32(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z)
	bits := math.Float64bits(s)
	if bits&(1<<29-1) != 1<<28 || math.IsInf(s, 0) || s != s { // not halfway between two of 32 bits
		if exponent := bits >> 52 & 0x7ff; exponent > 1023-126 || s == 0 {
			return float32(s)
		}
	}
	t := s - p
	lost := float64(p-float64(s-t)) + float64(float64(z)-t) // what the sum in 64 bits left out
	if lost != 0 && bits&1 == 0 {
		if lost > 0 == (s > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}
