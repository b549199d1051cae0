package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// avx2 computes with four lanes of 64 bits. Only the sign bits of its masks mean
// something.
type avx2 struct {
	*build.Context
	pool *constants
}

func (avx2) suffix() string           { return "AVX2" }
func (avx2) lanes() int               { return 4 }
func (c avx2) vector() reg.VecVirtual { return c.YMM() }
func (c avx2) mask() reg.Register     { return c.YMM() }

func (c avx2) broadcast(m operand.Mem, dst reg.Register) { c.VMOVUPD(m, dst) }
func (c avx2) move(src, dst reg.Register)                { c.VMOVAPD(src, dst) }

// predicates of comparisons that raise no exception on a quiet NaN.
var predicates = map[opcode]operand.U8{"eq": 0x00, "lt": 0x11, "le": 0x12, "nle": 0x16}

func (c avx2) operate(op opcode, imm uint64, _ bool, dst reg.Register, x ...operand.Op) {
	switch op {
	case "add":
		c.VADDPD(x[1], x[0], dst)
	case "sub":
		c.VSUBPD(x[1], x[0], dst)
	case "mul":
		c.VMULPD(x[1], x[0], dst)
	case "div":
		c.VDIVPD(x[1], x[0], dst)
	case "min":
		c.VMINPD(x[1], x[0], dst)
	case "max":
		c.VMAXPD(x[1], x[0], dst)
	case "sqrt":
		c.VSQRTPD(x[0], dst)
	case "rint":
		c.VROUNDPD(operand.U8(0), x[0], dst)
	case "iadd":
		c.VPADDQ(x[1], x[0], dst)
	case "isub":
		c.VPSUBQ(x[1], x[0], dst)
	case "and":
		c.VPAND(x[1], x[0], dst)
	case "or", "either":
		c.VPOR(x[1], x[0], dst)
	case "xor":
		c.VPXOR(x[1], x[0], dst)
	case "mul32":
		c.VPMULUDQ(x[1], x[0], dst)
	case "shl":
		c.VPSLLQ(operand.U8(imm), x[0], dst)
	case "shr":
		c.VPSRLQ(operand.U8(imm), x[0], dst)
	case "negative":
		c.VMOVAPD(x[0], dst)
	default:
		c.VCMPPD(predicates[op], x[1], x[0], dst)
	}
}

func (c avx2) fused(op opcode, order string, _ bool, z operand.Op, y, dst reg.Register) {
	switch string(op) + order {
	case "fma132":
		c.VFMADD132PD(z, y, dst)
	case "fma213":
		c.VFMADD213PD(z, y, dst)
	case "fma231":
		c.VFMADD231PD(z, y, dst)
	case "fnma132":
		c.VFNMADD132PD(z, y, dst)
	case "fnma213":
		c.VFNMADD213PD(z, y, dst)
	case "fnma231":
		c.VFNMADD231PD(z, y, dst)
	case "fms132":
		c.VFMSUB132PD(z, y, dst)
	case "fms213":
		c.VFMSUB213PD(z, y, dst)
	case "fms231":
		c.VFMSUB231PD(z, y, dst)
	}
}

func (c avx2) choose(m, yes, no, dst reg.Register) { c.VBLENDVPD(m, yes, no, dst) }

// scale multiplies by two powers of 2, because one alone may not be a number.
func (c avx2) scale(x, _, biased, dst reg.Register) {
	half, rest := c.YMM(), c.YMM()
	c.VPSRLQ(operand.U8(1), biased, half)
	c.VPSUBQ(half, biased, rest)
	c.VPSUBQ(c.pool.mem(1), half, half)
	c.VPSUBQ(c.pool.mem(1), rest, rest)
	c.VPSLLQ(operand.U8(52), half, half)
	c.VPSLLQ(operand.U8(52), rest, rest)
	c.VMULPD(half, x, half)
	c.VMULPD(rest, half, dst)
}

func (c avx2) jumpIfNone(m reg.Register, label string) {
	c.VTESTPD(m, m)
	c.JEQ(operand.LabelRef(label))
}

func (c avx2) jumpIfAny(m reg.Register, label string) {
	c.VTESTPD(m, m)
	c.JNE(operand.LabelRef(label))
}

func (c avx2) tail(n reg.GPVirtual, single bool) reg.Register {
	count := c.XMM()
	c.VMOVQ(n, count)
	if single {
		m := c.XMM()
		c.VPBROADCASTD(count, m)
		c.VPCMPGTD(c.pool.quad([4]uint64{1 << 32, 3<<32 | 2, 0, 0}), m, m)
		return m
	}
	m := c.YMM()
	c.VPBROADCASTQ(count, m)
	c.VPCMPGTQ(c.pool.quad([4]uint64{0, 1, 2, 3}), m, m)
	return m
}

func (c avx2) load(at operand.Mem, single bool, tail reg.Register) reg.Register {
	dst := c.YMM()
	switch {
	case single && tail != nil:
		x := c.XMM()
		c.VMASKMOVPS(at, tail, x)
		c.VCVTPS2PD(x, dst)
	case single:
		c.VCVTPS2PD(at, dst)
	case tail != nil:
		c.VMASKMOVPD(at, tail, dst)
	default:
		c.VMOVUPD(at, dst)
	}
	return dst
}

func (c avx2) store(v reg.Register, at operand.Mem, single bool, tail reg.Register) {
	x := c.XMM()
	switch {
	case single && tail != nil:
		c.VCVTPD2PSY(v, x)
		c.VMASKMOVPS(x, tail, at)
	case single:
		c.VCVTPD2PSY(v, x)
		c.VMOVUPS(x, at)
	case tail != nil:
		c.VMASKMOVPD(v, tail, at)
	default:
		c.VMOVUPD(v, at)
	}
}
