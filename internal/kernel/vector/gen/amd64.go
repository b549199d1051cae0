package main

import (
	"fmt"
	"go/token"
	"go/types"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An isa prints the operations of programs for one instruction set.
type isa interface {
	suffix() string
	lanes() int // of 64 bits
	vector() reg.VecVirtual
	mask() reg.Register
	broadcast(m operand.Mem, dst reg.Register)
	move(src, dst reg.Register)
	// The form has the operands in the order of the opcode's arguments; the last may be memory.
	operate(op opcode, imm uint64, memory bool, dst reg.Register, args ...operand.Op)
	fused(op opcode, order string, memory bool, c operand.Op, b, dst reg.Register)
	choose(m, yes, no, dst reg.Register)
	scale(x, n, biased, dst reg.Register)
	jumpIfNone(m reg.Register, label string)
	jumpIfAny(m reg.Register, label string)
	// tail returns a mask of the first n < lanes lanes.
	tail(n reg.GPVirtual, single bool) reg.Register
	load(at operand.Mem, single bool, tail reg.Register) reg.Register
	store(v reg.Register, at operand.Mem, single bool, tail reg.Register)
}

// constants is the read-only data of a file: each number as often as the widest
// instruction without broadcast needs it.
type constants struct {
	symbol string
	at     map[[4]uint64]int
	order  [][4]uint64
	bits4  bool
}

const constantSize = 32

func newConstants(symbol string) *constants {
	return &constants{symbol: symbol, at: map[[4]uint64]int{}}
}

func (c *constants) mem(bits uint64) operand.Mem {
	return c.quad([4]uint64{bits, bits, bits, bits})
}

func (c *constants) quad(bits [4]uint64) operand.Mem {
	if _, ok := c.at[bits]; !ok {
		c.at[bits] = len(c.order)
		c.order = append(c.order, bits)
	}
	return operand.NewDataAddr(operand.Symbol{Name: c.symbol, Static: true}, c.at[bits]*constantSize)
}

// nibbles is a table of 4 bytes for 4 bits: each byte is one of the bits.
func (c *constants) nibbles() operand.Mem {
	c.bits4 = true
	return operand.NewDataAddr(operand.Symbol{Name: c.symbol + "Nibbles", Static: true}, 0)
}

func (c *constants) write(ctx *build.Context) {
	if c.bits4 {
		ctx.StaticGlobal(c.symbol + "Nibbles")
		ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for i := range uint32(16) {
			ctx.AppendDatum(operand.U32(i&1 | i>>1&1<<8 | i>>2&1<<16 | i>>3&1<<24))
		}
	}
	if len(c.order) == 0 {
		return
	}
	ctx.StaticGlobal(c.symbol)
	ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, bits := range c.order {
		for _, b := range bits {
			ctx.AppendDatum(operand.U64(b))
		}
	}
}

// assembler prints programs as functions with loops around them.
type assembler struct {
	ctx    *build.Context
	isa    isa
	pool   *constants
	labels int
}

func (a *assembler) label(name string) string {
	a.labels++
	return fmt.Sprintf("%s%d", name, a.labels)
}

// function prints the loop of a program: unroll vectors at a time, then one, then
// a part of one. It returns early in front of a vector with a lane to leave.
func (a *assembler) function(p *program, typ string, unroll int) {
	single, size := typ == "Float32", 8
	if single {
		size = 4
	}
	ctx := a.ctx
	ctx.Function(p.name + typ + a.isa.suffix())
	ctx.Attributes(attr.NOSPLIT)
	ctx.Pragma("noescape")
	sources := []string{"x", "y"}[:p.arity]
	ctx.Signature(signature(append([]string{"dst"}, sources...)...))
	ctx.Doc(fmt.Sprintf("%s%s%s sets n numbers at dst to %s.", p.name, typ, a.isa.suffix(), p.doc))
	dst := a.param("dst")
	var from []reg.GPVirtual
	for _, s := range sources {
		from = append(from, a.param(s))
	}
	n := a.param("n")
	done := ctx.GP64()
	ctx.XORQ(done, done)
	at := func(base reg.Register, vector int) operand.Mem {
		return operand.Mem{Base: base, Index: done, Scale: uint8(size), Disp: vector * a.isa.lanes() * size}
	}
	wide, one, part, out := a.label("wide"), a.label("one"), a.label("part"), a.label("out")
	left := ctx.GP64()
	block := func(unroll int, tail reg.Register, leave string) {
		args := make([][]reg.Register, p.arity)
		for i := range args {
			for u := range unroll {
				args[i] = append(args[i], a.isa.load(at(from[i], u), single, tail))
			}
		}
		result := a.body(p, unroll, args, leave)
		for u, r := range result {
			a.isa.store(r, at(dst, u), single, tail)
		}
	}
	loop := func(label string, unroll int, below, leave string) {
		ctx.Label(label)
		ctx.MOVQ(n, left)
		ctx.SUBQ(done, left)
		ctx.CMPQ(left, operand.Imm(uint64(unroll*a.isa.lanes())))
		ctx.JLT(operand.LabelRef(below))
		block(unroll, nil, leave)
		ctx.ADDQ(operand.Imm(uint64(unroll*a.isa.lanes())), done)
		ctx.JMP(operand.LabelRef(label))
	}
	if unroll > 1 {
		loop(wide, unroll, one, one)
	}
	loop(one, 1, part, out)
	ctx.Label(part)
	ctx.TESTQ(left, left)
	ctx.JEQ(operand.LabelRef(out))
	block(1, a.isa.tail(left, single), out)
	ctx.MOVQ(n, done)
	ctx.Label(out)
	ctx.Store(done, ctx.Return("done"))
	ctx.VZEROUPPER()
	ctx.RET()
}

// param loads a parameter of 64 bits.
func (a *assembler) param(name string) reg.GPVirtual {
	r := a.ctx.GP64()
	p, err := a.ctx.Param(name).Resolve()
	if err != nil {
		panic(err) // a name that the signature does not have
	}
	a.ctx.MOVQ(p.Addr, r)
	return r
}

// signature is that of all kernels: a pointer for each name, but the bits of a
// number for the name "scalar", and the number n of elements; it returns how many
// of them are done.
func signature(pointers ...string) *gotypes.Signature {
	variable := func(name string, kind types.BasicKind) *types.Var {
		return types.NewVar(token.NoPos, nil, name, types.Typ[kind])
	}
	var params []*types.Var
	for _, p := range pointers {
		kind := types.UnsafePointer
		if p == "scalar" {
			kind = types.Uint64
		}
		params = append(params, variable(p, kind))
	}
	params = append(params, variable("n", types.Int))
	results := types.NewTuple(variable("done", types.Int))
	return gotypes.NewSignature(nil, types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), results, false))
}

// lowering prints the steps of one body for several vectors side by side.
type lowering struct {
	*assembler
	last  map[*value]int // index of the step that reads a value last
	regs  map[*value][]reg.Register
	index int
	depth int
	leave string
}

func (a *assembler) body(p *program, unroll int, args [][]reg.Register, leave string) []reg.Register {
	l := &lowering{assembler: a, last: map[*value]int{}, regs: map[*value][]reg.Register{}, leave: leave}
	for i, v := range p.code {
		v.uses(func(arg *value) { l.last[root(arg)] = i })
	}
	l.last[root(p.out)] = len(p.code)
	for i, v := range p.code {
		l.index = i
		switch v.op {
		case "arg":
			l.regs[v] = args[v.imm]
			continue
		case "rarely":
			for u := range unroll {
				l.rarely(v, u)
			}
			continue
		case "leave":
			for u := range unroll {
				a.isa.jumpIfAny(l.regs[v.args[0]][u], leave)
			}
			continue
		case "bits", "float":
			continue
		}
		l.regs[v] = make([]reg.Register, unroll)
		for u := range unroll {
			l.step(v, u)
		}
	}
	return l.regs[root(p.out)]
}

func (l *lowering) set(v *value, u int, r reg.Register) {
	for len(l.regs[v]) <= u {
		l.regs[v] = append(l.regs[v], nil)
	}
	l.regs[v][u] = r
}

// rarely prints the body of one vector behind a jump over it.
func (l *lowering) rarely(v *value, u int) {
	for i, phi := range v.phis {
		if v.olds[i].op == "const" {
			r := l.isa.vector()
			l.isa.broadcast(l.pool.mem(v.olds[i].imm), r)
			l.set(phi, u, r)
			continue
		}
		l.set(phi, u, l.owned(v.olds[i], u))
	}
	m := l.regs[v.args[0]][u]
	skip := l.label("skip")
	l.isa.jumpIfNone(m, skip)
	l.depth++
	for _, w := range v.body {
		if w.op == "rarely" || w.op == "leave" {
			panic("no " + string(w.op) + " inside of a rarely")
		}
		if w.op != "bits" && w.op != "float" {
			l.step(w, u)
		}
	}
	l.depth--
	for i, phi := range v.phis {
		l.isa.choose(m, l.register(v.news[i], u), l.regs[phi][u], l.regs[phi][u])
	}
	l.ctx.Label(skip)
}

// root returns the value whose register holds v: what v was before it was looked
// at as bits or as a number.
func root(v *value) *value {
	for v.op == "bits" || v.op == "float" {
		v = v.args[0]
	}
	return v
}

// dies reports whether the step at hand is the last to read v, so that its
// register can be written to. Inside of a branch nothing dies.
func (l *lowering) dies(v *value) bool {
	return v.op != "const" && l.depth == 0 && l.last[root(v)] == l.index
}

// owned returns a register with v that can be written to.
func (l *lowering) owned(v *value, u int) reg.Register {
	r := l.register(v, u)
	if l.dies(v) || v.op == "const" {
		return r
	}
	c := l.isa.vector()
	l.isa.move(r, c)
	return c
}

// register returns a register with v to be read.
func (l *lowering) register(v *value, u int) reg.Register {
	if v.op != "const" {
		return l.regs[root(v)][u]
	}
	r := l.isa.vector()
	l.isa.broadcast(l.pool.mem(v.imm), r)
	return r
}

func (l *lowering) step(v *value, u int) {
	switch v.op {
	case "fma", "fnma", "fms":
		l.fusedStep(v, u)
	case "choose":
		dst := l.isa.vector()
		l.isa.choose(l.regs[v.args[0]][u], l.register(v.args[1], u), l.register(v.args[2], u), dst)
		l.set(v, u, dst)
	case "scale":
		dst := l.isa.vector()
		l.isa.scale(l.register(v.args[0], u), l.register(v.args[1], u), l.register(v.args[2], u), dst)
		l.set(v, u, dst)
	default:
		l.plain(v, u)
	}
}

// commutative operations can have a constant on either side.
var commutative = map[opcode]bool{"add": true, "mul": true, "iadd": true, "and": true, "or": true, "xor": true, "either": true, "both": true, "mul32": true, "eq": true}

func (l *lowering) plain(v *value, u int) {
	args := append([]*value(nil), v.args...)
	if len(args) == 2 && args[0].op == "const" && commutative[v.op] {
		args[0], args[1] = args[1], args[0]
	}
	var dst reg.Register
	if v.kind == mask {
		dst = l.isa.mask()
	} else {
		dst = l.isa.vector()
	}
	var ops []operand.Op
	memory := false
	for i, a := range args {
		if i == 1 && a.op == "const" {
			memory = true
			ops = append(ops, l.pool.mem(a.imm))
			continue
		}
		ops = append(ops, l.register(a, u))
	}
	l.isa.operate(v.op, v.imm, memory, dst, ops...)
	l.set(v, u, dst)
}

// fusedStep picks the form of a fused multiplication and addition that
// overwrites a register that nobody reads afterwards, if there is one.
func (l *lowering) fusedStep(v *value, u int) {
	x, y, z := v.args[0], v.args[1], v.args[2]
	if x.op == "const" || (y.op != "const" && !l.dies(x) && l.dies(y)) {
		x, y = y, x
	}
	switch {
	case z.op == "const" && y.op != "const": // x = x·y + z in memory
		dst := l.owned(x, u)
		l.isa.fused(v.op, "213", true, l.pool.mem(z.imm), l.register(y, u), dst)
		l.set(v, u, dst)
	case y.op == "const" && !l.dies(z) && l.dies(x): // x = x·(y in memory) + z
		dst := l.owned(x, u)
		l.isa.fused(v.op, "132", true, l.pool.mem(y.imm), l.register(z, u), dst)
		l.set(v, u, dst)
	case y.op == "const": // z = x·(y in memory) + z
		dst := l.owned(z, u)
		l.isa.fused(v.op, "231", true, l.pool.mem(y.imm), l.register(x, u), dst)
		l.set(v, u, dst)
	case l.dies(x) && !l.dies(z): // x = x·y + z
		dst := l.owned(x, u)
		l.isa.fused(v.op, "213", false, l.register(z, u), l.register(y, u), dst)
		l.set(v, u, dst)
	default: // z = x·y + z
		dst := l.owned(z, u)
		l.isa.fused(v.op, "231", false, l.register(y, u), l.register(x, u), dst)
		l.set(v, u, dst)
	}
}
