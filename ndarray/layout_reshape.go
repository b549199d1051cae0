package ndarray

import (
	"fmt"
	"slices"
)

// Reshape gives the elements, in row-major order, another shape. One length may
// be -1 and is worked out from the others. isView is false if no strides say
// this and the elements have to be copied first; the layout is then that of the
// copy.
func (l Layout) Reshape(shape ...int) (reshaped Layout, isView bool, err error) {
	shape, err = l.inferred(shape)
	if err != nil {
		return Layout{}, false, err
	}
	if l.Size() == 0 {
		out := RowMajor(shape...)
		out.Offset = l.Offset
		return out, true, nil
	}
	strides, ok := l.regroup(shape)
	if !ok {
		return RowMajor(shape...), false, nil
	}
	return Layout{shape, strides, l.Offset}, true, nil
}

// inferred returns shape with its -1 replaced, after checking that it has as
// many elements as l.
func (l Layout) inferred(shape []int) ([]int, error) {
	shape = slices.Clone(shape)
	unknown := slices.Index(shape, -1)
	if unknown >= 0 {
		shape[unknown] = 1
		if slices.Contains(shape, -1) {
			return nil, fmt.Errorf("ndarray: shape %s for an array of shape %s: only one length can be -1", FormatShape(shape), FormatShape(l.Shape))
		}
	}
	size, err := Size(shape...)
	if err != nil {
		return nil, err
	}
	have := l.Size()
	if unknown >= 0 && size > 0 && have%size == 0 {
		shape[unknown], size = have/size, have
	}
	if size != have || unknown >= 0 && slices.Contains(without(shape, unknown), 0) {
		if unknown >= 0 {
			shape[unknown] = -1
		}
		return nil, fmt.Errorf("ndarray: an array of shape %s has %d elements and cannot get shape %s", FormatShape(l.Shape), have, FormatShape(shape))
	}
	return shape, nil
}

func without(s []int, i int) []int { return slices.Delete(slices.Clone(s), i, i+1) }

// regroup finds strides for shape. Axes of l and of shape are taken in the
// smallest groups with equal products; within a group, the axes of l must lie
// one after the other in memory.
func (l Layout) regroup(shape []int) (strides []int, ok bool) {
	old := Layout{}
	for i, n := range l.Shape {
		if n != 1 {
			old.Shape, old.Strides = append(old.Shape, n), append(old.Strides, l.Strides[i])
		}
	}
	strides = make([]int, len(shape))
	from, to := 0, 0
	for from < len(old.Shape) {
		fromEnd, toEnd := from+1, to+1
		have, want := old.Shape[from], shape[to]
		for have != want {
			if have < want {
				have *= old.Shape[fromEnd]
				fromEnd++
			} else {
				want *= shape[toEnd]
				toEnd++
			}
		}
		for i := from; i < fromEnd-1; i++ {
			if old.Strides[i] != old.Strides[i+1]*old.Shape[i+1] {
				return nil, false
			}
		}
		step := old.Strides[fromEnd-1]
		for i := toEnd - 1; i >= to; i-- {
			strides[i] = step
			step *= shape[i]
		}
		from, to = fromEnd, toEnd
	}
	for ; to < len(shape); to++ { // what is left are axes of one element
		strides[to] = 1
	}
	return strides, true
}
