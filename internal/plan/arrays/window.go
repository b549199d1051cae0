package arrays

import "github.com/braid-compute/braid/ndarray"

// A window is the part of an array that a region of the space reads.
type window struct {
	from, size []int
}

// window returns what a region reads; ok is false if that is nothing.
func (in Input) window(origin, shape []int) (w window, ok bool) {
	seen := in.seen()
	first, last := make([]int, len(in.View)), make([]int, len(in.View))
	for _, n := range shape {
		if n == 0 {
			return w, false
		}
	}
	for k, a := range in.View {
		low, high := 0, 1
		if a.Axis >= 0 {
			low, high = origin[a.Axis], origin[a.Axis]+shape[a.Axis]
		}
		first[k], last[k] = a.span(low, high)
	}
	if in.Shape == nil {
		for k := range first {
			last[k] += 1 - first[k]
		}
		return window{first, last}, true
	}
	if len(in.Grid) == 0 {
		return window{[]int{}, []int{}}, true
	}
	low, high := 0, 0
	for k, s := range steps(seen) {
		low, high = low+s*first[k], high+s*last[k]
	}
	own := in.Grid.Shape()
	row := max(1, size(own[1:]))
	w = window{make([]int, len(own)), append([]int{}, own...)}
	w.from[0], w.size[0] = low/row, high/row-low/row+1
	return w, true
}

// chunks returns the first chunk along each axis that a window touches, and how many it touches.
func (w window) chunks(g Grid) (low, counts []int) {
	low, counts = make([]int, len(g)), make([]int, len(g))
	for k := range g {
		low[k] = g[k].Find(w.from[k])
		counts[k] = g[k].Find(w.from[k]+w.size[k]-1) - low[k] + 1
	}
	return low, counts
}

// through returns the points of a region as a view of u, which begins at start in the array.
func (in Input) through(u ndarray.Untyped, start, origin, shape []int) (ndarray.Untyped, error) {
	have := u.Layout()
	strides, begin := have.Strides, make([]int, len(in.View))
	offset := have.Offset
	if in.Shape == nil {
		copy(begin, start)
	} else {
		strides = steps(in.Shape)
		if len(start) > 0 {
			offset -= start[0] * max(1, size(in.Grid.Shape()[1:]))
		}
	}
	l := ndarray.Layout{Shape: shape, Strides: make([]int, len(shape)), Offset: offset}
	for k, a := range in.View {
		p := a.Offset
		if a.Axis >= 0 {
			p += a.Step * origin[a.Axis]
			l.Strides[a.Axis] += a.Step * strides[k]
		}
		l.Offset += (p - begin[k]) * strides[k]
	}
	for i, n := range shape {
		if n == 1 {
			l.Strides[i] = 0 // a huge step of a single element must not count
		}
	}
	return ndarray.View(u, l)
}
