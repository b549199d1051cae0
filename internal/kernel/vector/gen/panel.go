package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// multiplying prints the products of panels, of which matrix products are made.
func multiplying(g *generator) {
	for _, e := range elements[:2] {
		g.both(func(a *assembler, _ int) { a.panel(g, e) })
	}
}

// panelVectors is how many vectors wide a panel of columns is.
const panelVectors = 3

// panelRows returns how many rows a panel has: as many as leave registers for a row of columns and one number.
func (a *assembler) panelRows() int {
	if a.wide() {
		return 8
	}
	return 4
}

// panel prints a function that sets a tile, row by row at dst, to the sum over n of column times row: x has the numbers of
// a column next to each other, y those of a row. Each number of the tile is a chain of fused operations.
func (a *assembler) panel(g *generator, e element) {
	name := "panel" + e.name
	p := a.begin(name, "sets the tile at dst to the product of n columns at x and n rows at y", "dst", "x", "y")
	rows := a.panelRows()
	acc := make([][panelVectors]reg.Register, rows)
	for r := range acc {
		for v := range acc[r] {
			acc[r][v] = a.isa.vector()
			a.do(a.bitwise("VPXOR"), acc[r][v], acc[r][v], acc[r][v])
		}
	}
	done := a.zero()
	a.walk(p["n"], done, 1, []int{1}, func(int) {
		var row [panelVectors]reg.Register
		for v := range row {
			row[v] = a.loadVector(operand.Mem{Base: p["y"], Disp: v * a.width()})
		}
		x := a.isa.vector()
		for r := range acc {
			a.do(map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[e.size], operand.Mem{Base: p["x"], Disp: r * e.size}, x)
			for v := range row {
				a.do("VFMADD231"+e.suffix(), row[v], x, acc[r][v])
			}
		}
		a.ctx.ADDQ(operand.U32(uint32(rows*e.size)), p["x"])
		a.ctx.ADDQ(operand.U32(uint32(panelVectors*a.width())), p["y"])
	})
	for r := range acc {
		for v := range acc[r] {
			a.ctx.VMOVUPD(acc[r][v], operand.Mem{Base: p["dst"], Disp: (r*panelVectors + v) * a.width()})
		}
	}
	a.end(done)
	g.table.add(a.isa, "panel", "Dot", e.name, name)
}
