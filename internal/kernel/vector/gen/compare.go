package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A comparison is how instructions say it: the predicate for floats, that for
// integers of AVX-512, and for AVX2 whether it is the negation of "equal" or
// "greater", of swapped operands.
type comparison struct {
	op             string
	float, integer operand.U8
	equal          bool
	swap, negate   bool
}

var comparisons = []comparison{
	{op: "Equal", float: 0x00, integer: 0, equal: true},
	{op: "NotEqual", float: 0x04, integer: 4, equal: true, negate: true},
	{op: "Less", float: 0x11, integer: 1, swap: true},
	{op: "LessEqual", float: 0x12, integer: 2, negate: true},
	{op: "Greater", float: 0x1e, integer: 6},
	{op: "GreaterEqual", float: 0x1d, integer: 5, swap: true, negate: true},
}

func comparing(g *generator) {
	for _, e := range elements {
		for i, c := range comparisons {
			g.both(func(a *assembler, _ int) {
				if i < 4 { // the rest are these with swapped operands
					a.compare(g, c, e, false)
				}
				a.compare(g, c, e, true)
			})
		}
	}
}

func (a *assembler) compare(g *generator, c comparison, e element, scalar bool) {
	alike := e
	if c.equal {
		alike = e.signed()
	}
	name, form, second := lower(c.op)+alike.name, "compare", "y"
	if scalar {
		name, form, second = lower(c.op)+"Scalar"+alike.name, "compareScalar", "scalar"
	}
	g.table.add(a.isa, form, c.op, e.name, name)
	if alike != e {
		return
	}
	p := a.begin(name, "compares as many of n elements as fill vectors", "dst", "x", second)
	var y reg.Register
	if scalar {
		y = a.repeat()
	}
	b := a.newBools(e, c)
	done := a.zero()
	a.walk(p["n"], done, b.lanes, []int{1}, func(int) {
		b.store(a.place(p["dst"], done, 1, 0, 0), func(u int) reg.Register {
			x, y := a.loadVector(a.place(p["x"], done, e.size, a.width(), u)), y
			if !scalar {
				y = a.loadVector(a.place(p["y"], done, e.size, a.width(), u))
			}
			return b.compare(x, y)
		})
	})
	a.end(done)
}

// bools makes bytes 0 and 1 of comparisons.
type bools struct {
	*assembler
	element
	comparison
	lanes int // numbers a step
	ones  reg.Register
	sign  reg.Register // turns the order of unsigned numbers into that of signed ones
	bits  reg.GPVirtual
	table reg.GPVirtual
}

func (a *assembler) newBools(e element, c comparison) *bools {
	b := &bools{assembler: a, element: e, comparison: c, lanes: a.width() / e.size}
	if e.size == 2 && !a.wide() {
		b.lanes *= 2 // two vectors of words make one of bytes
	}
	switch {
	case a.wide() || e.size < 4:
		b.ones = a.pattern(0x0101010101010101)
	case e.size == 4:
		b.bits = a.ctx.GP64()
		a.ctx.MOVQ(operand.U64(0x0101010101010101), b.bits)
	default:
		b.table = a.ctx.GP64()
		a.ctx.LEAQ(a.pool.nibbles(), b.table)
	}
	if e.unsigned && !c.equal && !a.wide() {
		b.sign = a.pattern(signBits(e))
	}
	return b
}

// compare returns the mask of one vector.
func (b *bools) compare(x, y reg.Register) reg.Register {
	m := b.isa.mask()
	switch {
	case b.element.float:
		b.do("VCMP"+b.suffix(), b.comparison.float, y, x, m)
	case b.wide() && b.unsigned:
		b.do("VPCMPU"+b.suffix(), b.integer, y, x, m)
	case b.wide():
		b.do("VPCMP"+b.suffix(), b.integer, y, x, m)
	case b.equal:
		b.do("VPCMPEQ"+b.suffix(), y, x, m)
	default:
		if b.sign != nil {
			fx, fy := b.isa.vector(), b.isa.vector()
			b.ctx.VPXOR(b.sign, x, fx)
			b.ctx.VPXOR(b.sign, y, fy)
			x, y = fx, fy
		}
		if b.swap {
			x, y = y, x
		}
		b.do("VPCMPGT"+b.suffix(), y, x, m)
	}
	return m
}

// store writes one step of masks.
func (b *bools) store(dst operand.Mem, masked func(u int) reg.Register) {
	negate := b.negate && !b.element.float
	switch {
	case b.wide():
		b.storeWide(dst, masked(0))
	case b.size == 1:
		b.ctx.VMOVDQU(b.asBytes(masked(0), negate), dst)
	case b.size == 2:
		packed := b.isa.vector()
		first, second := masked(0), masked(1)
		b.ctx.VPACKSSWB(second, first, packed)
		b.ctx.VPERMQ(operand.U8(0xd8), packed, packed)
		b.ctx.VMOVDQU(b.asBytes(packed, negate), dst)
	case b.size == 4:
		found := b.ctx.GP64()
		b.ctx.VMOVMSKPS(masked(0), found.As32())
		if negate {
			b.ctx.XORQ(operand.Imm(0xff), found)
		}
		b.ctx.PDEPQ(b.bits, found, found)
		b.ctx.MOVQ(found, dst)
	default:
		found := b.ctx.GP64()
		b.ctx.VMOVMSKPD(masked(0), found.As32())
		if negate {
			b.ctx.XORQ(operand.Imm(0xf), found)
		}
		b.ctx.MOVL(operand.Mem{Base: b.table, Index: found, Scale: 4}, found.As32())
		b.ctx.MOVL(found.As32(), dst)
	}
}

func (b *bools) asBytes(m reg.Register, negate bool) reg.Register {
	out := b.isa.vector()
	if negate {
		b.ctx.VPANDN(b.ones, m, out)
	} else {
		b.ctx.VPAND(b.ones, m, out)
	}
	return out
}

func (b *bools) storeWide(dst operand.Mem, m reg.Register) {
	out := b.ctx.ZMM()
	switch b.size {
	case 1:
		b.ctx.VMOVDQU8_Z(b.ones, m, out)
		b.ctx.VMOVDQU8(out, dst)
	case 2:
		b.ctx.VMOVDQU8_Z(b.ones.(reg.VecVirtual).AsY(), m, out.AsY())
		b.ctx.VMOVDQU(out.AsY(), dst)
	default:
		b.ctx.VMOVDQU8_Z(b.ones.(reg.VecVirtual).AsX(), m, out.AsX())
		if b.size == 4 {
			b.ctx.VMOVDQU(out.AsX(), dst)
		} else {
			b.ctx.VMOVQ(out.AsX(), dst)
		}
	}
}
