package main

import "math"

// A program is a function of float64 lanes, written down once and printed for
// every kind of processor: straight-line code in single assignments, in which
// every operation is exact or rounds once. So all its forms have the same bits.
type program struct {
	name  string
	doc   string
	arity int
	code  []*value
	out   *value
	next  int // number of the next value
}

// opcode says what a value is.
type opcode string

// A value is the result of one operation: a float64 lane, an integer lane of 64
// bits, or a mask.
type value struct {
	id   int
	op   opcode
	args []*value
	imm  uint64 // bits of a constant, count of a shift, number of an argument
	kind kind

	// Of a rarely: the steps and, pairwise, what is replaced by what.
	body       []*value
	olds, news []*value
	phis       []*value
}

// kind is the type of a value.
type kind uint8

const (
	float kind = iota
	integer
	mask
	none
)

// builder appends to a program, or to the body of a rarely inside it.
type builder struct {
	p    *program
	into *[]*value
	pool map[constant]*value
}

type constant struct {
	bits uint64
	kind kind
}

// define makes a program from its definition.
func define(name, doc string, arity int, body func(b *builder, x []*value) *value) *program {
	p := &program{name: name, doc: doc, arity: arity}
	b := &builder{p: p, into: &p.code, pool: map[constant]*value{}}
	x := make([]*value, arity)
	for i := range x {
		x[i] = b.emit("arg", float, uint64(i))
	}
	p.out = body(b, x)
	p.prune()
	return p
}

func (b *builder) emit(op opcode, k kind, imm uint64, args ...*value) *value {
	v := &value{id: b.p.next, op: op, args: args, imm: imm, kind: k}
	b.p.next++
	*b.into = append(*b.into, v)
	return v
}

// f and i make constants, which need no step.
func (b *builder) f(x float64) *value { return b.constant(math.Float64bits(x), float) }
func (b *builder) i(x uint64) *value  { return b.constant(x, integer) }

func (b *builder) constant(bits uint64, k kind) *value {
	c := constant{bits, k}
	if b.pool[c] == nil {
		b.pool[c] = &value{id: -1, op: "const", imm: bits, kind: k}
	}
	return b.pool[c]
}

// Operations on floats. fma is a·b + c, fnma is c - a·b, fms is a·b - c; min is a
// if a < b and else b, max is a if a > b and else b, which is b if a NaN is there.
func (b *builder) add(x, y *value) *value     { return b.emit("add", float, 0, x, y) }
func (b *builder) sub(x, y *value) *value     { return b.emit("sub", float, 0, x, y) }
func (b *builder) mul(x, y *value) *value     { return b.emit("mul", float, 0, x, y) }
func (b *builder) div(x, y *value) *value     { return b.emit("div", float, 0, x, y) }
func (b *builder) sqrt(x *value) *value       { return b.emit("sqrt", float, 0, x) }
func (b *builder) rint(x *value) *value       { return b.emit("rint", float, 0, x) }
func (b *builder) fma(x, y, z *value) *value  { return b.emit("fma", float, 0, x, y, z) }
func (b *builder) fnma(x, y, z *value) *value { return b.emit("fnma", float, 0, x, y, z) }
func (b *builder) fms(x, y, z *value) *value  { return b.emit("fms", float, 0, x, y, z) }
func (b *builder) min(x, y *value) *value     { return b.emit("min", float, 0, x, y) }
func (b *builder) max(x, y *value) *value     { return b.emit("max", float, 0, x, y) }

// scale is x·2^n, rounded once; n is a whole number of at most ±1400 and biased the
// integer n + 2048 with anything above its low 12 bits but zeros in the 13th.
func (b *builder) scale(x, n, biased *value) *value {
	return b.emit("scale", float, 0, x, n, biased)
}

// Operations on the bits, comparisons, of which nle is true of NaNs too, and what is
// done with masks. mul32 multiplies the low halves; negative looks at the highest bit.
func (b *builder) bits(x *value) *value            { return b.emit("bits", integer, 0, x) }
func (b *builder) float(x *value) *value           { return b.emit("float", float, 0, x) }
func (b *builder) iadd(x, y *value) *value         { return b.emit("iadd", integer, 0, x, y) }
func (b *builder) isub(x, y *value) *value         { return b.emit("isub", integer, 0, x, y) }
func (b *builder) and(x, y *value) *value          { return b.emit("and", integer, 0, x, y) }
func (b *builder) or(x, y *value) *value           { return b.emit("or", integer, 0, x, y) }
func (b *builder) xor(x, y *value) *value          { return b.emit("xor", integer, 0, x, y) }
func (b *builder) shl(x *value, n uint64) *value   { return b.emit("shl", integer, n, x) }
func (b *builder) shr(x *value, n uint64) *value   { return b.emit("shr", integer, n, x) }
func (b *builder) mul32(x, y *value) *value        { return b.emit("mul32", integer, 0, x, y) }
func (b *builder) lt(x, y *value) *value           { return b.emit("lt", mask, 0, x, y) }
func (b *builder) le(x, y *value) *value           { return b.emit("le", mask, 0, x, y) }
func (b *builder) eq(x, y *value) *value           { return b.emit("eq", mask, 0, x, y) }
func (b *builder) nle(x, y *value) *value          { return b.emit("nle", mask, 0, x, y) }
func (b *builder) negative(x *value) *value        { return b.emit("negative", mask, 0, x) }
func (b *builder) either(x, y *value) *value       { return b.emit("either", mask, 0, x, y) }
func (b *builder) choose(m, yes, no *value) *value { return b.emit("choose", yes.kind, 0, m, yes, no) }

// leave gives lanes in the mask to a scalar function, whose name is that of the
// program with Hard behind it.
func (b *builder) leave(m *value) { b.emit("leave", none, 0, m) }

// rarely replaces values in the lanes of a mask that is mostly empty: the steps of
// the body are skipped if it is.
func (b *builder) rarely(m *value, olds []*value, body func() []*value) []*value {
	r := &value{id: -1, op: "rarely", args: []*value{m}, olds: olds, kind: none}
	outer := b.into
	b.into = &r.body
	r.news = body()
	b.into = outer
	for _, o := range olds {
		phi := &value{id: b.p.next, op: "phi", kind: o.kind}
		b.p.next++
		r.phis = append(r.phis, phi)
	}
	*b.into = append(*b.into, r)
	return r.phis
}

// fix is rarely for one value.
func (b *builder) fix(m, old *value, body func() *value) *value {
	return b.rarely(m, []*value{old}, func() []*value { return []*value{body()} })[0]
}

// Short forms.

func (b *builder) abs(x *value) *value {
	return b.float(b.and(b.bits(x), b.i(math.MaxInt64)))
}

func (b *builder) signOf(x *value) *value { return b.and(b.bits(x), b.i(1<<63)) }

func (b *builder) flip(x, sign *value) *value { return b.float(b.xor(b.bits(x), sign)) }

// horner evaluates c[0] + c[1]·x + c[2]·x² + …
func (b *builder) horner(x *value, c []float64) *value {
	y := b.f(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		y = b.fma(y, x, b.f(c[i]))
	}
	return y
}

// uses calls f with every value that v reads, inside of bodies too.
func (v *value) uses(f func(*value)) {
	for _, a := range v.args {
		f(a)
	}
	for _, w := range v.body {
		w.uses(f)
	}
	for i := range v.olds {
		f(v.olds[i])
		f(v.news[i])
	}
}

// prune removes what nothing reads.
func (p *program) prune() {
	for {
		read := map[*value]bool{p.out: true}
		for _, v := range p.code {
			v.uses(func(a *value) { read[a] = true })
		}
		n := p.next
		filter(&p.code, read, &n)
		if n == p.next {
			number(p)
			return
		}
		p.next = n
	}
}

func filter(code *[]*value, read map[*value]bool, n *int) {
	kept := (*code)[:0]
	for _, v := range *code {
		if v.op == "rarely" {
			filter(&v.body, read, n)
			kept = append(kept, v)
			continue
		}
		if v.op == "leave" || v.op == "arg" || read[v] {
			kept = append(kept, v)
		} else {
			*n--
		}
	}
	*code = kept
}

// number gives the values numbers without gaps.
func number(p *program) {
	n := 0
	var walk func(code []*value)
	walk = func(code []*value) {
		for _, v := range code {
			if v.op == "rarely" {
				walk(v.body)
				for _, phi := range v.phis {
					phi.id = n
					n++
				}
				continue
			}
			if v.op != "leave" {
				v.id = n
				n++
			}
		}
	}
	walk(p.code)
	p.next = n
}
