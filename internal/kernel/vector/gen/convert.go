package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// converting prints the changes of type that there are instructions for. What a
// float outside of an integer's range becomes is what the instructions make of it.
func converting(g *generator) {
	for _, s := range elements {
		for _, d := range elements {
			g.both(func(a *assembler, _ int) {
				if a.hasConversion(s, d) {
					a.convert(g, s, d)
				}
			})
		}
	}
}

func (a *assembler) hasConversion(s, d element) bool {
	switch {
	case s == d || !s.float && !d.float && s.size == d.size:
		return false // a copy
	case a.wide():
		return !(s.float && d.unsigned && d.size == 8)
	case s.float && d.float:
		return true
	case s.float:
		return !d.unsigned && d.size == 4
	case d.float:
		return s.size < 4 || s.size == 4 && !s.unsigned
	}
	return s.size < d.size
}

func (a *assembler) convert(g *generator, s, d element) {
	if !s.float && !d.float {
		name := lower(a.narrowOrWiden(s, d).name) + "To" + d.signed().name
		from, to := a.narrowOrWiden(s, d), d.signed()
		g.table.addConversion(a.isa, s.name, d.name, name)
		if from == s && to == d {
			a.conversion(name, s, d)
		}
		return
	}
	name := lower(s.name) + "To" + d.name
	g.table.addConversion(a.isa, s.name, d.name, name)
	a.conversion(name, s, d)
}

// narrowOrWiden is the type whose function serves for s: signs matter only to what
// becomes wider.
func (a *assembler) narrowOrWiden(s, d element) element {
	if s.size > d.size {
		return s.signed()
	}
	return s
}

func (a *assembler) conversion(name string, s, d element) {
	p := a.begin(name, "converts as many of n elements as fill vectors", "dst", "x")
	n := a.width() / max(s.size, d.size)
	if s.float && d.unsigned && d.size == 4 {
		n = a.isa.lanes() // by way of 64 bits
	}
	done := a.zero()
	a.walk(p["n"], done, n, []int{1}, func(int) {
		v := a.converted(a.place(p["x"], done, s.size, 0, 0), s, d, n)
		a.storePart(v, a.place(p["dst"], done, d.size, 0, 0), n*d.size)
	})
	a.end(done)
}

// part returns a register for so many bytes.
func (a *assembler) part(bytes int) reg.Register {
	switch bytes {
	case 64:
		return a.ctx.ZMM()
	case 32:
		return a.ctx.YMM()
	}
	return a.ctx.XMM()
}

func (a *assembler) storePart(v reg.Register, at operand.Mem, bytes int) {
	switch bytes {
	case 8:
		a.ctx.VMOVQ(v, at)
	case 4:
		a.ctx.VMOVD(v, at)
	default:
		a.ctx.VMOVUPD(v, at)
	}
}

// step adds one instruction from x to n numbers of a size.
func (a *assembler) step(name string, x operand.Op, n, size int) reg.Register {
	v := a.part(n * size)
	a.do(name, x, v)
	return v
}

func (a *assembler) converted(at operand.Mem, s, d element, n int) reg.Register {
	switch {
	case s.float && d.float:
		return a.fromFloat("VCVT", "PS", "PD", at, s, d, n)
	case s.float && d.size == 8:
		return a.fromFloat("VCVTT", "QQ", "QQ", at, s, d, n)
	case s.float && d.size == 4 && d.unsigned:
		return a.step("VPMOVQD", a.fromFloat("VCVTT", "QQ", "QQ", at, s, element{size: 8}, n), n, 4)
	case s.float && d.size == 4:
		return a.fromFloat("VCVTT", "DQ", "DQ", at, s, d, n)
	case s.float:
		whole := a.fromFloat("VCVTT", "DQ", "DQ", at, s, element{size: 4}, n)
		return a.step("VPMOVD"+letter(d.size), whole, n, d.size)
	case d.float:
		return a.toFloat(at, s, d, n)
	case s.size < d.size:
		return a.step("VPMOV"+extension(s)+letter(s.size)+letter(d.size), at, n, d.size)
	}
	return a.step("VPMOV"+letter(s.size)+letter(d.size), a.loadVector(at), n, d.size)
}

func extension(s element) string {
	if s.unsigned {
		return "ZX"
	}
	return "SX"
}

// fromFloat converts to what the instruction calls single or double.
func (a *assembler) fromFloat(verb, single, double string, at operand.Mem, s, d element, n int) reg.Register {
	to := double
	if d.size == 4 {
		to = single
	}
	name := verb + s.suffix() + "2" + to
	if s.size == 4 {
		x := a.part(4 * n)
		a.ctx.VMOVUPS(at, x)
		return a.step(name, x, n, d.size)
	}
	if d.size == 4 && !a.wide() {
		name += "Y" // says that the operand has 256 bits
	}
	return a.step(name, a.loadVector(at), n, d.size)
}

func (a *assembler) toFloat(at operand.Mem, s, d element, n int) reg.Register {
	unsigned := map[bool]string{true: "U"}[s.unsigned && s.size >= 4]
	if s.size == 8 {
		return a.step("VCVT"+unsigned+"QQ2"+d.suffix(), a.loadVector(at), n, d.size)
	}
	whole := a.part(4 * n)
	if s.size == 4 {
		a.ctx.VMOVUPD(at, whole)
	} else {
		a.do("VPMOV"+extension(s)+letter(s.size)+"D", at, whole)
	}
	return a.step("VCVT"+unsigned+"DQ2"+d.suffix(), whole, n, d.size)
}
