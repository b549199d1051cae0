package array

import (
	"math"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// Round returns the elements rounded to so many decimals, halves to the even one; negative decimals are tens, hundreds and so on.
// Integers stay what they are for decimals from 0 on.
func (a *Array) Round(decimals int) *Array {
	s := site{"Round", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	d := a.DType()
	switch {
	case d.IsComplex():
		return s.fail("complex numbers are not rounded here: round Real and Imag")
	case d == ndarray.Bool || d.IsInteger() && decimals >= 0:
		return a
	case d.IsInteger():
		return s.fail("whole numbers are not rounded to tens: divide them, or Cast them to float64")
	case decimals == 0:
		return s.apply(tile.Rint, a)
	}
	power := math.Pow(10, math.Abs(float64(decimals)))
	there, back := tile.Multiply, tile.Divide
	if decimals < 0 {
		there, back = back, there
	}
	return s.binary(back, s.apply(tile.Rint, s.binary(there, a, power)), power)
}

// NaNToNum returns the elements with 0 in place of NaN, and the greatest and least numbers of the type in place of infinities.
func (a *Array) NaNToNum() *Array {
	s := site{"NaNToNum", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if !a.DType().IsFloat() {
		if a.DType().IsComplex() {
			return s.fail("NaN of complex numbers is not replaced here: use Real and Imag")
		}
		return a
	}
	most := math.MaxFloat64
	if a.DType() == ndarray.Float32 {
		most = math.MaxFloat32
	}
	clipped := s.apply(tile.Minimum, s.apply(tile.Maximum, a, -most), most)
	return s.where(s.apply(tile.IsNaN, a), 0.0, clipped)
}

// Deg2Rad returns degrees as radians.
func (a *Array) Deg2Rad() *Array {
	s := site{"Deg2Rad", caller()}
	return s.floats(a, func(x *Array) *Array { return s.binary(tile.Multiply, x, math.Pi/180) })
}

// Rad2Deg returns radians as degrees.
func (a *Array) Rad2Deg() *Array {
	s := site{"Rad2Deg", caller()}
	return s.floats(a, func(x *Array) *Array { return s.binary(tile.Multiply, x, 180/math.Pi) })
}

// Sinc returns sin(πx) / πx, which is 1 at 0.
func (a *Array) Sinc() *Array {
	s := site{"Sinc", caller()}
	return s.floats(a, func(x *Array) *Array {
		y := s.binary(tile.Multiply, s.where(s.binary(tile.Equal, x, 0.0), 1e-20, x), math.Pi)
		return s.binary(tile.Divide, s.apply(tile.Sin, y), y)
	})
}

// SignBit returns whether the sign of the elements is negative, also of zeros and NaN.
func (a *Array) SignBit() *Array {
	s := site{"SignBit", caller()}
	return s.floats(a, func(x *Array) *Array { return s.binary(tile.Less, s.apply(tile.Copysign, FullLike(x, 1), x), 0.0) })
}

// LogAddExp returns the logarithms of the sums of the exponentials of a and x.
func (a *Array) LogAddExp(x any) *Array {
	s := site{"LogAddExp", caller()}
	distance := s.apply(tile.Abs, s.binary(tile.Subtract, a, x))
	sum := s.binary(tile.Add, s.apply(tile.Maximum, a, x), s.apply(tile.Log1p, s.apply(tile.Exp, s.apply(tile.Negative, distance))))
	if sum.err != nil {
		return sum
	}
	// Of equal infinities the distance is NaN.
	return s.where(s.binary(tile.Equal, a, x), s.binary(tile.Add, s.cast(a, sum.DType()), math.Ln2), sum)
}

// Heaviside returns 0 for negative elements, 1 for positive ones, and x for zero.
func (a *Array) Heaviside(x any) *Array {
	s := site{"Heaviside", caller()}
	return s.floats(a, func(of *Array) *Array {
		step := s.where(s.binary(tile.Less, of, 0.0), 0.0, s.where(s.binary(tile.Less, 0.0, of), 1.0, x))
		return s.where(s.apply(tile.IsNaN, of), of, step)
	})
}

// floats applies f to an array as floats.
func (s site) floats(a *Array, f func(*Array) *Array) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	if a.DType().IsComplex() {
		return s.fail("there is no %s of complex numbers", s.name)
	}
	d := a.DType()
	if !d.IsFloat() {
		d = tile.Sin.Works(d)
	}
	return f(s.cast(a, d))
}

// UnravelIndex returns the coordinates along each axis of a shape of places in row-major order.
func UnravelIndex(places *Array, shape Shape) []*Array {
	s := site{"UnravelIndex", caller()}
	out := make([]*Array, len(shape))
	step := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		out[axis] = s.binary(tile.Mod, s.binary(tile.FloorDivide, places, step), max(shape[axis], 1))
		step *= max(shape[axis], 1)
	}
	return out
}

// RavelMultiIndex returns the places in row-major order of coordinates along each axis of a shape.
func RavelMultiIndex(coordinates []*Array, shape Shape) *Array {
	s := site{"RavelMultiIndex", caller()}
	if len(coordinates) != len(shape) || len(shape) == 0 {
		return s.fail("coordinates along %d axes for shape %s", len(coordinates), tuple(shape))
	}
	places := coordinates[0]
	for axis, n := range shape[1:] {
		places = s.binary(tile.Add, s.binary(tile.Multiply, places, n), coordinates[axis+1])
	}
	return places
}
