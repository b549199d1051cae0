package ndarray

import (
	"fmt"
	"slices"
)

// Slice returns the part that items take, one for each axis from the first on;
// axes without an item stay whole.
func (l Layout) Slice(items ...Index) (Layout, error) {
	items, err := l.expand(items)
	if err != nil {
		return Layout{}, err
	}
	out := Layout{make([]int, 0, len(items)), make([]int, 0, len(items)), l.Offset}
	axis := 0
	for _, x := range items {
		if x.kind == indexNewAxis {
			out.Shape, out.Strides = append(out.Shape, 1), append(out.Strides, 0)
			continue
		}
		n, stride := l.Shape[axis], l.Strides[axis]
		if x.kind == indexAt {
			i := x.start
			if i < -n || i >= n {
				return Layout{}, fmt.Errorf("ndarray: axis %d: index %d is out of bounds for its %d elements; shape %s", axis, i, n, FormatShape(l.Shape))
			}
			if i < 0 {
				i += n
			}
			out.Offset += i * stride
			axis++
			continue
		}
		if x.hasStep && x.step == 0 {
			return Layout{}, fmt.Errorf("ndarray: axis %d: the step of %v is zero; shape %s", axis, x, FormatShape(l.Shape))
		}
		first, step, count := x.resolve(n)
		if count > 0 {
			out.Offset += first * stride
		}
		if count > 1 { // a single element needs no stride, and a huge step would overflow it
			stride *= step
		}
		out.Shape, out.Strides = append(out.Shape, count), append(out.Strides, stride)
		axis++
	}
	if len(out.Shape) > MaxRank {
		return Layout{}, fmt.Errorf("ndarray: %s makes %d axes; an array has at most %d", indexText(items), len(out.Shape), MaxRank)
	}
	return out, nil
}

// expand replaces the Ellipsis, written or not, by whole axes.
func (l Layout) expand(items []Index) ([]Index, error) {
	taken, place := 0, len(items)
	for i, x := range items {
		switch x.kind {
		case indexAt, indexRange:
			taken++
		case indexEllipsis:
			if place < len(items) {
				return nil, fmt.Errorf("ndarray: %s has more than one Ellipsis; shape %s", indexText(items), FormatShape(l.Shape))
			}
			place = i
		}
	}
	if taken > len(l.Shape) {
		return nil, fmt.Errorf("ndarray: too many indices: %s takes %d axes and shape %s has %d", indexText(items), taken, FormatShape(l.Shape), len(l.Shape))
	}
	rest := make([]Index, len(l.Shape)-taken)
	out := slices.Concat(items[:place], rest)
	if place < len(items) {
		out = append(out, items[place+1:]...)
	}
	return out, nil
}

// Transpose returns the axes in another order: axis i of the result is axis
// axes[i] of l. Without axes it reverses their order.
func (l Layout) Transpose(axes ...int) (Layout, error) {
	if len(axes) == 0 {
		return Layout{reversed(l.Shape), reversed(l.Strides), l.Offset}, nil
	}
	if len(axes) != len(l.Shape) {
		return Layout{}, fmt.Errorf("ndarray: %d axes in %v to transpose shape %s, which has %d: name each once", len(axes), axes, FormatShape(l.Shape), len(l.Shape))
	}
	order, err := axesOf(axes, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	out := l.clone()
	for i, a := range order {
		out.Shape[i], out.Strides[i] = l.Shape[a], l.Strides[a]
	}
	return out, nil
}

// SwapAxes returns l with two axes exchanged.
func (l Layout) SwapAxes(axis1, axis2 int) (Layout, error) {
	a, err := axisOf(axis1, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	b, err := axisOf(axis2, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	out := l.clone()
	out.Shape[a], out.Shape[b] = out.Shape[b], out.Shape[a]
	out.Strides[a], out.Strides[b] = out.Strides[b], out.Strides[a]
	return out, nil
}

// MoveAxis returns l with one axis at another place and the others in order.
func (l Layout) MoveAxis(from, to int) (Layout, error) {
	a, err := axisOf(from, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	b, err := axisOf(to, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	out := l.clone()
	out.Shape = slices.Insert(slices.Delete(out.Shape, a, a+1), b, l.Shape[a])
	out.Strides = slices.Insert(slices.Delete(out.Strides, a, a+1), b, l.Strides[a])
	return out, nil
}

// BroadcastTo stretches l to shape: missing axes come in front, and axes of
// length 1 repeat their element. Nothing is copied, so several elements of the
// result are one in memory.
func (l Layout) BroadcastTo(shape ...int) (Layout, error) {
	if _, err := Size(shape...); err != nil {
		return Layout{}, err
	}
	more := len(shape) - len(l.Shape)
	if more < 0 {
		return Layout{}, fmt.Errorf("ndarray: shape %s does not broadcast to %s, which has fewer axes", FormatShape(l.Shape), FormatShape(shape))
	}
	out := Layout{slices.Clone(shape), make([]int, len(shape)), l.Offset}
	for i, n := range l.Shape {
		switch shape[more+i] {
		case n:
			out.Strides[more+i] = l.Strides[i]
		default:
			if n != 1 {
				return Layout{}, fmt.Errorf("ndarray: shape %s does not broadcast to %s: axis %d has %d elements, and only 1 stretches to %d",
					FormatShape(l.Shape), FormatShape(shape), i, n, shape[more+i])
			}
		}
	}
	return out, nil
}

// Squeeze takes axes of length 1 away: the named ones, or all without names.
func (l Layout) Squeeze(axes ...int) (Layout, error) {
	drop, err := axesOf(axes, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	for _, a := range drop {
		if l.Shape[a] != 1 {
			return Layout{}, fmt.Errorf("ndarray: axis %d has %d elements and cannot be squeezed away; shape %s", a, l.Shape[a], FormatShape(l.Shape))
		}
	}
	out := Layout{make([]int, 0, len(l.Shape)), make([]int, 0, len(l.Shape)), l.Offset}
	for i, n := range l.Shape {
		if n == 1 && (len(axes) == 0 || slices.Contains(drop, i)) {
			continue
		}
		out.Shape, out.Strides = append(out.Shape, n), append(out.Strides, l.Strides[i])
	}
	return out, nil
}

// ExpandDims puts an axis of length 1 at the place axis of the result, which may
// count from its end.
func (l Layout) ExpandDims(axis int) (Layout, error) {
	rank := len(l.Shape) + 1
	if axis < -rank || axis >= rank || rank > MaxRank {
		return Layout{}, fmt.Errorf("ndarray: no new axis %d for shape %s: the result has %d axes, at most %d", axis, FormatShape(l.Shape), rank, MaxRank)
	}
	if axis < 0 {
		axis += rank
	}
	out := l.clone()
	out.Shape, out.Strides = slices.Insert(out.Shape, axis, 1), slices.Insert(out.Strides, axis, 0)
	return out, nil
}

// Flip reverses the named axes, or all without names.
func (l Layout) Flip(axes ...int) (Layout, error) {
	flip, err := axesOf(axes, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	out := l.clone()
	for i, n := range out.Shape {
		if len(axes) > 0 && !slices.Contains(flip, i) {
			continue
		}
		if n > 0 {
			out.Offset += (n - 1) * out.Strides[i]
		}
		out.Strides[i] = -out.Strides[i]
	}
	return out, nil
}

// Diagonal takes the diagonals of the planes of two axes, offset places above
// the main one (below for a negative one). They become the last axis.
func (l Layout) Diagonal(offset, axis1, axis2 int) (Layout, error) {
	both, err := axesOf([]int{axis1, axis2}, l.Shape)
	if err != nil {
		return Layout{}, err
	}
	a, b := both[0], both[1]
	rows, columns := l.Shape[a], l.Shape[b]
	start := l.Offset
	var count int
	if offset >= 0 {
		count = max(0, min(rows, columns-min(offset, columns)))
		if count > 0 {
			start += offset * l.Strides[b]
		}
	} else {
		skip := min(rows, -max(offset, -rows))
		count = max(0, min(rows-skip, columns))
		if count > 0 {
			start += skip * l.Strides[a]
		}
	}
	out := Layout{nil, nil, start}
	for i, n := range l.Shape {
		if i != a && i != b {
			out.Shape, out.Strides = append(out.Shape, n), append(out.Strides, l.Strides[i])
		}
	}
	out.Shape, out.Strides = append(out.Shape, count), append(out.Strides, l.Strides[a]+l.Strides[b])
	return out, nil
}
