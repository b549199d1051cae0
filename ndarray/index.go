package ndarray

import (
	"fmt"
	"strings"
)

// Index says what to take of one axis, with the meaning of Python's a[...]:
// one position, a range with a step, or one of the marks [NewAxis] and
// [Ellipsis]. Negative positions count from the end. The zero Index is [All].
type Index struct {
	kind                       indexKind
	start, stop, step          int
	hasStart, hasStop, hasStep bool
}

type indexKind uint8

const (
	indexRange indexKind = iota
	indexAt
	indexNewAxis
	indexEllipsis
)

// At takes position i and the axis away. It must be inside the axis.
func At(i int) Index { return Index{kind: indexAt, start: i} }

// Range takes positions from start up to and without stop. As in Python, what
// lies outside the axis is cut off.
func Range(start, stop int) Index {
	return Index{start: start, stop: stop, hasStart: true, hasStop: true}
}

// From takes the positions from start on.
func From(start int) Index { return Index{start: start, hasStart: true} }

// To takes the positions before stop.
func To(stop int) Index { return Index{stop: stop, hasStop: true} }

// All takes the whole axis.
func All() Index { return Index{} }

// By takes every step-th position of a range. A negative step goes backwards:
// All().By(-1) reverses the axis.
func (x Index) By(step int) Index {
	x.step, x.hasStep = step, true
	return x
}

// NewAxis puts an axis of length 1 here and takes none.
func NewAxis() Index { return Index{kind: indexNewAxis} }

// Ellipsis stands for [All] of as many axes as no other index takes. There may
// be one; without it, it stands at the end.
func Ellipsis() Index { return Index{kind: indexEllipsis} }

// String writes x as Python does, such as "1:8:2".
func (x Index) String() string {
	switch x.kind {
	case indexAt:
		return fmt.Sprint(x.start)
	case indexNewAxis:
		return "newaxis"
	case indexEllipsis:
		return "..."
	}
	var b strings.Builder
	if x.hasStart {
		fmt.Fprint(&b, x.start)
	}
	b.WriteByte(':')
	if x.hasStop {
		fmt.Fprint(&b, x.stop)
	}
	if x.hasStep {
		fmt.Fprint(&b, ":", x.step)
	}
	return b.String()
}

// resolve returns the first position, the step and the number of positions that
// a range takes of an axis of n.
func (x Index) resolve(n int) (first, step, count int) {
	step = 1
	if x.hasStep {
		step = x.step
	}
	low, high := 0, n
	if step < 0 {
		low, high = -1, n-1
	}
	clamp := func(p int) int {
		if p < 0 {
			p += n
		}
		return min(max(p, low), high)
	}
	first, stop := low, high
	if step < 0 {
		first, stop = high, low
	}
	if x.hasStart {
		first = clamp(x.start)
	}
	if x.hasStop {
		stop = clamp(x.stop)
	}
	switch {
	case step > 0 && first < stop:
		count = (stop-first-1)/step + 1
	case step < 0 && stop < first:
		// Divided before the sign changes: the least int has no negative.
		count = -((first - stop - 1) / step) + 1
	}
	return first, step, count
}

// indexText writes indices as Python does.
func indexText(items []Index) string {
	parts := make([]string, len(items))
	for i, x := range items {
		parts[i] = x.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
