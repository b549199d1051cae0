package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lanes is the number of accumulators of a sum, whatever the processor.
const lanes = 32

// reducing prints the sums and products over 32 lanes, and the extremes.
func reducing(g *generator) {
	for _, e := range elements[:2] {
		for _, op := range []string{"Sum", "SumSquares", "Dot", "Prod"} {
			g.both(func(a *assembler, _ int) { a.accumulate(g, op, e) })
		}
	}
	for _, e := range elements {
		for _, op := range []string{"Min", "Max"} {
			g.both(func(a *assembler, _ int) {
				if a.hasBinary(op, e) {
					a.extremeOf(g, op, e)
				}
			})
		}
	}
}

// accumulate keeps all lanes in registers: element i goes to lane i mod 32.
func (a *assembler) accumulate(g *generator, op string, e element) {
	name := lower(op) + e.name
	p := a.begin(name, "adds n elements, but for n mod 32, to the 32 numbers at dst", "dst", "x", "y", "z")
	var center reg.Register
	if op == "SumSquares" {
		center = a.isa.vector()
		a.ctx.VBROADCASTSD(operand.Mem{Base: p["z"]}, center)
	}
	vectors := lanes / a.isa.lanes()
	acc := make([]reg.Register, vectors)
	for u := range acc {
		acc[u] = a.loadVector(operand.Mem{Base: p["dst"], Disp: u * a.width()})
	}
	single, done := e.size == 4, a.zero()
	load := func(s string, u int) reg.Register {
		return a.isa.load(a.place(p[s], done, e.size, a.isa.lanes()*e.size, u), single, nil)
	}
	a.walk(p["n"], done, lanes, []int{1}, func(int) {
		for u := range acc {
			x := load("x", u)
			switch op {
			case "Sum":
				a.ctx.VADDPD(x, acc[u], acc[u])
			case "Prod":
				a.ctx.VMULPD(x, acc[u], acc[u])
			case "SumSquares":
				a.ctx.VSUBPD(center, x, x)
				a.ctx.VFMADD231PD(x, x, acc[u])
			case "Dot":
				a.ctx.VFMADD231PD(load("y", u), x, acc[u])
			}
		}
	})
	for u := range acc {
		a.ctx.VMOVUPD(acc[u], operand.Mem{Base: p["dst"], Disp: u * a.width()})
	}
	a.end(done)
	g.table.add(a.isa, "accumulate", op, e.name, name)
}

// extremeOf leaves 64 bytes of numbers at dst, of which one is the extreme of all
// that are done. The instruction loses NaNs, so they are kept beside.
func (a *assembler) extremeOf(g *generator, op string, e element) {
	const vectors = 4
	name := lower(op) + "Of" + e.name
	p := a.begin(name, "finds 64 bytes of numbers at dst among which is the extreme of those at x, if there are enough", "dst", "x")
	step, done, out := vectors*a.width()/e.size, a.zero(), a.label("out")
	a.ctx.CMPQ(p["n"], operand.U32(uint32(step)))
	a.ctx.JLT(operand.LabelRef(out))
	at := func(u int) operand.Mem { return a.place(p["x"], done, e.size, a.width(), u) }
	acc := make([]reg.Register, vectors)
	for u := range acc {
		acc[u] = a.loadVector(at(u))
	}
	nan := a.pattern(0)
	a.walk(p["n"], done, step, []int{1}, func(int) {
		for u := range acc {
			x := a.loadVector(at(u))
			a.keepNaN(e, x, nan)
			a.nearer(op, e, x, acc[u])
		}
	})
	for n := vectors / 2; n*a.width() >= 64; n /= 2 {
		for u := range n {
			a.nearer(op, e, acc[n+u], acc[u])
		}
	}
	for u := range 64 / a.width() {
		if e.float {
			a.do(a.bitwise("VPOR"), nan, acc[u], acc[u])
		}
		a.ctx.VMOVUPD(acc[u], operand.Mem{Base: p["dst"], Disp: u * a.width()})
	}
	a.ctx.Label(out)
	a.end(done)
	g.table.add(a.isa, "extreme", op, e.name, name)
}

// nearer replaces what is in acc by what is beyond it.
func (a *assembler) nearer(op string, e element, x, acc reg.Register) {
	if e.float {
		a.do("V"+upperCase(op)+e.suffix(), x, acc, acc)
		return
	}
	a.wholeExtreme(op, e, x, acc, acc)
}

// keepNaN sets all bits of the lanes of nan where x is a NaN.
func (a *assembler) keepNaN(e element, x, nan reg.Register) {
	if !e.float {
		return
	}
	m := a.isa.mask()
	a.do("VCMP"+e.suffix(), operand.U8(3), x, x, m)
	if !a.wide() {
		a.ctx.VPOR(m, nan, nan)
		return
	}
	// All ones where masked: a ternary function that is always true.
	if e.size == 8 {
		a.ctx.VPTERNLOGQ(operand.U8(0xff), nan, nan, m, nan)
	} else {
		a.ctx.VPTERNLOGD(operand.U8(0xff), nan, nan, m, nan)
	}
}
