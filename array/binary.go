package array

import (
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// The argument x of the methods here is an *Array, an array of package ndarray, or a number. Shapes broadcast, and
// types meet, as in NumPy: an int, float64 or complex128 is a weak number, which takes the type of the array if that
// holds its kind.

// Add returns the sums a + x.
func (a *Array) Add(x any) *Array { return site{"Add", caller()}.apply(tile.Add, a, x) }

// Sub returns the differences a − x.
func (a *Array) Sub(x any) *Array { return site{"Sub", caller()}.apply(tile.Subtract, a, x) }

// Mul returns the products a · x.
func (a *Array) Mul(x any) *Array { return site{"Mul", caller()}.apply(tile.Multiply, a, x) }

// Div returns the quotients a / x, as floats.
func (a *Array) Div(x any) *Array { return site{"Div", caller()}.apply(tile.Divide, a, x) }

// FloorDiv returns the quotients a / x rounded down; of integers by zero they are 0.
func (a *Array) FloorDiv(x any) *Array {
	return site{"FloorDiv", caller()}.apply(tile.FloorDivide, a, x)
}

// Mod returns what remains of a / x rounded down, with the sign of x; of integers by zero it is 0.
func (a *Array) Mod(x any) *Array { return site{"Mod", caller()}.apply(tile.Mod, a, x) }

// Pow returns the elements to the power of x. Negative powers of integers lose their fractions.
func (a *Array) Pow(x any) *Array { return site{"Pow", caller()}.apply(tile.Power, a, x) }

// Minimum returns the lesser of a and x; NaN if one of them is.
func (a *Array) Minimum(x any) *Array { return site{"Minimum", caller()}.apply(tile.Minimum, a, x) }

// Maximum returns the greater of a and x; NaN if one of them is.
func (a *Array) Maximum(x any) *Array { return site{"Maximum", caller()}.apply(tile.Maximum, a, x) }

// Fmin returns the lesser of a and x; the other one if one is NaN.
func (a *Array) Fmin(x any) *Array { return site{"Fmin", caller()}.apply(tile.Fmin, a, x) }

// Fmax returns the greater of a and x; the other one if one is NaN.
func (a *Array) Fmax(x any) *Array { return site{"Fmax", caller()}.apply(tile.Fmax, a, x) }

// Atan2 returns the angles of the points with y = a and x = x.
func (a *Array) Atan2(x any) *Array { return site{"Atan2", caller()}.apply(tile.Atan2, a, x) }

// Hypot returns the square roots of a² + x².
func (a *Array) Hypot(x any) *Array { return site{"Hypot", caller()}.apply(tile.Hypot, a, x) }

// Copysign returns the elements with the signs of x.
func (a *Array) Copysign(x any) *Array { return site{"Copysign", caller()}.apply(tile.Copysign, a, x) }

// BitAnd returns the bits that both a and x have; of bools whether both are true.
func (a *Array) BitAnd(x any) *Array { return site{"BitAnd", caller()}.apply(tile.BitAnd, a, x) }

// BitOr returns the bits that a or x has; of bools whether one is true.
func (a *Array) BitOr(x any) *Array { return site{"BitOr", caller()}.apply(tile.BitOr, a, x) }

// BitXor returns the bits that one of a and x has; of bools whether one of them is true.
func (a *Array) BitXor(x any) *Array { return site{"BitXor", caller()}.apply(tile.BitXor, a, x) }

// Shl returns the integers of a shifted left by x bits.
func (a *Array) Shl(x any) *Array { return site{"Shl", caller()}.apply(tile.ShiftLeft, a, x) }

// Shr returns the integers of a shifted right by x bits.
func (a *Array) Shr(x any) *Array { return site{"Shr", caller()}.apply(tile.ShiftRight, a, x) }

// Equal returns whether elements of a and x are equal.
func (a *Array) Equal(x any) *Array { return site{"Equal", caller()}.apply(tile.Equal, a, x) }

// NotEqual returns whether elements of a and x differ.
func (a *Array) NotEqual(x any) *Array { return site{"NotEqual", caller()}.apply(tile.NotEqual, a, x) }

// Less returns whether elements of a are less than those of x.
func (a *Array) Less(x any) *Array { return site{"Less", caller()}.apply(tile.Less, a, x) }

// LessEqual returns whether elements of a are at most those of x.
func (a *Array) LessEqual(x any) *Array {
	return site{"LessEqual", caller()}.apply(tile.LessEqual, a, x)
}

// Greater returns whether elements of a are greater than those of x.
func (a *Array) Greater(x any) *Array { return site{"Greater", caller()}.apply(tile.Less, x, a) }

// GreaterEqual returns whether elements of a are at least those of x.
func (a *Array) GreaterEqual(x any) *Array {
	return site{"GreaterEqual", caller()}.apply(tile.LessEqual, x, a)
}

// And returns whether elements of both a and x are true, or other than zero.
func (a *Array) And(x any) *Array { return logical(site{"And", caller()}, tile.BitAnd, a, x) }

// Or returns whether elements of a or x are true, or other than zero.
func (a *Array) Or(x any) *Array { return logical(site{"Or", caller()}, tile.BitOr, a, x) }

// Xor returns whether elements of one of a and x are true, or other than zero.
func (a *Array) Xor(x any) *Array { return logical(site{"Xor", caller()}, tile.BitXor, a, x) }

func logical(s site, op tile.Op, args ...any) *Array {
	of, err := s.operands(args)
	if err != nil {
		return &Array{err: err}
	}
	for i, o := range of {
		if o.array != nil {
			of[i].array = s.truth(o.array)
		}
	}
	return s.elementwise(op, ndarray.Bool, ndarray.Bool, of)
}
