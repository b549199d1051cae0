package main

// halfExp is half of e to the power a, for a from 0 up.
func (b *builder) halfExp(a *value) *value {
	n, biased, r := b.ofExp(b.min(b.f(712), a))
	r = b.fnma(n, b.f(ln2Low), r)
	q := b.fma(b.mul(r, r), b.horner(r, expTail), r)
	return b.scale(b.add(q, b.f(1)), b.sub(n, b.f(1)), b.isub(biased, b.i(1)))
}

// sinh is (e^a - e^-a)/2, or below 1 a polynomial.
var sinh = define("sinh", "the hyperbolic sine of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	up := b.halfExp(a)
	large := b.sub(up, b.div(b.f(0.25), up))
	z := b.mul(a, a)
	small := b.fma(b.mul(a, z), b.horner(z, sinhTail), a)
	return b.flip(b.choose(b.lt(a, b.f(1)), small, large), b.signOf(x[0]))
})

var cosh = define("cosh", "the hyperbolic cosine of x", 1, func(b *builder, x []*value) *value {
	up := b.halfExp(b.abs(x[0]))
	return b.add(up, b.div(b.f(0.25), up))
})

// tanh is t/(t + 2), with t = e^2a - 1.
var tanh = define("tanh", "the hyperbolic tangent of x", 1, func(b *builder, x []*value) *value {
	a := b.abs(x[0])
	_, biased, q, ql := b.ofExpm1(b.min(b.f(44), b.add(a, a)))
	power := b.float(b.shl(b.isub(biased, b.i(2048-1023)), 52))
	t, low := b.scaledSum(power, q, ql, b.sub(power, b.f(1)))
	den := b.add(t, b.f(2))
	denLow := b.add(b.add(b.sub(b.f(2), den), t), low)
	return b.flip(b.quotient(t, low, den, denLow), b.signOf(x[0]))
})
