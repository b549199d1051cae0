package ndarray

import "slices"

// A copy between arrays whose contiguous axes differ, as into or out of a
// transpose, goes through memory in squares. A micro tile uses whole cache lines
// of both operands while they are in the first cache, where rows a power of two
// apart share few places; a tile stays on few enough pages for the translation
// cache.
const (
	microTile = 8
	tile      = 64
)

// copyTiled copies along two axes at once: the inner one, along which dst is
// contiguous, and the axis across, along which src is nearly so.
func copyTiled[T Element](dst, src []T, l *Loop, across int) {
	a := l.axes[across]
	outer := &Loop{N: 1, axes: slices.Delete(slices.Clone(l.axes), across, across+1), start: l.start}
	p := plane{n: l.N, m: a.n, s: l.Strides[1], dm: a.strides[0], sm: a.strides[1]}
	for at := range outer.All() {
		copyPlane(dst, at[0], src, at[1], p)
	}
}

// A plane is n elements along which dst is contiguous, m times.
type plane struct {
	n, m   int
	s      int // stride of src along n; that of dst is 1
	dm, sm int // strides along m
}

func copyPlane[T Element](dst []T, at int, src []T, from int, p plane) {
	for i := 0; i < p.m; i += tile {
		for j := 0; j < p.n; j += tile {
			part := p
			part.m, part.n = min(tile, p.m-i), min(tile, p.n-j)
			copyTile(dst, at+i*p.dm+j, src, from+i*p.sm+j*p.s, part)
		}
	}
}

// copyTile copies micro tiles where src has rows to read them from, and what is
// left over element by element.
func copyTile[T Element](dst []T, at int, src []T, from int, p plane) {
	m, n := 0, 0
	if p.sm == 1 && p.s > 0 && p.dm > 0 {
		m, n = p.m-p.m%microTile, p.n-p.n%microTile
	}
	for j := 0; j < n; j += microTile {
		for i := 0; i < m; i += microTile { // along src, whose reads are then foreseen
			copyMicro(dst[at+i*p.dm+j:], p.dm, src[from+i+j*p.s:], p.s)
		}
	}
	for i := range p.m {
		done := n
		if i >= m {
			done = 0
		}
		copyStrided(dst, at+i*p.dm+done, 1, src, from+i*p.sm+done*p.s, p.s, p.n-done)
	}
}

// copyMicro transposes a square of contiguous rows, dm and s apart.
func copyMicro[T Element](dst []T, dm int, src []T, s int) {
	r0, r1 := (*[microTile]T)(src), (*[microTile]T)(src[s:])
	r2, r3 := (*[microTile]T)(src[2*s:]), (*[microTile]T)(src[3*s:])
	r4, r5 := (*[microTile]T)(src[4*s:]), (*[microTile]T)(src[5*s:])
	r6, r7 := (*[microTile]T)(src[6*s:]), (*[microTile]T)(src[7*s:])
	for k := range microTile {
		d := (*[microTile]T)(dst[k*dm:])
		d[0], d[1], d[2], d[3] = r0[k], r1[k], r2[k], r3[k]
		d[4], d[5], d[6], d[7] = r4[k], r5[k], r6[k], r7[k]
	}
}
