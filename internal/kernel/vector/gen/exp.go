package main

// biasedMagic added to a number of at most ±1400 rounds it to a whole number n and
// leaves n + 2048 in the low bits.
const biasedMagic = 3<<51 + 2048

// ofExp reduces x to r = x - n·ln(2), |r| ≤ ln(2)/2, and gives n, its biased form
// and r in two parts: high is exact, and low what the second part of ln(2) adds.
func (b *builder) ofExp(x *value) (n, biased, high *value) {
	t := b.fma(x, b.f(invLn2High), b.f(biasedMagic))
	n = b.sub(t, b.f(biasedMagic))
	return n, b.bits(t), b.fnma(n, b.f(ln2High), x)
}

// clamp keeps x between limits behind which nothing changes, and NaN as it is.
func (b *builder) clamp(x *value, low, high float64) *value {
	return b.min(b.f(high), b.max(b.f(low), x))
}

var exp = define("exp", "e to the power x", 1, func(b *builder, x []*value) *value {
	n, biased, r := b.ofExp(b.clamp(x[0], -746, 710))
	r = b.fnma(n, b.f(ln2Low), r)
	q := b.fma(b.mul(r, r), b.horner(r, expTail), r)
	return b.scale(b.add(q, b.f(1)), n, biased)
})

var exp2 = define("exp2", "2 to the power x", 1, func(b *builder, x []*value) *value {
	c := b.clamp(x[0], -1076, 1025)
	t := b.add(c, b.f(biasedMagic))
	n := b.sub(t, b.f(biasedMagic))
	f := b.sub(c, n)
	return b.scale(b.fma(f, b.horner(f, exp2Tail), b.f(1)), n, b.bits(t))
})

// ofExpm1 gives e^r - 1 in two parts besides n and its biased form.
func (b *builder) ofExpm1(x *value) (n, biased, q, ql *value) {
	n, biased, high := b.ofExp(x)
	r := b.fnma(n, b.f(ln2Low), high)
	low := b.fnma(n, b.f(ln2Low), b.sub(high, r))
	w := b.mul(b.mul(r, r), b.horner(r, expm1Tail))
	q = b.add(r, w)
	return n, biased, q, b.add(b.add(b.sub(r, q), w), low)
}

// scaledSum is power·(q + ql) + more in two parts, power being one of 2 and more
// either 0 or greater than power·q.
func (b *builder) scaledSum(power, q, ql, more *value) (sum, rest *value) {
	sum = b.fma(power, q, more)
	return sum, b.fma(power, ql, b.fma(power, q, b.sub(more, sum)))
}

// expm1 is 2^n·q + (2^n - 1), with q = e^r - 1.
var expm1 = define("expm1", "e to the power x, less 1", 1, func(b *builder, x []*value) *value {
	_, biased, q, ql := b.ofExpm1(b.clamp(x[0], -746, 710))
	half := b.shr(biased, 1)
	rest := b.isub(biased, half)
	power := func(e *value) *value { return b.float(b.shl(e, 52)) }
	one := b.i(1)
	up := power(b.isub(half, one))
	down := power(b.isub(b.i(2047), rest)) // the inverse of the second factor
	sum, low := b.scaledSum(up, q, ql, b.sub(up, down))
	y := b.mul(b.add(sum, low), power(b.isub(rest, one)))
	return b.fix(b.eq(x[0], b.f(0)), y, func() *value { return x[0] })
})
