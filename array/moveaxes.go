package array

import "slices"

// MoveAxes returns the array with each axis of a list at the place that another list has for it, and the others in their order; see
// [Array.MoveAxis] for one.
func (a *Array) MoveAxes(from, to []int) *Array {
	s := site{"MoveAxes", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	sources, err := axesOf(from, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	places, err := axesOf(to, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	if len(sources) != len(places) {
		return s.fail("axes %v to places %v: give a place for each", from, to)
	}
	order := make([]int, a.Rank())
	for i := range order {
		order[i] = -1
	}
	for i, axis := range sources {
		order[places[i]] = axis
	}
	next := 0
	for i := range order {
		if order[i] >= 0 {
			continue
		}
		for slices.Contains(sources, next) {
			next++
		}
		order[i] = next
		next++
	}
	return transpose(s, a, order)
}

// RollAxis returns the array with an axis moved backwards until it lies before the one that was at place start, as NumPy's rollaxis
// does; start may be the number of axes. [Array.MoveAxis] says it more simply.
func (a *Array) RollAxis(axis, start int) *Array {
	s := site{"RollAxis", caller()}
	from, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Rank()
	if start < -n || start > n {
		return s.fail("before axis %d of %s: give from %d to %d", start, plural(n, "axis"), -n, n)
	}
	if start < 0 {
		start += n
	}
	if start > from { // the axis itself leaves a place
		start--
	}
	return transpose(s, a, slices.Insert(slices.Delete(numbers(n), from, from+1), start, from))
}

// FlipLR returns the array with its second axis, the columns of a matrix, reversed.
func (a *Array) FlipLR() *Array { return flipped(site{"FlipLR", caller()}, a, 1) }

// FlipUD returns the array with its first axis, the rows of a matrix, reversed.
func (a *Array) FlipUD() *Array { return flipped(site{"FlipUD", caller()}, a, 0) }

func flipped(s site, a *Array, axis int) *Array {
	if _, err := s.along(a, axis); err != nil {
		return &Array{err: err}
	}
	return a.Flip(axis)
}
