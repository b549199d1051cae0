package tile

import (
	"fmt"
	"math"

	"github.com/braid-compute/braid/ndarray"
)

// Op is an operation on elements, with the meaning of NumPy's function of that name. The numbers travel between
// processes.
type Op uint8

// The operations.
const (
	Cast Op = iota + 1
	Where

	Add
	Subtract
	Multiply
	Divide
	FloorDivide
	Mod
	Power
	Minimum
	Maximum
	Fmin
	Fmax
	Atan2
	Hypot
	Copysign
	BitAnd
	BitOr
	BitXor
	ShiftLeft
	ShiftRight
	Equal
	NotEqual
	Less
	LessEqual

	Negative
	Abs
	Sign
	Square
	Reciprocal
	Sqrt
	Cbrt
	Exp
	Exp2
	Expm1
	Log
	Log2
	Log10
	Log1p
	Sin
	Cos
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Tanh
	Asinh
	Acosh
	Atanh
	Floor
	Ceil
	Trunc
	Rint
	IsNaN
	IsInf
	IsFinite
	Not // of bools the logical one, of integers that of the bits
	Real
	Imag
	Conj
	Angle
)

// domain says what an operation works on: to which type NumPy takes its arguments first.
type domain uint8

const (
	anyType   domain = iota // the common type of the arguments
	floating                // a float or complex type that holds them
	realFloat               // a float type that holds them
	quotients               // like floating, and of integers float64
	counting                // of bools int8
)

// ops are the facts about operations: name, number of arguments, domain.
var ops = [...]struct {
	name   string
	arity  int
	domain domain
}{
	Cast: {"cast", 1, anyType}, Where: {"where", 3, anyType},
	Add: {"add", 2, anyType}, Subtract: {"subtract", 2, anyType}, Multiply: {"multiply", 2, anyType},
	Divide: {"divide", 2, quotients}, FloorDivide: {"floor_divide", 2, counting}, Mod: {"mod", 2, counting}, Power: {"power", 2, counting},
	Minimum: {"minimum", 2, anyType}, Maximum: {"maximum", 2, anyType}, Fmin: {"fmin", 2, anyType}, Fmax: {"fmax", 2, anyType},
	Atan2: {"arctan2", 2, realFloat}, Hypot: {"hypot", 2, realFloat}, Copysign: {"copysign", 2, realFloat},
	BitAnd: {"bitwise_and", 2, anyType}, BitOr: {"bitwise_or", 2, anyType}, BitXor: {"bitwise_xor", 2, anyType},
	ShiftLeft: {"left_shift", 2, anyType}, ShiftRight: {"right_shift", 2, anyType},
	Equal: {"equal", 2, anyType}, NotEqual: {"not_equal", 2, anyType}, Less: {"less", 2, anyType}, LessEqual: {"less_equal", 2, anyType},
	Negative: {"negative", 1, anyType}, Abs: {"absolute", 1, anyType}, Sign: {"sign", 1, anyType}, Square: {"square", 1, counting},
	Reciprocal: {"reciprocal", 1, floating}, Sqrt: {"sqrt", 1, floating}, Cbrt: {"cbrt", 1, realFloat},
	Exp: {"exp", 1, floating}, Exp2: {"exp2", 1, realFloat}, Expm1: {"expm1", 1, realFloat}, Log: {"log", 1, floating},
	Log2: {"log2", 1, realFloat}, Log10: {"log10", 1, floating}, Log1p: {"log1p", 1, realFloat},
	Sin: {"sin", 1, floating}, Cos: {"cos", 1, floating}, Tan: {"tan", 1, floating},
	Asin: {"arcsin", 1, floating}, Acos: {"arccos", 1, floating}, Atan: {"arctan", 1, floating},
	Sinh: {"sinh", 1, floating}, Cosh: {"cosh", 1, floating}, Tanh: {"tanh", 1, floating},
	Asinh: {"arcsinh", 1, floating}, Acosh: {"arccosh", 1, floating}, Atanh: {"arctanh", 1, floating},
	Floor: {"floor", 1, anyType}, Ceil: {"ceil", 1, anyType}, Trunc: {"trunc", 1, anyType}, Rint: {"rint", 1, realFloat},
	IsNaN: {"isnan", 1, floating}, IsInf: {"isinf", 1, floating}, IsFinite: {"isfinite", 1, floating},
	Not: {"invert", 1, anyType}, Real: {"real", 1, anyType}, Imag: {"imag", 1, anyType}, Conj: {"conjugate", 1, anyType}, Angle: {"angle", 1, floating},
}

// String returns NumPy's name of the operation.
func (o Op) String() string {
	if int(o) >= len(ops) || ops[o].name == "" {
		return fmt.Sprintf("operation %d", uint8(o))
	}
	return ops[o].name
}

// Arity returns the number of arguments.
func (o Op) Arity() int { return ops[o].arity }

// Works returns the type to which arguments of a common type are taken before the operation. There is no float of 16
// bits, so what NumPy makes of the smallest integers by functions such as sqrt is a float32 here.
func (o Op) Works(d ndarray.DType) ndarray.DType {
	switch in := ops[o].domain; {
	case in == anyType || d.IsFloat() || d.IsComplex() || in == counting && d != ndarray.Bool:
		return d
	case in == counting:
		return ndarray.Int8
	case in == quotients:
		return ndarray.Float64
	}
	return ndarray.Promote(d, ndarray.Float32)
}

// Compares reports whether the operation compares its arguments.
func (o Op) Compares() bool { return o >= Equal && o <= LessEqual }

// Defined reports whether there is a kernel of the operation for arguments of a type.
func (o Op) Defined(d ndarray.DType) bool { return kernelOf(Step{Op: o, DType: d, To: d}) != nil }

// result returns the type of the result for arguments of a type.
func (o Op) result(d ndarray.DType) ndarray.DType {
	switch o {
	case Equal, NotEqual, Less, LessEqual, IsNaN, IsInf, IsFinite:
		return ndarray.Bool
	case Abs, Real, Imag, Angle:
		switch d {
		case ndarray.Complex64:
			return ndarray.Float32
		case ndarray.Complex128:
			return ndarray.Float64
		}
	}
	return d
}

// Bits returns a constant of a type, from the part that the type holds: floats as float64, integers as uint64 in two's
// complement.
func Bits(d ndarray.DType, integer uint64, re, im float64) [2]uint64 {
	switch {
	case d.IsComplex() || d.IsFloat():
		return [2]uint64{math.Float64bits(re), math.Float64bits(im)}
	}
	return [2]uint64{integer, 0}
}
