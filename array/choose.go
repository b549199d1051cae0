package array

import (
	"slices"

	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Choose returns, of the arrays or numbers in a list, the elements of the one whose number stands in a. As in NumPy's mode "clip",
// numbers below 0 mean the first, and those beyond the end the last.
func (a *Array) Choose(of ...any) *Array {
	s := site{"Choose", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if len(of) == 0 || !a.DType().IsInteger() && a.DType() != ndarray.Bool {
		return s.fail("a choice of %d by elements of type %v: give something to choose, by whole numbers", len(of), a.DType())
	}
	conditions := make([]*Array, len(of)-1)
	for i := range conditions {
		conditions[i] = s.binary(tile.LessEqual, s.cast(a, ndarray.Int64), i)
	}
	last := of[len(of)-1]
	if len(of) == 1 { // a still decides the shape
		return s.where(s.binary(tile.Equal, a, a), last, last)
	}
	return s.cases(conditions, of[:len(of)-1], last)
}

// Select returns, of the arrays or numbers in a list, the elements of the first whose condition is true there, or other than zero, and
// of otherwise where none is.
func Select(conditions []*Array, choices []any, otherwise any) *Array {
	s := site{"Select", caller()}
	if len(conditions) == 0 || len(conditions) != len(choices) {
		return s.fail("%d conditions for %d choices: give one for each", len(conditions), len(choices))
	}
	return s.cases(conditions, choices, otherwise)
}

// cases asks for the conditions from the last to the first. All choices decide the type.
func (s site) cases(conditions []*Array, choices []any, otherwise any) *Array {
	of, d, err := s.choices(append(slices.Clone(choices), otherwise))
	if err != nil {
		return &Array{err: err}
	}
	result := &Array{node: s.as(of[len(choices)], d)}
	for i := len(choices) - 1; i >= 0; i-- {
		result = s.where(conditions[i], &Array{node: s.as(of[i], d)}, result)
	}
	return result
}

// Lookup returns the elements of a, a table of one axis, at places that another array has, which may count from its end. Each task
// holds the whole table. A place outside of it is an error when it is computed.
func (a *Array) Lookup(places *Array) *Array {
	s := site{"Lookup", caller()}
	if err := s.check(a, places); err != nil {
		return &Array{err: err}
	}
	if d := places.DType(); a.Rank() != 1 || !d.IsInteger() {
		return s.fail("elements of shape %s at places of type %v: the table must have one axis, and places are whole numbers", tuple(a.Shape()), d)
	}
	n := a.Size()
	space := append(slices.Clone(places.node.Grid), arrays.Even(n, n))
	return &Array{node: arrays.Block(s.name, s.pc, selection.Op{Kind: selection.Lookup}, a.DType(), space, places.node.Grid,
		arrays.Seen{Node: s.cast(places, ndarray.Int64).node, View: arrays.Identity(places.Rank())},
		arrays.Seen{Node: a.node, View: arrays.View{{Axis: places.Rank(), Step: 1}}})}
}

// Compress returns the parts along an axis for which a list says true; what the list does not reach is left out.
func (a *Array) Compress(condition []bool, axis int) *Array {
	s := site{"Compress", caller()}
	return s.placed(a, axis, func(n int) ([]int, error) {
		var at []int
		for i, yes := range condition {
			if yes {
				at = append(at, i)
			}
		}
		return resolved(at, n)
	})
}

// Extract returns the elements where the condition is true, or other than zero, in row-major order: it need not have the shape of a, but
// as many elements.
func (a *Array) Extract(condition *Array) *Unsized {
	s := site{"Extract", caller()}
	if err := s.check(a, condition); err != nil {
		return &Unsized{err: err}
	}
	flat := making{}
	return selected(s, reshape(s, a, Shape{-1}, flat), reshape(s, condition, Shape{-1}, flat))
}

// SetTake returns the array with other parts at listed positions of an axis, as in a[positions] = value of NumPy: the value broadcasts to
// what [Array.Take] would return. Where a position is listed twice, the last one counts.
func (a *Array) SetTake(value any, positions []int, axis int) *Array {
	return setTake(site{"SetTake", caller()}, a, value, positions, axis)
}

func setTake(s site, a *Array, value any, positions []int, axis int) *Array {
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	n := a.Shape()[at]
	own, err := resolved(positions, n)
	if err != nil {
		return s.fail("%w", err)
	}
	shape := slices.Clone(a.Shape())
	shape[at] = len(own)
	new, err := s.stretched(value, a.DType(), shape)
	if err != nil {
		return &Array{err: err}
	}
	from := numbers(n)
	for i, p := range own {
		from[p] = n + i
	}
	return s.regrid(take(s, concatenate(s, at, []*Array{a, new}), from, at), a.node.Grid)
}

// SetVIndex returns the array with other elements at listed points; see [Array.VIndex]. The value broadcasts to as many as there are.
func (a *Array) SetVIndex(value any, coordinates ...[]int) *Array {
	s := site{"SetVIndex", caller()}
	flat, err := s.points(a, coordinates)
	if err != nil {
		return &Array{err: err}
	}
	line := setTake(s, reshape(s, a, Shape{-1}, making{}), value, flat, 0)
	if line.err != nil {
		return line
	}
	return s.regrid(reshape(s, line, a.Shape(), making{}), a.node.Grid)
}
