package main

import "math"

// atanOf is the inverse tangent of r up to 1/2, and plus is added to it.
func (b *builder) atanOf(r, plus *value) *value {
	z := b.mul(r, r)
	return b.add(r, b.fma(b.mul(r, z), b.horner(z, atanTail), plus))
}

// atan is π/2 + atan(-1/a) beyond 2, and π/4 + atan((a-1)/(a+1)) from 1/2 on,
// where a-1 is exact.
var atan = define("atan", "the inverse tangent of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	steep, middle := b.lt(b.f(2), a), b.lt(b.f(0.5), a)
	one := b.f(1)
	pick := func(high, medium, low *value) *value { return b.choose(steep, high, b.choose(middle, medium, low)) }
	r := b.div(pick(b.f(-1), b.sub(a, one), a), pick(a, b.add(a, one), one))
	base := pick(b.f(halfPiHigh), b.f(halfPiHigh/2), b.f(0))
	rest := pick(b.f(halfPiMiddle), b.f(halfPiMiddle/2), b.f(0))
	return b.flip(b.add(base, b.atanOf(r, rest)), b.signOf(x[0]))
})

// atan2 is a multiple of π/4, plus or minus the inverse tangent of the smaller
// coordinate divided by the greater, or of that less 1 divided by that plus 1.
var atan2 = define("atan2", "the angle of the point (y, x)", 2, func(b *builder, args []*value) *value {
	y, x := args[0], args[1]
	ay, ax := b.abs(y), b.abs(x)
	swap := b.lt(ax, ay)
	great, small := b.choose(swap, ay, ax), b.choose(swap, ax, ay)
	inf := b.f(math.Inf(1))
	odd := b.either(b.nle(great, b.f(0x1p1000)), b.lt(great, b.f(0x1p-900)))
	tame := b.rarely(odd, []*value{great, small}, func() []*value {
		infinite := b.eq(great, inf)
		factor := b.choose(b.lt(great, b.f(1)), b.f(0x1p600), b.f(0x1p-600))
		g := b.choose(b.either(infinite, b.eq(great, b.f(0))), b.f(1), b.mul(great, factor))
		s := b.choose(b.eq(small, inf), b.f(1), b.mul(small, b.choose(infinite, b.f(0), factor)))
		return []*value{g, s}
	})
	great, small = tame[0], tame[1]
	wide := b.lt(b.mul(great, b.f(0.5)), small)
	r := b.div(b.choose(wide, b.sub(small, great), small), b.choose(wide, b.add(small, great), great))
	eighths := b.choose(wide, b.f(1), b.f(0))
	left := b.negative(b.bits(x))
	eighths = b.choose(swap, b.sub(b.f(2), eighths), eighths)
	eighths = b.choose(left, b.sub(b.f(4), eighths), eighths)
	sign := b.xor(b.choose(swap, b.i(1<<63), b.i(0)), b.signOf(x))
	base := b.mul(eighths, b.f(halfPiHigh/2))
	rest := b.fma(eighths, b.f(halfPiMiddle/2), b.fms(eighths, b.f(halfPiHigh/2), base))
	core := b.flip(b.atanOf(r, b.flip(rest, sign)), sign)
	return b.flip(b.add(base, core), b.signOf(y))
})

// ofArc prepares the inverse sine of a: of s = a up to 1/2, and of s = √((1-a)/2)
// beyond. It gives s, the rest of the root, and what follows s in the series.
func (b *builder) ofArc(a *value) (beyond, s, lost, tail *value) {
	beyond = b.lt(b.f(0.5), a)
	z := b.choose(beyond, b.fnma(a, b.f(0.5), b.f(0.5)), b.mul(a, a))
	root := b.sqrt(z)
	lost = b.div(b.fnma(root, root, z), b.add(b.add(root, root), b.f(math.SmallestNonzeroFloat64*0x1p80)))
	s = b.choose(beyond, root, a)
	return beyond, s, lost, b.mul(b.mul(s, z), b.horner(z, asinTail))
}

// lessParts is base + rest - (v + tail), |base| ≥ |v| or base = 0.
func (b *builder) lessParts(base, rest, v, tail *value) *value {
	h := b.sub(base, v)
	l := b.sub(b.sub(base, h), v)
	return b.add(h, b.sub(l, b.sub(tail, rest)))
}

// asin is π/2 - 2·asin(√((1-a)/2)) beyond 1/2.
var asin = define("asin", "the inverse sine of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	beyond, s, lost, tail := b.ofArc(a)
	double := b.add(tail, lost)
	large := b.lessParts(b.f(halfPiHigh), b.f(halfPiMiddle), b.add(s, s), b.add(double, double))
	return b.flip(b.choose(beyond, large, b.add(a, tail)), b.signOf(x[0]))
})

// acos is π/2 - asin(x), or 2·asin(√((1-a)/2)), or π less that.
var acos = define("acos", "the inverse cosine of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	beyond, s, lost, tail := b.ofArc(a)
	left := b.negative(b.bits(x[0]))
	zero := b.f(0)
	base := b.choose(beyond, b.choose(left, b.f(piHigh), zero), b.f(halfPiHigh))
	rest := b.choose(beyond, b.choose(left, b.f(piMiddle), zero), b.f(halfPiMiddle))
	half := b.add(tail, lost)
	sign := b.signOf(x[0])
	away := b.xor(sign, b.i(1<<63))
	v := b.choose(beyond, b.flip(b.add(s, s), away), x[0])
	t := b.choose(beyond, b.flip(b.add(half, half), away), b.flip(tail, sign))
	return b.lessParts(base, rest, v, t)
})
