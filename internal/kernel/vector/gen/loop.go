package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An element is a type of numbers as the instructions know it.
type element struct {
	name     string // Float64
	size     int    // bytes
	float    bool
	unsigned bool
}

var elements = []element{
	{name: "Float64", size: 8, float: true}, {name: "Float32", size: 4, float: true},
	{name: "Int64", size: 8}, {name: "Int32", size: 4}, {name: "Int16", size: 2}, {name: "Int8", size: 1},
	{name: "Uint64", size: 8, unsigned: true}, {name: "Uint32", size: 4, unsigned: true}, {name: "Uint16", size: 2, unsigned: true}, {name: "Uint8", size: 1, unsigned: true},
}

// letter ends the names of instructions on integers of a size.
func letter(size int) string { return map[int]string{1: "B", 2: "W", 4: "D", 8: "Q"}[size] }

// signed is the type whose functions serve where signs do not matter.
func (e element) signed() element {
	if e.unsigned {
		return element{name: "Int" + strings.TrimPrefix(e.name, "Uint"), size: e.size}
	}
	return e
}

// suffix ends the names of instructions on the type: PD, PS, or a letter.
func (e element) suffix() string {
	if e.float {
		return map[int]string{4: "PS", 8: "PD"}[e.size]
	}
	return letter(e.size)
}

// do adds the instruction of a name, which is put together from parts.
func (a *assembler) do(name string, ops ...operand.Op) {
	method := reflect.ValueOf(a.ctx).MethodByName(name)
	if !method.IsValid() {
		panic("there is no instruction " + name)
	}
	in := make([]reflect.Value, len(ops))
	for i, op := range ops {
		in[i] = reflect.ValueOf(&op).Elem()
	}
	method.Call(in)
}

// width is the number of bytes of a vector.
func (a *assembler) width() int { return 8 * a.isa.lanes() }

// wide tells AVX-512.
func (a *assembler) wide() bool { return a.isa.lanes() == 8 }

// bitwise is the name of an instruction on bits: VPAND, or VPANDQ.
func (a *assembler) bitwise(name string) string {
	if a.wide() {
		return name + "Q"
	}
	return name
}

// loadVector loads a vector of any type.
func (a *assembler) loadVector(at operand.Mem) reg.Register {
	v := a.isa.vector()
	a.ctx.VMOVUPD(at, v)
	return v
}

// repeat loads the parameter scalar, which fills 64 bits, into all lanes.
func (a *assembler) repeat() reg.Register {
	p, err := a.ctx.Param("scalar").Resolve()
	if err != nil {
		panic(err) // a function without that parameter
	}
	v := a.isa.vector()
	a.ctx.VBROADCASTSD(p.Addr, v)
	return v
}

// pattern loads 64 bits that repeat.
func (a *assembler) pattern(bits uint64) reg.Register {
	v := a.isa.vector()
	a.isa.broadcast(a.pool.mem(bits), v)
	return v
}

// begin starts a function of the given pointers and n.
func (a *assembler) begin(name, doc string, pointers ...string) (params map[string]reg.GPVirtual) {
	a.ctx.Function(name + a.isa.suffix())
	a.ctx.Attributes(attr.NOSPLIT)
	a.ctx.Pragma("noescape")
	a.ctx.Signature(signature(pointers...))
	a.ctx.Doc(fmt.Sprintf("%s%s %s.", name, a.isa.suffix(), doc))
	params = map[string]reg.GPVirtual{}
	for _, p := range append(pointers, "n") {
		if p != "scalar" {
			params[p] = a.param(p)
		}
	}
	return params
}

// end returns how many elements are done.
func (a *assembler) end(done reg.Register) {
	a.ctx.Store(done, a.ctx.Return("done"))
	a.ctx.VZEROUPPER()
	a.ctx.RET()
}

// walk repeats a body for steps of unroll·step elements, and then of step, up to
// n. The body gets the number of the element that is next.
func (a *assembler) walk(n, done reg.GPVirtual, step int, unrolls []int, body func(unroll int)) {
	left := a.ctx.GP64()
	for _, unroll := range unrolls {
		again, over := a.label("loop"), a.label("over")
		a.ctx.Label(again)
		a.ctx.MOVQ(n, left)
		a.ctx.SUBQ(done, left)
		a.ctx.CMPQ(left, operand.U32(uint32(unroll*step)))
		a.ctx.JLT(operand.LabelRef(over))
		body(unroll)
		a.ctx.ADDQ(operand.U32(uint32(unroll*step)), done)
		a.ctx.JMP(operand.LabelRef(again))
		a.ctx.Label(over)
	}
}

// zero returns a counter that is 0.
func (a *assembler) zero() reg.GPVirtual {
	r := a.ctx.GP64()
	a.ctx.XORQ(r, r)
	return r
}

// place is the operand of vector number u behind the element number done.
func (a *assembler) place(base, done reg.Register, size, bytes, u int) operand.Mem {
	return operand.Mem{Base: base, Index: done, Scale: uint8(size), Disp: bytes * u}
}
