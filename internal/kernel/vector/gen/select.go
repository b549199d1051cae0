package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// selecting prints the choice between elements of two slices, by their size.
func selecting(g *generator) {
	for _, size := range []int{1, 2, 4, 8} {
		g.both(func(a *assembler, _ int) { a.where(g, size) })
	}
}

func (a *assembler) where(g *generator, size int) {
	name := fmt.Sprintf("where%d", 8*size)
	p := a.begin(name, "selects as many of n elements as fill vectors: of y where the bool at x is set, else of z", "dst", "x", "y", "z")
	var zero reg.Register
	if !a.wide() {
		zero = a.pattern(0)
	}
	done := a.zero()
	at := func(s string) operand.Mem { return a.place(p[s], done, size, 0, 0) }
	a.walk(p["n"], done, a.width()/size, []int{1}, func(int) {
		cond, m, out := a.isa.vector(), a.isa.mask(), a.isa.vector()
		bools := a.place(p["x"], done, 1, 0, 0)
		if size == 1 {
			a.ctx.VMOVUPD(bools, cond)
		} else {
			a.do("VPMOVZXB"+letter(size), bools, cond)
		}
		yes, no := a.loadVector(at("y")), a.loadVector(at("z"))
		if a.wide() {
			a.do("VPTESTM"+letter(size), cond, cond, m)
			a.do("VPBLENDM"+letter(size), yes, no, m, out)
		} else {
			a.do("VPCMPEQ"+letter(size), zero, cond, m)
			a.ctx.VPBLENDVB(m, no, yes, out)
		}
		a.ctx.VMOVUPD(out, at("dst"))
	})
	a.end(done)
	for _, e := range elements {
		if e.size == size {
			g.table.add(a.isa, "where", "Where", e.name, name)
		}
	}
}
