package main

import "math"

// ofLog splits a positive x into 2^k·(1 + f), with 1 + f between √½ and √2, and
// gives f, and k as a number. Normal x only, unless offset says by which power of
// 2 it was multiplied.
func (b *builder) ofLog(x, offset *value) (k, f *value) {
	const root = 0x3fe6a09e667f3bcd // bits of √½
	t := b.iadd(b.bits(x), b.i(0x3ff0000000000000-root))
	k = b.sub(b.float(b.or(b.shr(t, 52), b.i(0x4330000000000000))), offset)
	m := b.float(b.iadd(b.and(t, b.i(1<<52-1)), b.i(root)))
	return k, b.sub(m, b.f(1))
}

// logBias is what ofLog subtracts from the exponent of a normal number.
const logBias = 1<<52 + 1023

// lift multiplies lanes that are subnormal, or no positive number at all, by 2^54.
func (b *builder) lift(x *value) (lifted, offset *value) {
	small := b.lt(x, b.f(0x1p-1022))
	r := b.rarely(small, []*value{x, b.f(logBias)}, func() []*value {
		return []*value{b.mul(x, b.f(0x1p54)), b.f(logBias + 54)}
	})
	return r[0], r[1]
}

// edges gives logarithms of what is not positive and finite.
func (b *builder) edges(x, y *value) *value {
	odd := b.either(b.le(x, b.f(0)), b.nle(x, b.f(math.MaxFloat64)))
	return b.fix(odd, y, func() *value {
		z := b.choose(b.lt(x, b.f(0)), b.f(math.NaN()), x)
		return b.choose(b.eq(x, b.f(0)), b.f(math.Inf(-1)), z)
	})
}

// series gives s = f/(2+f) and s²·(2/3 + 2/5·s² + …), the terms of the logarithm
// of 1 + f divided by s, behind 2.
func (b *builder) series(f *value) (s, r *value) {
	s = b.div(f, b.add(f, b.f(2)))
	z := b.mul(s, s)
	return s, b.mul(z, b.horner(z, logTail))
}

var log = define("log", "the natural logarithm of x", 1, func(b *builder, x []*value) *value {
	lifted, offset := b.lift(x[0])
	k, f := b.ofLog(lifted, offset)
	s, r := b.series(f)
	half := b.mul(b.mul(f, b.f(0.5)), f)
	low := b.fma(s, b.add(half, r), b.mul(k, b.f(ln2Low)))
	y := b.fma(k, b.f(ln2High), b.sub(f, b.sub(half, low)))
	return b.edges(x[0], y)
})

// scaledLog is the logarithm of 1 + f in two parts, times a constant in two parts.
func (b *builder) scaledLog(f *value, high, low float64) (v, rest *value) {
	s, r := b.series(f)
	halfOf := b.mul(f, b.f(0.5))
	half := b.mul(halfOf, f)
	lost := b.fms(halfOf, f, half)
	h := b.sub(f, half)
	l := b.fma(s, b.add(half, r), b.sub(b.sub(b.sub(f, h), half), lost))
	v = b.mul(h, b.f(high))
	return v, b.fma(l, b.f(high), b.fma(h, b.f(low), b.fms(h, b.f(high), v)))
}

var log2 = define("log2", "the logarithm of x to base 2", 1, func(b *builder, x []*value) *value {
	lifted, offset := b.lift(x[0])
	k, f := b.ofLog(lifted, offset)
	v, rest := b.scaledLog(f, invLn2High, invLn2Low)
	w := b.add(k, v)
	return b.edges(x[0], b.add(w, b.add(b.add(b.sub(k, w), v), rest)))
})

var log10 = define("log10", "the logarithm of x to base 10", 1, func(b *builder, x []*value) *value {
	lifted, offset := b.lift(x[0])
	k, f := b.ofLog(lifted, offset)
	v, rest := b.scaledLog(f, invLn10High, invLn10Low)
	p := b.mul(k, b.f(log10of2High))
	rest = b.add(rest, b.fma(k, b.f(log10of2Low), b.fms(k, b.f(log10of2High), p)))
	w := b.add(p, v)
	return b.edges(x[0], b.add(w, b.add(b.add(b.sub(p, w), v), rest)))
})

// log1p is the logarithm of u = 1 + x rounded, and c/u of what that lost.
var log1p = define("log1p", "the natural logarithm of 1 + x", 1, func(b *builder, x []*value) *value {
	one := b.f(1)
	u := b.add(x[0], one)
	got := b.sub(u, one)
	c := b.add(b.sub(one, b.sub(u, got)), b.sub(x[0], got))
	k, f := b.ofLog(u, b.f(logBias))
	s, r := b.series(f)
	half := b.mul(b.mul(f, b.f(0.5)), f)
	low := b.fma(s, b.add(half, r), b.fma(k, b.f(ln2Low), b.div(c, u)))
	y := b.fma(k, b.f(ln2High), b.sub(f, b.sub(half, low)))
	odd := b.either(b.either(b.le(x[0], b.f(-1)), b.nle(x[0], b.f(math.MaxFloat64))), b.eq(x[0], b.f(0)))
	return b.fix(odd, y, func() *value {
		z := b.choose(b.lt(x[0], b.f(-1)), b.f(math.NaN()), x[0])
		return b.choose(b.eq(x[0], b.f(-1)), b.f(math.Inf(-1)), z)
	})
})
