package main

import "math"

// Beyond trigLimit the parts of π do not suffice.
const trigLimit = 1 << 30

// magic added to a number rounds it to a whole number and leaves that in the low bits.
const magic = 3 << 51

// ofTrig reduces x to x - n·unit in steps of which the first is exact.
func (b *builder) ofTrig(x, n *value, parts ...float64) *value {
	for _, p := range parts {
		x = b.fnma(n, b.f(p), x)
	}
	return x
}

// sineOf is the sine of r up to π/2.
func (b *builder) sineOf(r *value) *value {
	z := b.mul(r, r)
	return b.fma(b.mul(r, z), b.horner(z, sinWide), r)
}

var sin = define("sin", "the sine of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	b.leave(b.le(b.f(trigLimit), a))
	t := b.fma(a, b.f(1/math.Pi), b.f(magic))
	r := b.ofTrig(a, b.sub(t, b.f(magic)), piHigh, piMiddle, piLow)
	sign := b.xor(b.shl(b.bits(t), 63), b.signOf(x[0]))
	return b.flip(b.sineOf(r), sign)
})

// cos is the sine of x + π/2.
var cos = define("cos", "the cosine of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	b.leave(b.le(b.f(trigLimit), a))
	t := b.add(b.fma(a, b.f(1/math.Pi), b.f(0.5)), b.f(magic))
	n := b.sub(b.sub(t, b.f(magic)), b.f(0.5))
	r := b.ofTrig(a, n, piHigh, piMiddle, piLow)
	return b.flip(b.sineOf(r), b.shl(b.bits(t), 63))
})

// tan is the quotient of sine and cosine of the distance to a multiple of π/2,
// or its negative inverse.
var tan = define("tan", "the tangent of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	b.leave(b.le(b.f(trigLimit), a))
	t := b.fma(a, b.f(2/math.Pi), b.f(magic))
	n := b.sub(t, b.f(magic))
	first := b.ofTrig(a, n, halfPiHigh)
	second := b.mul(n, b.f(halfPiMiddle))
	rest := b.fma(n, b.f(halfPiLow), b.fms(n, b.f(halfPiMiddle), second))
	r := b.sub(first, second)
	got := b.sub(r, first)
	low := b.sub(b.sub(b.sub(first, b.sub(r, got)), b.add(second, got)), rest)
	isOdd := b.negative(b.shl(b.bits(t), 63))
	s, sl := b.sineOfParts(r, low)
	c, cl := b.cosineOfParts(r, low)
	y := b.quotient(b.choose(isOdd, c, s), b.choose(isOdd, cl, sl), b.choose(isOdd, s, c), b.choose(isOdd, sl, cl))
	return b.flip(y, b.xor(b.shl(b.bits(t), 63), b.signOf(x[0])))
})

// quotient is (x + xl)/(y + yl).
func (b *builder) quotient(x, xl, y, yl *value) *value {
	inverse := b.div(b.f(1), y)
	q := b.mul(x, inverse)
	rest := b.add(b.fnma(q, y, x), b.fnma(q, yl, xl))
	return b.fma(rest, inverse, q)
}

// sineOfParts is the sine of r + low in two parts, r up to π/4.
func (b *builder) sineOfParts(r, low *value) (s, sl *value) {
	z := b.mul(r, r)
	t := b.fma(b.mul(r, z), b.horner(z, sinNarrow), low)
	s = b.add(r, t)
	return s, b.add(b.sub(r, s), t)
}

// cosineOfParts is the cosine of r + low in two parts, r up to π/4.
func (b *builder) cosineOfParts(r, low *value) (c, cl *value) {
	z := b.mul(r, r)
	half := b.mul(z, b.f(0.5))
	w := b.sub(b.f(1), half)
	lost := b.sub(b.sub(b.sub(b.f(1), w), half), b.mul(b.fms(r, r, z), b.f(0.5)))
	t := b.fma(b.mul(z, z), b.horner(z, cosNarrow), b.fnma(r, low, lost))
	c = b.add(w, t)
	return c, b.add(b.sub(w, c), t)
}

// The following serve huge arguments, which are reduced by scalar code.
var (
	sineOfParts = define("sineOfParts", "the sine of x + y, x up to π/4 and y up to half an ulp of x", 2, func(b *builder, x []*value) *value {
		s, _ := b.sineOfParts(x[0], x[1])
		return s
	})
	cosineOfParts = define("cosineOfParts", "the cosine of x + y, x up to π/4 and y up to half an ulp of x", 2, func(b *builder, x []*value) *value {
		c, _ := b.cosineOfParts(x[0], x[1])
		return c
	})
	tangentOfParts = define("tangentOfParts", "the tangent of x + y, x up to π/4 and y up to half an ulp of x", 2, func(b *builder, x []*value) *value {
		s, sl := b.sineOfParts(x[0], x[1])
		c, cl := b.cosineOfParts(x[0], x[1])
		return b.quotient(s, sl, c, cl)
	})
	cotangentOfParts = define("cotangentOfParts", "the cotangent of x + y, x up to π/4 and y up to half an ulp of x", 2, func(b *builder, x []*value) *value {
		s, sl := b.sineOfParts(x[0], x[1])
		c, cl := b.cosineOfParts(x[0], x[1])
		return b.quotient(c, cl, s, sl)
	})
)
