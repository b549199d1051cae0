package floats

import (
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid/ndarray"
)

// Frexp returns fractions from 0.5 up to and without 1, and exponents of 2, as int32, that give the elements when multiplied.
func Frexp(x ndarray.Untyped) (fraction, exponent ndarray.Untyped, err error) {
	exponents := ndarray.New[int32](x.Shape()...)
	i := 0
	fraction, err = each(x, func(v float64) float64 {
		f, e := math.Frexp(v)
		exponents.Memory()[i] = int32(e)
		i++
		return f
	})
	return fraction, exponents, err
}

// Ldexp returns x times 2 to the power of n, which are of type int64.
func Ldexp(x, n ndarray.Untyped) (ndarray.Untyped, error) {
	e, err := ndarray.As[int64](n)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(x.Shape(), e.Shape()) {
		return nil, fmt.Errorf("floats: shapes %v and %v", x.Shape(), e.Shape())
	}
	const beyond = 5000 // any float is zero or infinite before
	powers := e.AppendTo(nil)
	i := 0
	return each(x, func(v float64) float64 {
		i++
		return math.Ldexp(v, int(max(-beyond, min(beyond, powers[i-1]))))
	})
}

// NextAfter returns the floats next to those of x in the direction of those of y.
func NextAfter(x, y ndarray.Untyped) (ndarray.Untyped, error) {
	if !slices.Equal(x.Shape(), y.Shape()) {
		return nil, fmt.Errorf("floats: shapes %v and %v", x.Shape(), y.Shape())
	}
	if x.DType() == ndarray.Float32 {
		return zip(x, y, func(x, y float32) float32 {
			if x == y {
				return y // zero has two signs
			}
			return math.Nextafter32(x, y)
		})
	}
	return zip(x, y, func(x, y float64) float64 {
		if x == y {
			return y
		}
		return math.Nextafter(x, y)
	})
}

// Spacing returns the distances to the next floats away from zero, negative for elements below zero.
func Spacing(x ndarray.Untyped) (ndarray.Untyped, error) {
	if x.DType() == ndarray.Float32 {
		return mapped(x, func(v float32) float32 { return math.Nextafter32(v, float32(away(float64(v)))) - v })
	}
	return mapped(x, func(v float64) float64 { return math.Nextafter(v, away(v)) - v })
}

// away returns the infinity beyond a number.
func away(v float64) float64 {
	if v < 0 {
		return math.Inf(-1)
	}
	return math.Inf(1)
}

// each calls f for each element as a float64, in row-major order.
func each(x ndarray.Untyped, f func(float64) float64) (ndarray.Untyped, error) {
	if x.DType() == ndarray.Float32 {
		return mapped(x, func(v float32) float32 { return float32(f(float64(v))) })
	}
	return mapped(x, f)
}

func mapped[T ndarray.Element](x ndarray.Untyped, f func(T) T) (ndarray.Untyped, error) {
	a, err := ndarray.As[T](x)
	if err != nil {
		return nil, err
	}
	out := ndarray.New[T](a.Shape()...)
	i := 0
	for v := range a.Values() {
		out.Memory()[i] = f(v)
		i++
	}
	return out, nil
}

func zip[T ndarray.Element](x, y ndarray.Untyped, f func(x, y T) T) (ndarray.Untyped, error) {
	a, err := ndarray.As[T](x)
	if err != nil {
		return nil, err
	}
	b, err := ndarray.As[T](y)
	if err != nil {
		return nil, err
	}
	return ndarray.Zip(a, b, f)
}
