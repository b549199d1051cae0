package main

import (
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// avx512 computes with eight lanes of 64 bits, with the instructions of F, DQ, BW
// and VL.
type avx512 struct {
	*build.Context
}

func (avx512) suffix() string           { return "AVX512" }
func (avx512) lanes() int               { return 8 }
func (c avx512) vector() reg.VecVirtual { return c.ZMM() }
func (c avx512) mask() reg.Register     { return c.K() }

func (c avx512) broadcast(m operand.Mem, dst reg.Register) { c.VBROADCASTSD(m, dst) }
func (c avx512) move(src, dst reg.Register)                { c.VMOVAPD(src, dst) }

// form returns plain, or bcst if the last operand is a number in memory.
func form(memory bool, plain, bcst func(...operand.Op)) func(...operand.Op) {
	if memory {
		return bcst
	}
	return plain
}

func (c avx512) operate(op opcode, imm uint64, memory bool, dst reg.Register, x ...operand.Op) {
	switch op {
	case "add":
		form(memory, c.VADDPD, c.VADDPD_BCST)(x[1], x[0], dst)
	case "sub":
		form(memory, c.VSUBPD, c.VSUBPD_BCST)(x[1], x[0], dst)
	case "mul":
		form(memory, c.VMULPD, c.VMULPD_BCST)(x[1], x[0], dst)
	case "div":
		form(memory, c.VDIVPD, c.VDIVPD_BCST)(x[1], x[0], dst)
	case "min":
		form(memory, c.VMINPD, c.VMINPD_BCST)(x[1], x[0], dst)
	case "max":
		form(memory, c.VMAXPD, c.VMAXPD_BCST)(x[1], x[0], dst)
	case "sqrt":
		c.VSQRTPD(x[0], dst)
	case "rint":
		c.VRNDSCALEPD(operand.U8(0), x[0], dst)
	case "iadd":
		form(memory, c.VPADDQ, c.VPADDQ_BCST)(x[1], x[0], dst)
	case "isub":
		form(memory, c.VPSUBQ, c.VPSUBQ_BCST)(x[1], x[0], dst)
	case "and":
		form(memory, c.VPANDQ, c.VPANDQ_BCST)(x[1], x[0], dst)
	case "or":
		form(memory, c.VPORQ, c.VPORQ_BCST)(x[1], x[0], dst)
	case "xor":
		form(memory, c.VPXORQ, c.VPXORQ_BCST)(x[1], x[0], dst)
	case "mul32":
		form(memory, c.VPMULUDQ, c.VPMULUDQ_BCST)(x[1], x[0], dst)
	case "shl":
		c.VPSLLQ(operand.U8(imm), x[0], dst)
	case "shr":
		c.VPSRLQ(operand.U8(imm), x[0], dst)
	case "negative":
		c.VPMOVQ2M(x[0], dst)
	case "either":
		c.KORB(x[1], x[0], dst)
	default:
		form(memory, c.VCMPPD, c.VCMPPD_BCST)(predicates[op], x[1], x[0], dst)
	}
}

func (c avx512) fused(op opcode, order string, memory bool, z operand.Op, y, dst reg.Register) {
	var f func(...operand.Op)
	switch string(op) + order {
	case "fma132":
		f = form(memory, c.VFMADD132PD, c.VFMADD132PD_BCST)
	case "fma213":
		f = form(memory, c.VFMADD213PD, c.VFMADD213PD_BCST)
	case "fma231":
		f = form(memory, c.VFMADD231PD, c.VFMADD231PD_BCST)
	case "fnma132":
		f = form(memory, c.VFNMADD132PD, c.VFNMADD132PD_BCST)
	case "fnma213":
		f = form(memory, c.VFNMADD213PD, c.VFNMADD213PD_BCST)
	case "fnma231":
		f = form(memory, c.VFNMADD231PD, c.VFNMADD231PD_BCST)
	case "fms132":
		f = form(memory, c.VFMSUB132PD, c.VFMSUB132PD_BCST)
	case "fms213":
		f = form(memory, c.VFMSUB213PD, c.VFMSUB213PD_BCST)
	case "fms231":
		f = form(memory, c.VFMSUB231PD, c.VFMSUB231PD_BCST)
	}
	f(z, y, dst)
}

func (c avx512) choose(m, yes, no, dst reg.Register) { c.VBLENDMPD(yes, no, m, dst) }

func (c avx512) scale(x, n, _, dst reg.Register) { c.VSCALEFPD(n, x, dst) }

func (c avx512) jumpIfNone(m reg.Register, label string) {
	c.KORTESTB(m, m)
	c.JEQ(operand.LabelRef(label))
}

func (c avx512) jumpIfAny(m reg.Register, label string) {
	c.KORTESTB(m, m)
	c.JNE(operand.LabelRef(label))
}

func (c avx512) tail(n reg.GPVirtual, _ bool) reg.Register {
	bits, m := c.GP64(), c.K()
	c.MOVQ(operand.U32(1), bits)
	c.SHLXQ(n, bits, bits)
	c.DECQ(bits)
	c.KMOVB(bits.As32(), m)
	return m
}

func (c avx512) load(at operand.Mem, single bool, tail reg.Register) reg.Register {
	dst := c.ZMM()
	switch {
	case single && tail != nil:
		c.VCVTPS2PD_Z(at, tail, dst)
	case single:
		c.VCVTPS2PD(at, dst)
	case tail != nil:
		c.VMOVUPD_Z(at, tail, dst)
	default:
		c.VMOVUPD(at, dst)
	}
	return dst
}

func (c avx512) store(v reg.Register, at operand.Mem, single bool, tail reg.Register) {
	ops := []operand.Op{v}
	if single {
		y := c.YMM()
		c.VCVTPD2PS(v, y)
		ops[0] = y
	}
	if tail != nil {
		ops = append(ops, tail)
	}
	ops = append(ops, at)
	if single {
		c.VMOVUPS(ops...)
	} else {
		c.VMOVUPD(ops...)
	}
}
