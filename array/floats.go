package array

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/kernel/floats"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// The operations that take floats apart, and functions without kernels in programs, chunk by chunk.
const (
	opFrexp     = "num/frexp"
	opLdexp     = "num/ldexp"
	opNextAfter = "num/nextafter"
	opSpacing   = "num/spacing"
	opI0        = "num/i0"
)

func init() {
	for name, f := range map[string]func(in []ndarray.Untyped) ([]ndarray.Untyped, error){
		opFrexp: func(in []ndarray.Untyped) ([]ndarray.Untyped, error) {
			fraction, exponent, err := floats.Frexp(in[0])
			return []ndarray.Untyped{fraction, exponent}, err
		},
		opLdexp: func(in []ndarray.Untyped) ([]ndarray.Untyped, error) {
			u, err := floats.Ldexp(in[0], in[1])
			return []ndarray.Untyped{u}, err
		},
		opNextAfter: func(in []ndarray.Untyped) ([]ndarray.Untyped, error) {
			u, err := floats.NextAfter(in[0], in[1])
			return []ndarray.Untyped{u}, err
		},
		opSpacing: func(in []ndarray.Untyped) ([]ndarray.Untyped, error) {
			u, err := floats.Spacing(in[0])
			return []ndarray.Untyped{u}, err
		},
		opI0: func(in []ndarray.Untyped) ([]ndarray.Untyped, error) {
			u, err := floats.I0(in[0])
			return []ndarray.Untyped{u}, err
		},
	} {
		takes := 1
		if name == opLdexp || name == opNextAfter {
			takes = 2
		}
		braid.RegisterOperation(arrays.CallOperation(name, "1", func(_ context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) {
			if len(b.In) != takes {
				return nil, fmt.Errorf("%s of %d chunks: client and worker are of different versions", name, len(b.In))
			}
			return f(b.In)
		}))
	}
}

// parts applies one of these operations to arrays, which broadcast to one shape.
func (s site) parts(operation string, types []ndarray.DType, of ...*Array) []*Array {
	fail := func(err error) []*Array {
		all := make([]*Array, len(types))
		for i := range all {
			all[i] = &Array{err: err}
		}
		return all
	}
	if err := s.check(of...); err != nil {
		return fail(err)
	}
	c, wide, err := s.together(of, len(types))
	if err != nil {
		return fail(err)
	}
	all, err := s.applied(operation, c, types, wide)
	if err != nil {
		return fail(err)
	}
	return all
}

// float returns an array of floats that hold its elements.
func (s site) float(a *Array) *Array { return s.floats(a, func(a *Array) *Array { return a }) }

// Frexp returns, of each element, a fraction from 0.5 up to and without 1, with its sign, and the power of 2, as an int32, that makes
// the element of it.
func (a *Array) Frexp() (fraction, exponent *Array) {
	s := site{"Frexp", caller()}
	a = s.float(a)
	all := s.parts(opFrexp, []ndarray.DType{a.DType(), ndarray.Int32}, a)
	return all[0], all[1]
}

// Ldexp returns the elements times 2 to the power of those of x, which are whole numbers.
func (a *Array) Ldexp(x any) *Array {
	s := site{"Ldexp", caller()}
	n, err := s.arrayOf(x)
	if err != nil {
		return &Array{err: err}
	}
	if d := n.DType(); !d.IsInteger() && d != ndarray.Bool {
		return s.fail("powers of type %v: they must be whole numbers", d)
	}
	a = s.float(a)
	return s.parts(opLdexp, []ndarray.DType{a.DType()}, a, s.cast(n, ndarray.Int64))[0]
}

// NextAfter returns the floats next to the elements in the direction of those of x.
func (a *Array) NextAfter(x any) *Array {
	s := site{"NextAfter", caller()}
	b, err := s.arrayOf(x)
	if err != nil {
		return &Array{err: err}
	}
	like := s.float(s.apply(tile.Add, a, x)) // decides the type, and is not computed
	if like.err != nil {
		return like
	}
	d := like.DType()
	return s.parts(opNextAfter, []ndarray.DType{d}, s.cast(a, d), s.cast(b, d))[0]
}

// Spacing returns the distances of the elements to the next floats away from zero, with their signs.
func (a *Array) Spacing() *Array {
	s := site{"Spacing", caller()}
	a = s.float(a)
	return s.parts(opSpacing, []ndarray.DType{a.DType()}, a)[0]
}

// arrayOf returns an argument as an array.
func (s site) arrayOf(v any) (*Array, error) {
	o, err := s.operandOf(v)
	if err != nil {
		return nil, err
	}
	if o.array != nil {
		return o.array, nil
	}
	d := o.number.dtype
	return &Array{node: arrays.Full(s.name, s.pc, d, o.number.bits(d), arrays.Grid{})}, nil
}

// Modf returns the fractions and the whole parts of the elements, both with their signs.
func (a *Array) Modf() (fraction, whole *Array) {
	s := site{"Modf", caller()}
	a = s.float(a)
	whole = s.apply(tile.Trunc, a)
	rest := s.where(s.apply(tile.IsInf, a), 0.0, s.binary(tile.Subtract, a, whole))
	return s.binary(tile.Copysign, rest, a), whole
}

// DivMod returns the quotients rounded down and the rests, as FloorDiv and Mod do.
func (a *Array) DivMod(x any) (quotient, rest *Array) {
	s := site{"DivMod", caller()}
	return s.binary(tile.FloorDivide, a, x), s.binary(tile.Mod, a, x)
}

// Fmod returns what is left of a division rounded towards zero: it has the sign of a.
func (a *Array) Fmod(x any) *Array {
	s := site{"Fmod", caller()}
	rest := s.binary(tile.Mod, a, x)
	b, err := s.arrayOf(x)
	if err != nil {
		return &Array{err: err}
	}
	switch {
	case rest.err != nil:
		return rest
	case rest.DType().IsFloat():
		a = s.cast(a, rest.DType())
		size := s.binary(tile.Mod, s.apply(tile.Abs, a), s.apply(tile.Abs, s.cast(b, rest.DType())))
		return s.binary(tile.Copysign, size, a)
	case !rest.DType().IsSigned():
		return rest
	}
	other := s.binary(tile.BitAnd, s.binary(tile.NotEqual, rest, 0), s.binary(tile.NotEqual, s.binary(tile.Less, rest, 0), s.binary(tile.Less, a, 0)))
	return s.where(other, s.binary(tile.Subtract, rest, x), rest)
}

// FloatPower returns the powers as float64, or as complex128 of complex numbers.
func (a *Array) FloatPower(x any) *Array {
	s := site{"FloatPower", caller()}
	b, err := s.arrayOf(x)
	if err != nil {
		return &Array{err: err}
	}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	d := ndarray.Float64
	if a.DType().IsComplex() || b.DType().IsComplex() {
		d = ndarray.Complex128
	}
	return s.binary(tile.Power, s.cast(a, d), s.cast(b, d))
}

// LogicalNot returns whether the elements are false, or zero.
func (a *Array) LogicalNot() *Array {
	s := site{"LogicalNot", caller()}
	return s.apply(tile.Not, s.truth(a))
}

// IsPosInf returns whether the elements are the positive infinity.
func (a *Array) IsPosInf() *Array { return infinite(site{"IsPosInf", caller()}, a, false) }

// IsNegInf returns whether the elements are the negative infinity.
func (a *Array) IsNegInf() *Array { return infinite(site{"IsNegInf", caller()}, a, true) }

func infinite(s site, a *Array, negative bool) *Array {
	sign := s.binary(tile.Less, 0, a)
	if negative {
		sign = s.binary(tile.Less, a, 0)
	}
	return s.binary(tile.BitAnd, s.apply(tile.IsInf, a), sign)
}

// IsReal returns whether the elements have no imaginary part.
func (a *Array) IsReal() *Array {
	s := site{"IsReal", caller()}
	return s.binary(tile.Equal, s.apply(tile.Imag, a), 0)
}

// IsComplex returns whether the elements have an imaginary part other than zero.
func (a *Array) IsComplex() *Array {
	s := site{"IsComplex", caller()}
	return s.binary(tile.NotEqual, s.apply(tile.Imag, a), 0)
}
