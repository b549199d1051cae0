package array

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Ufunc is a registered function of single elements; see [NewUfunc].
type Ufunc struct {
	function Function
	takes    []ndarray.DType
}

// NewUfunc registers a function of one element under a name that must be unique among the functions of this package, as NumPy's frompyfunc
// makes one. Call it where package variables are initialised:
//
//	var collatz = array.NewUfunc("collatz", func(n int64) int64 { … })
//
// The function is called for every element, from several goroutines at once. One that needs whole blocks, or may fail, is for [Func].
func NewUfunc[T, U ndarray.Element](name string, f func(x T) U) *Ufunc {
	u := &Ufunc{function: Function{dtype: ndarray.DTypeOf[U]()}, takes: []ndarray.DType{ndarray.DTypeOf[T]()}}
	u.function.operation = register(name, u.version(), f == nil, func(_ context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) {
		if len(b.In) != 1 {
			return nil, u.mismatch(len(b.In))
		}
		x, err := ndarray.As[T](b.In[0])
		if err != nil {
			return nil, err
		}
		return []ndarray.Untyped{ndarray.Map(x, f)}, nil
	})
	return u
}

// NewUfunc2 registers a function of two elements; see [NewUfunc].
func NewUfunc2[T, V, U ndarray.Element](name string, f func(x T, y V) U) *Ufunc {
	u := &Ufunc{function: Function{dtype: ndarray.DTypeOf[U]()}, takes: []ndarray.DType{ndarray.DTypeOf[T](), ndarray.DTypeOf[V]()}}
	u.function.operation = register(name, u.version(), f == nil, func(_ context.Context, b *arrays.Blocks) ([]ndarray.Untyped, error) {
		if len(b.In) != 2 {
			return nil, u.mismatch(len(b.In))
		}
		x, err := ndarray.As[T](b.In[0])
		if err != nil {
			return nil, err
		}
		y, err := ndarray.As[V](b.In[1])
		if err != nil {
			return nil, err
		}
		out, err := ndarray.Zip(x, y, f)
		return []ndarray.Untyped{out}, err
	})
	return u
}

// With returns the function with more options of its calls; see [Function.With].
func (u *Ufunc) With(opts ...braid.Option) *Ufunc {
	return &Ufunc{function: *u.function.With(opts...), takes: u.takes}
}

func (u *Ufunc) version() string {
	return fmt.Sprintf("function of elements of %v to %v", u.takes, u.function.dtype)
}

func (u *Ufunc) mismatch(n int) error {
	return fmt.Errorf("%s are given, and %d are wanted: client and worker differ", plural(n, "array"), len(u.takes))
}

// Call returns the array of what the function makes of the elements of arrays, arrays in memory or numbers, which broadcast to one shape.
// Those of other types are converted as far as nothing is lost.
func (u *Ufunc) Call(of ...any) *Array {
	s := site{"Call", caller()}
	if u == nil {
		return s.fail("the function is nil")
	}
	if len(of) != len(u.takes) {
		return s.fail("%d arguments for a %s", len(of), u.version())
	}
	args := make([]*Array, len(of))
	for i, v := range of {
		o, err := s.operandOf(v)
		if err != nil {
			return &Array{err: err}
		}
		d := u.takes[i]
		if o.array == nil { // a number takes the type of the parameter, if that holds it
			if both, err := common([]operand{o, {array: &Array{node: arrays.Full(s.name, s.pc, d, [2]uint64{}, arrays.Grid{})}}}); err != nil || both != d {
				return s.fail("argument number %d is a number of type %v, and the function takes elements of type %v", i, o.number.dtype, d)
			}
			if err := o.number.fits(d); err != nil {
				return s.fail("argument number %d: %w", i, err)
			}
			args[i] = &Array{node: s.as(o, d)}
			continue
		}
		if args[i], err = s.widened(o.array, i, d); err != nil {
			return &Array{err: err}
		}
	}
	c, wide, err := s.together(args, 1)
	if err != nil {
		return &Array{err: err}
	}
	return s.one(&u.function, c, wide)
}

// widened returns argument number i as elements of a type that holds all of its own.
func (s site) widened(a *Array, i int, d ndarray.DType) (*Array, error) {
	if of := a.DType(); ndarray.Promote(of, d) != d {
		return nil, s.wrong(fmt.Errorf("array number %d has elements of type %v, which are not all of type %v: use Cast to convert them", i, of, d))
	}
	return s.cast(a, d), nil
}

// OuterOf returns what an operation on elements makes of every element of a with every one of b, as the method outer of NumPy's ufuncs does:
// the axes of the result are those of a and then those of b.
//
//	array.OuterOf((*array.Array).Hypot, x, y)
func OuterOf(operation func(a *Array, x any) *Array, a, b *Array) *Array {
	s := site{"OuterOf", caller()}
	if err := s.check(a, b); err != nil {
		return &Array{err: err}
	}
	if operation == nil {
		return s.fail("the operation is nil")
	}
	v, g := arrays.Identity(a.Rank()), slices.Clone(a.node.Grid)
	for range b.Rank() {
		g = append(g, arrays.Even(1, 1))
	}
	return operation(s.look(a, v, g), b)
}

// LogAddExp2 returns the logarithms to the base 2 of the sums of 2 to the power of a and of x.
func (a *Array) LogAddExp2(x any) *Array {
	s := site{"LogAddExp2", caller()}
	distance := s.apply(tile.Abs, s.binary(tile.Subtract, a, x))
	more := s.binary(tile.Multiply, s.apply(tile.Log1p, s.apply(tile.Exp2, s.apply(tile.Negative, distance))), math.Log2E)
	sum := s.binary(tile.Add, s.apply(tile.Maximum, a, x), more)
	if sum.err != nil {
		return sum
	}
	// Of equal infinities the distance is NaN.
	return s.where(s.binary(tile.Equal, a, x), s.binary(tile.Add, s.cast(a, sum.DType()), 1), sum)
}

// I0 returns the modified Bessel function of the first kind and order 0.
func (a *Array) I0() *Array {
	s := site{"I0", caller()}
	if a.Err() == nil && !a.DType().IsComplex() {
		a = s.cast(a, floatType(a.DType())) // of small integers, too, as in NumPy
	}
	return s.floats(a, func(x *Array) *Array { return s.parts(opI0, []ndarray.DType{x.DType()}, x)[0] })
}
