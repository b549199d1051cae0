package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// arithmetic prints the operations of one and two numbers.
func arithmetic(g *generator) {
	for _, e := range elements {
		for _, op := range []string{"Add", "Sub", "Mul", "Div", "Min", "Max"} {
			g.both(func(a *assembler, _ int) {
				if a.hasBinary(op, e) {
					a.binary(g, op, e)
				}
			})
		}
		for _, op := range []string{"Add", "Sub", "SubFrom", "Mul", "Div", "DivInto", "Min", "Max"} {
			g.both(func(a *assembler, _ int) {
				if a.hasBinary(op, e) {
					a.scalar(g, op, e)
				}
			})
		}
		for _, op := range []string{"Neg", "Abs", "Sqrt", "Floor", "Ceil", "Trunc", "Rint"} {
			g.both(func(a *assembler, _ int) {
				if a.hasUnary(op, e) {
					a.unary(g, op, e)
				}
			})
		}
	}
}

// hasBinary tells what there are instructions for.
func (a *assembler) hasBinary(op string, e element) bool {
	switch {
	case e.float || op == "Add" || op == "Sub" || op == "SubFrom":
		return true
	case op == "Mul":
		return e.size == 2 || e.size == 4 || e.size == 8 && a.wide()
	}
	return op == "Min" || op == "Max"
}

func (a *assembler) hasUnary(op string, e element) bool {
	switch {
	case e.float:
		return true
	case op == "Abs":
		return !e.unsigned && (e.size < 8 || a.wide())
	}
	return op == "Neg"
}

// alike is the type whose function does the same.
func (a *assembler) alike(op string, e element) element {
	if op == "Min" || op == "Max" {
		return e
	}
	return e.signed()
}

// unrollOf is the number of vectors a step of the loop.
var unrollOf = []int{4, 1}

func (a *assembler) binary(g *generator, op string, e element) {
	name := lower(op) + a.alike(op, e).name
	g.table.add(a.isa, "binary", op, e.name, name)
	if a.alike(op, e) != e {
		return
	}
	p := a.begin(name, "computes as many of n elements as fill vectors", "dst", "x", "y")
	done := a.zero()
	at := func(s string, u int) operand.Mem { return a.place(p[s], done, e.size, a.width(), u) }
	a.walk(p["n"], done, a.width()/e.size, unrollOf, func(unroll int) {
		for u := range unroll {
			a.ctx.VMOVUPD(a.two(op, e, a.loadVector(at("x", u)), a.loadVector(at("y", u))), at("dst", u))
		}
	})
	a.end(done)
}

func (a *assembler) scalar(g *generator, op string, e element) {
	name := lower(op) + "Scalar" + a.alike(op, e).name
	g.table.add(a.isa, "scalar", op, e.name, name)
	if a.alike(op, e) != e {
		return
	}
	p := a.begin(name, "computes as many of n elements as fill vectors, with one number", "dst", "x", "scalar")
	y := a.repeat()
	done := a.zero()
	at := func(s string, u int) operand.Mem { return a.place(p[s], done, e.size, a.width(), u) }
	a.walk(p["n"], done, a.width()/e.size, unrollOf, func(unroll int) {
		for u := range unroll {
			a.ctx.VMOVUPD(a.two(op, e, a.loadVector(at("x", u)), y), at("dst", u))
		}
	})
	a.end(done)
}

// two computes x op y.
func (a *assembler) two(op string, e element, x, y reg.Register) reg.Register {
	dst := a.isa.vector()
	switch op {
	case "SubFrom":
		return a.two("Sub", e, y, x)
	case "DivInto":
		return a.two("Div", e, y, x)
	case "Min", "Max":
		return a.extreme(op, e, x, y)
	case "Mul":
		if !e.float {
			a.do("VPMULL"+e.suffix(), y, x, dst)
			return dst
		}
	}
	prefix := "VP"
	if e.float {
		prefix = "V"
	}
	a.do(prefix+upperCase(op)+e.suffix(), y, x, dst)
	return dst
}

// extreme is y if it is beyond x or a NaN, else x. The instruction on floats gives x
// if one is a NaN.
func (a *assembler) extreme(op string, e element, x, y reg.Register) reg.Register {
	dst := a.isa.vector()
	if !e.float {
		a.wholeExtreme(op, e, y, x, dst)
		return dst
	}
	a.do("V"+upperCase(op)+e.suffix(), x, y, dst)
	nan := a.isa.mask()
	a.do("VCMP"+e.suffix(), operand.U8(3), y, y, nan)
	if a.wide() {
		a.do("VBLENDM"+e.suffix(), y, dst, nan, dst)
	} else {
		a.do("VBLENDV"+e.suffix(), nan, y, dst, dst)
	}
	return dst
}

// wholeExtreme is y if it is beyond x, else x, of integers. AVX2 has no instruction
// for those of 64 bits, and compares signed ones only.
func (a *assembler) wholeExtreme(op string, e element, y, x, dst reg.Register) {
	if a.wide() || e.size < 8 {
		a.do("VP"+upperCase(op)+map[bool]string{false: "S", true: "U"}[e.unsigned]+e.suffix(), y, x, dst)
		return
	}
	cx, cy, m := x, y, a.isa.vector()
	if e.unsigned {
		sign := a.pattern(signBits(e))
		cx, cy = a.isa.vector(), a.isa.vector()
		a.ctx.VPXOR(sign, x, cx)
		a.ctx.VPXOR(sign, y, cy)
	}
	if op == "Max" {
		cx, cy = cy, cx
	}
	a.ctx.VPCMPGTQ(cy, cx, m)
	a.ctx.VBLENDVPD(m, y, x, dst)
}

func (a *assembler) unary(g *generator, op string, e element) {
	name := lower(op) + a.alike(op, e).name
	g.table.add(a.isa, "unary", op, e.name, name)
	if a.alike(op, e) != e {
		return
	}
	p := a.begin(name, "computes as many of n elements as fill vectors", "dst", "x")
	var aid reg.Register
	switch sign := signBits(e); {
	case op == "Neg" && e.float:
		aid = a.pattern(sign)
	case op == "Abs" && e.float:
		aid = a.pattern(^sign)
	case op == "Neg":
		aid = a.pattern(0)
	}
	done := a.zero()
	at := func(s string, u int) operand.Mem { return a.place(p[s], done, e.size, a.width(), u) }
	a.walk(p["n"], done, a.width()/e.size, unrollOf, func(unroll int) {
		for u := range unroll {
			a.ctx.VMOVUPD(a.one(op, e, a.loadVector(at("x", u)), aid), at("dst", u))
		}
	})
	a.end(done)
}

// signBits has the sign bit of each number in 64 bits.
func signBits(e element) uint64 {
	return map[int]uint64{1: 0x8080808080808080, 2: 0x8000800080008000, 4: 1<<63 | 1<<31, 8: 1 << 63}[e.size]
}

// roundings are the modes of the instructions that round to whole numbers; they
// raise no exception.
var roundings = map[string]operand.U8{"Rint": 8, "Floor": 9, "Ceil": 10, "Trunc": 11}

func (a *assembler) one(op string, e element, x, aid reg.Register) reg.Register {
	dst := a.isa.vector()
	switch {
	case op == "Neg" && e.float:
		a.do(a.bitwise("VPXOR"), aid, x, dst)
	case op == "Abs" && e.float:
		a.do(a.bitwise("VPAND"), aid, x, dst)
	case op == "Neg":
		a.do("VPSUB"+e.suffix(), x, aid, dst)
	case op == "Abs":
		a.do("VPABS"+e.suffix(), x, dst)
	case op == "Sqrt":
		a.do("VSQRT"+e.suffix(), x, dst)
	case a.wide():
		a.do("VRNDSCALE"+e.suffix(), roundings[op], x, dst)
	default:
		a.do("VROUND"+e.suffix(), roundings[op], x, dst)
	}
	return dst
}
