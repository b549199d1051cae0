//go:build amd64

#include "textflag.h"

// The products of the eight words of X and a multiplier, whose halves are ML and MH: the high words H and the low ones L. They are
// put together from four products of halves. Z8 to Z11 are written.
#define PRODUCT(X, ML, MH, H, L) \
	VPSRLQ   $32, X, Z8;       \
	VPMULUDQ ML, X, L;         \
	VPMULUDQ MH, X, Z9;        \
	VPMULUDQ MH, Z8, H;        \
	VPMULUDQ ML, Z8, Z8;       \
	VPSRLQ   $32, L, Z10;      \
	VPADDQ   Z10, Z8, Z8;      \
	VPANDQ   Z20, Z8, Z11;     \
	VPADDQ   Z11, Z9, Z9;      \
	VPSRLQ   $32, Z8, Z8;      \
	VPADDQ   Z8, H, H;         \
	VPSHUFD  $0xa0, Z9, K1, L; \
	VPSRLQ   $32, Z9, Z9;      \
	VPADDQ   Z9, H, H

// One round of eight blocks: A, B, C, D become H1, L1, H0, L0, with the keys of the round at K.
#define ROUND(A, B, C, D, H0, L0, H1, L1, K) \
	PRODUCT(A, Z16, Z17, H0, L0);               \
	PRODUCT(C, Z18, Z19, H1, L1);               \
	VPTERNLOGQ.BCST $0x96, (K)(BX), B, H1;      \
	VPTERNLOGQ.BCST $0x96, (K+8)(BX), D, H0

// Words as float64 from 0 up to and without 1.
#define UNIFORM(W) \
	VPSRLQ    $11, W, W; \
	VCVTUQQ2PD W, W;     \
	VMULPD    Z21, W, W

DATA eight<>+0(SB)/8, $0
DATA eight<>+8(SB)/8, $1
DATA eight<>+16(SB)/8, $2
DATA eight<>+24(SB)/8, $3
DATA eight<>+32(SB)/8, $4
DATA eight<>+40(SB)/8, $5
DATA eight<>+48(SB)/8, $6
DATA eight<>+56(SB)/8, $7
GLOBL eight<>(SB), RODATA|NOPTR, $64

// func philoxEights(dst *float64, eights int, counter uint64, keys *[20]uint64)
TEXT ·philoxEights(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ eights+8(FP), CX
	MOVQ counter+16(FP), SI
	MOVQ keys+24(FP), BX

	VPBROADCASTQ SI, Z22
	VPADDQ       eight<>(SB), Z22, Z22 // the counters of the blocks
	MOVQ         $8, AX
	VPBROADCASTQ AX, Z23
	MOVQ         $0xd2e7470ee14c6c93, AX
	VPBROADCASTQ AX, Z16
	VPSRLQ       $32, Z16, Z17
	MOVQ         $0xca5a826395121157, AX
	VPBROADCASTQ AX, Z18
	VPSRLQ       $32, Z18, Z19
	MOVQ         $0xffffffff, AX
	VPBROADCASTQ AX, Z20
	MOVQ         $0x3ca0000000000000, AX // 2⁻⁵³
	VPBROADCASTQ AX, Z21
	MOVL         $0xaaaa, AX             // the upper halves of words
	KMOVW        AX, K1

loop:
	VMOVDQA64 Z22, Z0
	VPXORQ    Z1, Z1, Z1
	VPXORQ    Z2, Z2, Z2
	VPXORQ    Z3, Z3, Z3
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, 0)
	ROUND(Z6, Z7, Z4, Z5, Z2, Z3, Z0, Z1, 16)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, 32)
	ROUND(Z6, Z7, Z4, Z5, Z2, Z3, Z0, Z1, 48)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, 64)
	ROUND(Z6, Z7, Z4, Z5, Z2, Z3, Z0, Z1, 80)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, 96)
	ROUND(Z6, Z7, Z4, Z5, Z2, Z3, Z0, Z1, 112)
	ROUND(Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, 128)
	ROUND(Z6, Z7, Z4, Z5, Z2, Z3, Z0, Z1, 144)
	UNIFORM(Z0)
	UNIFORM(Z1)
	UNIFORM(Z2)
	UNIFORM(Z3)

	// Each block's words are in the same lanes of four registers, and belong beside each other.
	VUNPCKLPD  Z1, Z0, Z4         // words 0 and 1 of blocks 0, 2, 4, 6
	VUNPCKHPD  Z1, Z0, Z5         // of 1, 3, 5, 7
	VUNPCKLPD  Z3, Z2, Z6         // words 2 and 3
	VUNPCKHPD  Z3, Z2, Z7
	VSHUFF64X2 $0x44, Z6, Z4, Z0  // blocks 0 and 2: 01 01 23 23
	VSHUFF64X2 $0x44, Z7, Z5, Z1  // 1 and 3
	VSHUFF64X2 $0xee, Z6, Z4, Z2  // 4 and 6
	VSHUFF64X2 $0xee, Z7, Z5, Z3  // 5 and 7
	VSHUFF64X2 $0x88, Z1, Z0, Z4  // 0 and 1: 01 23 01 23
	VSHUFF64X2 $0xdd, Z1, Z0, Z5  // 2 and 3
	VSHUFF64X2 $0x88, Z3, Z2, Z6
	VSHUFF64X2 $0xdd, Z3, Z2, Z7
	VMOVUPD    Z4, 0(DI)
	VMOVUPD    Z5, 64(DI)
	VMOVUPD    Z6, 128(DI)
	VMOVUPD    Z7, 192(DI)

	ADDQ   $256, DI
	VPADDQ Z23, Z22, Z22
	DECQ   CX
	JNZ    loop
	VZEROUPPER
	RET
