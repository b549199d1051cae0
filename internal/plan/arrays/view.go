package arrays

import (
	"fmt"
	"strings"
)

// View says where the elements of an array come from: for each axis of the source, at which position it is read for a
// point of the result.
type View []ViewAxis

// ViewAxis is the position Offset + Step times coordinate number Axis of the point, or just Offset if Axis is negative.
type ViewAxis struct {
	Axis, Offset, Step int
}

// Identity returns the view of an array as it is.
func Identity(rank int) View {
	v := make(View, rank)
	for i := range v {
		v[i] = ViewAxis{Axis: i, Step: 1}
	}
	return v
}

// over returns the view that sees through v what w sees: w is a view of the result of v.
func (v View) over(w View) View {
	out := make(View, len(v))
	for k, a := range v {
		out[k] = a
		if a.Axis < 0 {
			continue
		}
		b := w[a.Axis]
		out[k] = ViewAxis{Axis: b.Axis, Offset: a.Offset + a.Step*b.Offset, Step: a.Step * b.Step}
		if b.Axis < 0 {
			out[k].Step = 0
		}
	}
	return out
}

// stretched returns the view of an array of some shape under a result of another that it broadcasts to.
func stretched(shape, to []int) View {
	v := make(View, len(shape))
	more := len(to) - len(shape)
	for i, n := range shape {
		v[i] = ViewAxis{Axis: more + i, Step: 1}
		if n == 1 && to[more+i] != 1 {
			v[i] = ViewAxis{Axis: -1}
		}
	}
	return v
}

// key returns a text that differs for different views.
func (v View) key() string {
	var b strings.Builder
	for _, a := range v {
		fmt.Fprintf(&b, "%d,%d,%d;", a.Axis, a.Offset, a.Step)
	}
	return b.String()
}

// span returns the positions of the source that points from low up to high read along one of its axes; first > last if
// there are none.
func (a ViewAxis) span(low, high int) (first, last int) {
	if a.Axis < 0 {
		return a.Offset, a.Offset
	}
	if low >= high {
		return 0, -1
	}
	first, last = a.Offset+a.Step*low, a.Offset+a.Step*(high-1)
	return min(first, last), max(first, last)
}

// coefs returns how far apart in a source, in row-major order, neighbouring points of a result of some axes are, and
// where the first one is.
func (v View) coefs(source []int, rank int) (offset int64, coef []int64) {
	coef = make([]int64, rank)
	step := int64(1)
	for k := len(v) - 1; k >= 0; k-- {
		offset += step * int64(v[k].Offset)
		if v[k].Axis >= 0 {
			coef[v[k].Axis] += step * int64(v[k].Step)
		}
		step *= int64(source[k])
	}
	return offset, coef
}
