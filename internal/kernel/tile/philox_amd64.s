//go:build amd64

#include "textflag.h"

// One round of a block: A, B, C, D become the next ones, with the keys of the round at K. DX and the four registers H0, L0, H1, L1
// are written; afterwards the block is in H1, L1, H0, L0.
#define ROUND(A, B, C, D, H0, L0, H1, L1, K) \
	MOVQ  A, DX;          \
	MULXQ R15, L0, H0;    \
	MOVQ  C, DX;          \
	MULXQ R14, L1, H1;    \
	XORQ  B, H1;          \
	XORQ  (K)(BX), H1;    \
	XORQ  D, H0;          \
	XORQ  (K+8)(BX), H0

// Ten rounds bring a block back into the registers that it was in.
#define BLOCK(A, B, C, D, H0, L0, H1, L1) \
	ROUND(A, B, C, D, H0, L0, H1, L1, 0);   \
	ROUND(H1, L1, H0, L0, C, D, A, B, 16);  \
	ROUND(A, B, C, D, H0, L0, H1, L1, 32);  \
	ROUND(H1, L1, H0, L0, C, D, A, B, 48);  \
	ROUND(A, B, C, D, H0, L0, H1, L1, 64);  \
	ROUND(H1, L1, H0, L0, C, D, A, B, 80);  \
	ROUND(A, B, C, D, H0, L0, H1, L1, 96);  \
	ROUND(H1, L1, H0, L0, C, D, A, B, 112); \
	ROUND(A, B, C, D, H0, L0, H1, L1, 128); \
	ROUND(H1, L1, H0, L0, C, D, A, B, 144)

// A word as a float64 from 0 up to and without 1.
#define UNIFORM(W, X, OFF) \
	SHRQ     $11, W;       \
	XORPS    X, X;         \
	CVTSQ2SD W, X;         \
	MULSD    X4, X;        \
	MOVSD    X, OFF(DI)

// func philoxBlocks(dst *float64, blocks int, counter uint64, keys *[20]uint64)
TEXT ·philoxBlocks(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI

	MOVQ counter+16(FP), SI
	MOVQ keys+24(FP), BX
	MOVQ $0xd2e7470ee14c6c93, R15
	MOVQ $0xca5a826395121157, R14
	MOVQ $0x3ca0000000000000, AX
	MOVQ AX, X4

loop:
	CMPQ  blocks+8(FP), $0
	JZ    done
	MOVQ  SI, R8
	XORL  R9, R9
	XORL  R10, R10
	XORL  R11, R11
	BLOCK(R8, R9, R10, R11, R12, R13, AX, CX)
	UNIFORM(R8, X0, 0)
	UNIFORM(R9, X1, 8)
	UNIFORM(R10, X2, 16)
	UNIFORM(R11, X3, 24)
	ADDQ  $32, DI
	INCQ  SI
	DECQ  blocks+8(FP)
	JMP   loop

done:
	RET
