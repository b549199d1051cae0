package array

import "github.com/braid-compute/braid/internal/kernel/tile"

// Neg returns the elements with the other sign.
func (a *Array) Neg() *Array { return site{"Neg", caller()}.apply(tile.Negative, a) }

// Abs returns the absolute values; of complex numbers these are real.
func (a *Array) Abs() *Array { return site{"Abs", caller()}.apply(tile.Abs, a) }

// Sign returns −1, 0 or 1 as the elements are negative, zero or positive.
func (a *Array) Sign() *Array { return site{"Sign", caller()}.apply(tile.Sign, a) }

// Square returns the squares.
func (a *Array) Square() *Array { return site{"Square", caller()}.apply(tile.Square, a) }

// Reciprocal returns 1 divided by the elements, as floats.
func (a *Array) Reciprocal() *Array { return site{"Reciprocal", caller()}.apply(tile.Reciprocal, a) }

// Sqrt returns the square roots.
func (a *Array) Sqrt() *Array { return site{"Sqrt", caller()}.apply(tile.Sqrt, a) }

// Cbrt returns the cube roots.
func (a *Array) Cbrt() *Array { return site{"Cbrt", caller()}.apply(tile.Cbrt, a) }

// Exp returns e to the power of the elements.
func (a *Array) Exp() *Array { return site{"Exp", caller()}.apply(tile.Exp, a) }

// Exp2 returns 2 to the power of the elements.
func (a *Array) Exp2() *Array { return site{"Exp2", caller()}.apply(tile.Exp2, a) }

// Expm1 returns e to the power of the elements, minus 1, which is exact for small ones.
func (a *Array) Expm1() *Array { return site{"Expm1", caller()}.apply(tile.Expm1, a) }

// Log returns the natural logarithms.
func (a *Array) Log() *Array { return site{"Log", caller()}.apply(tile.Log, a) }

// Log2 returns the logarithms to the base 2.
func (a *Array) Log2() *Array { return site{"Log2", caller()}.apply(tile.Log2, a) }

// Log10 returns the logarithms to the base 10.
func (a *Array) Log10() *Array { return site{"Log10", caller()}.apply(tile.Log10, a) }

// Log1p returns the natural logarithms of 1 plus the elements, which is exact for small ones.
func (a *Array) Log1p() *Array { return site{"Log1p", caller()}.apply(tile.Log1p, a) }

// Sin returns the sines.
func (a *Array) Sin() *Array { return site{"Sin", caller()}.apply(tile.Sin, a) }

// Cos returns the cosines.
func (a *Array) Cos() *Array { return site{"Cos", caller()}.apply(tile.Cos, a) }

// Tan returns the tangents.
func (a *Array) Tan() *Array { return site{"Tan", caller()}.apply(tile.Tan, a) }

// Asin returns the inverse sines.
func (a *Array) Asin() *Array { return site{"Asin", caller()}.apply(tile.Asin, a) }

// Acos returns the inverse cosines.
func (a *Array) Acos() *Array { return site{"Acos", caller()}.apply(tile.Acos, a) }

// Atan returns the inverse tangents.
func (a *Array) Atan() *Array { return site{"Atan", caller()}.apply(tile.Atan, a) }

// Sinh returns the hyperbolic sines.
func (a *Array) Sinh() *Array { return site{"Sinh", caller()}.apply(tile.Sinh, a) }

// Cosh returns the hyperbolic cosines.
func (a *Array) Cosh() *Array { return site{"Cosh", caller()}.apply(tile.Cosh, a) }

// Tanh returns the hyperbolic tangents.
func (a *Array) Tanh() *Array { return site{"Tanh", caller()}.apply(tile.Tanh, a) }

// Asinh returns the inverse hyperbolic sines.
func (a *Array) Asinh() *Array { return site{"Asinh", caller()}.apply(tile.Asinh, a) }

// Acosh returns the inverse hyperbolic cosines.
func (a *Array) Acosh() *Array { return site{"Acosh", caller()}.apply(tile.Acosh, a) }

// Atanh returns the inverse hyperbolic tangents.
func (a *Array) Atanh() *Array { return site{"Atanh", caller()}.apply(tile.Atanh, a) }

// Floor returns the greatest whole numbers that are not above the elements.
func (a *Array) Floor() *Array { return site{"Floor", caller()}.apply(tile.Floor, a) }

// Ceil returns the least whole numbers that are not below the elements.
func (a *Array) Ceil() *Array { return site{"Ceil", caller()}.apply(tile.Ceil, a) }

// Trunc returns the elements without their fractions.
func (a *Array) Trunc() *Array { return site{"Trunc", caller()}.apply(tile.Trunc, a) }

// Rint returns the nearest whole numbers, of two as near the even one, as floats.
func (a *Array) Rint() *Array { return site{"Rint", caller()}.apply(tile.Rint, a) }

// IsNaN returns whether the elements are NaN.
func (a *Array) IsNaN() *Array { return site{"IsNaN", caller()}.apply(tile.IsNaN, a) }

// IsInf returns whether the elements are infinite.
func (a *Array) IsInf() *Array { return site{"IsInf", caller()}.apply(tile.IsInf, a) }

// IsFinite returns whether the elements are neither infinite nor NaN.
func (a *Array) IsFinite() *Array { return site{"IsFinite", caller()}.apply(tile.IsFinite, a) }

// Not returns of bools whether they are false, and of integers all bits turned round.
func (a *Array) Not() *Array { return site{"Not", caller()}.apply(tile.Not, a) }

// Real returns the real parts.
func (a *Array) Real() *Array { return site{"Real", caller()}.apply(tile.Real, a) }

// Imag returns the imaginary parts.
func (a *Array) Imag() *Array { return site{"Imag", caller()}.apply(tile.Imag, a) }

// Conj returns the complex conjugates.
func (a *Array) Conj() *Array { return site{"Conj", caller()}.apply(tile.Conj, a) }

// Angle returns the angles of complex numbers.
func (a *Array) Angle() *Array { return site{"Angle", caller()}.apply(tile.Angle, a) }
