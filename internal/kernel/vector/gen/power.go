package main

import "math"

// cbrt starts from a third of the exponent, makes 20 bits of it by a polynomial,
// and the rest by one step of Halley's, exact but for its last rounding.
var cbrt = define("cbrt", "the cube root of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	small := b.lt(a, b.f(0x1p-1022))
	lifted := b.rarely(small, []*value{a, b.f(1)}, func() []*value {
		return []*value{b.mul(a, b.f(0x1p54)), b.f(0x1p-18)}
	})
	a = lifted[0]
	third := b.shr(b.mul32(b.shr(b.bits(a), 32), b.i(0xaaaaaaab)), 33)
	t := b.float(b.shl(b.iadd(third, b.i(cbrtBias)), 32))
	t = b.mul(t, b.horner(b.mul(b.mul(t, t), b.div(t, a)), cbrtStart))
	t = b.float(b.and(b.iadd(b.bits(t), b.i(1<<30)), b.i(^uint64(1<<31-1))))
	r := b.div(a, b.mul(t, t))
	t = b.fma(t, b.div(b.sub(r, t), b.add(b.add(t, t), r)), t)
	y := b.flip(b.mul(t, lifted[1]), b.signOf(x[0]))
	odd := b.either(b.nle(b.abs(x[0]), b.f(math.MaxFloat64)), b.eq(x[0], b.f(0)))
	return b.fix(odd, y, func() *value { return x[0] })
})

// cbrtBias is what a third of the exponent's bits lacks, less what makes the
// greatest errors of both signs about the same.
const cbrtBias = 715094163

var hypot = define("hypot", "the square root of x² + y²", 2, func(b *builder, args []*value) *value {
	x, y := b.abs(args[0]), b.abs(args[1])
	swap := b.lt(x, y)
	great, small := b.choose(swap, y, x), b.choose(swap, x, y)
	odd := b.either(b.nle(great, b.f(0x1p500)), b.lt(great, b.f(0x1p-450)))
	tame := b.rarely(odd, []*value{great, small, b.f(1)}, func() []*value {
		huge := b.lt(b.f(1), great)
		factor := b.choose(huge, b.f(0x1p-600), b.f(0x1p600))
		return []*value{b.mul(great, factor), b.mul(small, factor), b.choose(huge, b.f(0x1p600), b.f(0x1p-600))}
	})
	great, small = tame[0], tame[1]
	root := b.mul(b.sqrt(b.fma(great, great, b.mul(small, small))), tame[2])
	inf := b.f(math.Inf(1))
	return b.fix(odd, root, func() *value { return b.choose(b.either(b.eq(x, inf), b.eq(y, inf)), inf, root) })
})

// pow is e to the power y·ln|x|, the logarithm being in two parts with 2^-64 of
// relative error.
var pow = define("pow", "x to the power y", 2, func(b *builder, args []*value) *value {
	x, y := args[0], args[1]
	a, inf := b.abs(x), b.f(math.Inf(1))
	b.leave(b.either(b.either(b.eq(x, b.f(0)), b.eq(a, inf)), b.eq(b.abs(y), inf)))
	high, low := b.logParts(a)
	e := b.mul(y, high)
	el := b.fma(y, low, b.fms(y, high, e))
	el = b.max(b.min(el, b.f(1)), b.f(-1)) // also where e is infinite
	n, biased, r := b.ofExp(b.clamp(e, -760, 712))
	r = b.add(b.fnma(n, b.f(ln2Low), r), el)
	q := b.fma(b.mul(r, r), b.horner(r, expTail), r)
	z := b.scale(b.add(q, b.f(1)), n, biased)
	// Negative x, and the cases of a NaN that have a result.
	odd := b.nle(b.f(0), b.choose(b.eq(y, y), x, y))
	return b.fix(odd, z, func() *value {
		half := b.mul(y, b.f(0.5))
		isOdd := b.lt(b.f(0), b.abs(b.sub(b.rint(half), half)))
		signed := b.choose(isOdd, b.flip(z, b.i(1<<63)), z)
		whole := b.choose(b.eq(b.rint(y), y), signed, b.f(math.NaN()))
		negative := b.choose(b.lt(x, b.f(0)), whole, z)
		sum := b.add(x, y) // a NaN if either is
		known := b.choose(b.eq(sum, sum), negative, sum)
		return b.choose(b.either(b.eq(x, b.f(1)), b.eq(y, b.f(0))), b.f(1), known)
	})
})

// logParts is the natural logarithm of a in two parts: 2·atanh(s), s = f/(2+f), by
// its series s + s³/3 + …, of which the first two terms are in two parts.
func (b *builder) logParts(a *value) (high, low *value) {
	lifted, offset := b.lift(a)
	k, f := b.ofLog(lifted, offset)
	den := b.add(f, b.f(2))
	denLow := b.sub(f, b.sub(den, b.f(2)))
	inverse := b.div(b.f(1), den)
	s := b.mul(f, inverse)
	sl := b.mul(b.fnma(s, denLow, b.fnma(s, den, f)), inverse)
	z := b.mul(s, s)
	zl := b.fma(b.add(s, s), sl, b.fms(s, s, z))
	t := b.mul(z, b.f(thirdHigh))
	tl := b.fma(zl, b.f(thirdHigh), b.fma(z, b.f(thirdLow), b.fms(z, b.f(thirdHigh), t)))
	u := b.mul(b.mul(z, z), b.horner(z, powTail))
	q := b.add(t, u)
	ql := b.add(b.add(b.sub(t, q), u), tl)
	w := b.mul(s, q)
	wl := b.fma(sl, q, b.fma(s, ql, b.fms(s, q, w)))
	h := b.add(s, w)
	hl := b.add(b.add(b.sub(s, h), w), b.add(wl, sl))
	h, hl = b.add(h, h), b.add(hl, hl)
	p := b.mul(k, b.f(ln2High))
	pl := b.fma(k, b.f(ln2Low), b.fms(k, b.f(ln2High), p))
	high = b.add(p, h)
	low = b.add(b.add(b.sub(p, high), h), b.add(pl, hl))
	sum := b.add(high, low)
	return sum, b.add(b.sub(high, sum), low)
}
