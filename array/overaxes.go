package array

import "slices"

// ApplyOverAxes returns what f makes of an array along one axis after the other, as NumPy's apply_over_axes does. f returns an array of as
// many axes, or of one less, which stays with length 1:
//
//	array.ApplyOverAxes(func(a *array.Array, axis int) *array.Array { return array.Along(axis).Sum(a) }, a, 0, 2)
func ApplyOverAxes(f func(a *Array, axis int) *Array, a *Array, axes ...int) *Array {
	s := site{"ApplyOverAxes", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if f == nil {
		return s.fail("the function is nil")
	}
	rank := a.Rank()
	for _, axis := range axes {
		at, err := axisOf(axis, rank)
		if err != nil {
			return s.fail("%w; shape %s", err, tuple(a.Shape()))
		}
		of := a.Shape()
		if a = f(a, at); a.Err() != nil {
			return a
		}
		switch a.Rank() {
		case rank:
		case rank - 1:
			a = a.ExpandDims(at)
		default:
			return s.fail("the function made an array of shape %s of one of shape %s: it must have as many axes or one less", tuple(a.Shape()), tuple(of))
		}
	}
	return a
}

// ApplyAlong returns the array of what a function of one line, with a signature such as "(n)->()" or "(n)->(m)", makes of each line along an
// axis, as NumPy's apply_along_axis does: the axes of what it makes take the place of that one.
func ApplyAlong(f *Gufunc, a *Array, axis int) *Array {
	s := site{"ApplyAlong", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	if f == nil {
		return s.fail("the function is nil")
	}
	if len(f.in) != 1 || len(f.in[0]) != 1 || len(f.out) != 1 {
		return s.fail("the signature %s: it must take one line and make one array, as \"(n)->()\" does", f.signature)
	}
	rank := a.Rank()
	out := f.all(s, []*Array{transpose(s, a, slices.Insert(slices.Delete(numbers(rank), at, at+1), rank-1, at))})[0]
	if out.err != nil {
		return out
	}
	order := numbers(out.Rank())
	core := slices.Clone(order[rank-1:])
	return transpose(s, out, slices.Insert(order[:rank-1:rank-1], at, core...))
}

// Piecewise returns, of what functions make of a, the elements of the last one whose condition is true there, or other than zero, and of
// otherwise where none is, as NumPy's piecewise does. Functions and otherwise are a func(*Array) *Array, which is given the whole array, an
// array or a number; without otherwise there are zeros. The result has the type of a.
func Piecewise(a *Array, conditions []*Array, functions []any, otherwise any) *Array {
	s := site{"Piecewise", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if len(conditions) != len(functions) {
		return s.fail("%d conditions for %d functions: give one for each", len(conditions), len(functions))
	}
	if otherwise == nil {
		otherwise = zeroOf(a.DType())
	}
	result := s.piece(a, otherwise)
	for i, f := range functions {
		result = s.where(conditions[i], s.piece(a, f), result)
	}
	if result.err == nil && !slices.Equal(result.Shape(), a.Shape()) {
		return s.fail("conditions and functions broadcast to shape %s, and the array has shape %s", tuple(result.Shape()), tuple(a.Shape()))
	}
	return result
}

// piece returns what a function, an array or a number makes of an array, with its type and shape.
func (s site) piece(a *Array, f any) *Array {
	if call, ok := f.(func(*Array) *Array); ok {
		if call == nil {
			return s.fail("a function is nil")
		}
		f = call(a)
	}
	made, err := s.stretched(f, a.DType(), a.Shape())
	if err != nil {
		return &Array{err: err}
	}
	return made
}
