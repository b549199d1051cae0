package ndarray

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxRank is the greatest number of axes, which is NumPy's.
const MaxRank = 64

// maxElements keeps the bytes of every array of the widest type countable.
const maxElements = math.MaxInt / 16

// Size returns the number of elements of an array of that shape; 1 for no axes.
// A negative length, more than [MaxRank] axes, or more elements than could be
// addressed are errors. An axis without elements does not excuse the others.
func Size(shape ...int) (int, error) {
	if len(shape) > MaxRank {
		return 0, fmt.Errorf("ndarray: %d axes; an array has at most %d", len(shape), MaxRank)
	}
	size, empty := 1, false
	for axis, n := range shape {
		switch {
		case n < 0:
			return 0, fmt.Errorf("ndarray: axis %d: negative length %d in shape %s", axis, n, FormatShape(shape))
		case n == 0:
			empty = true
		case size > maxElements/n:
			return 0, fmt.Errorf("ndarray: shape %s has more elements than memory could hold: use smaller chunks", FormatShape(shape))
		default:
			size *= n
		}
	}
	if empty {
		return 0, nil
	}
	return size, nil
}

// BroadcastShapes returns the shape to which all shapes stretch: aligned at
// their last axes, where each axis has one length in all of them, or 1.
func BroadcastShapes(shapes ...[]int) ([]int, error) {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, n := range s {
			have := &out[rank-len(s)+i]
			switch {
			case *have == n || n == 1:
			case *have == 1:
				*have = n
			default:
				return nil, fmt.Errorf("ndarray: shapes %s do not broadcast: axis %d from the end has lengths %d and %d; lengths must be equal or 1",
					shapesText(shapes), len(s)-i, *have, n)
			}
		}
	}
	if _, err := Size(out...); err != nil {
		return nil, err
	}
	return out, nil
}

// axisOf resolves an axis that may count from the end.
func axisOf(axis int, shape []int) (int, error) {
	rank := len(shape)
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("ndarray: axis %d is out of bounds for shape %s, which has %d", axis, FormatShape(shape), rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

// axesOf resolves several axes, which must differ.
func axesOf(axes, shape []int) ([]int, error) {
	out := make([]int, 0, len(axes))
	for _, a := range axes {
		axis, err := axisOf(a, shape)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, axis) {
			return nil, fmt.Errorf("ndarray: axis %d is named twice in %v, for shape %s", axis, axes, FormatShape(shape))
		}
		out = append(out, axis)
	}
	return out, nil
}

// FormatShape returns a shape as NumPy writes it: (), (3,), (3, 4).
func FormatShape(shape []int) string {
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = fmt.Sprint(n)
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func shapesText(shapes [][]int) string {
	parts := make([]string, len(shapes))
	for i, s := range shapes {
		parts[i] = FormatShape(s)
	}
	return strings.Join(parts, " and ")
}
