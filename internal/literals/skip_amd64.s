#include "go_asm.h"
#include "textflag.h"

// LOOK looks two bytes of each place up and adds to Z8 the buckets that they don't suit: 0xfe is a|b|c. Of an
// index VPSHUFB uses the low four bits, but where the top bit is set it gives 0: any bucket.
#define LOOK(A, TABLEA, B, TABLEB) \
	VPSHUFB    A, TABLEA, Z9           \
	VPSHUFB    B, TABLEB, Z10          \
	VPTERNLOGQ $0xfe, Z9, Z10, Z8

// LOOKSOME does so for the places of K2, and reads no others' bytes.
#define LOOKSOME(A, TABLEA, B, TABLEB) \
	VMOVDQU8.Z A, K2, Z9              \
	VMOVDQU8.Z B, K2, Z10             \
	LOOK(Z9, TABLEA, Z10, TABLEB)

// func skip(m *masks, in []byte) (from int)
TEXT ·skip(SB), NOSPLIT, $0-40
	MOVQ m+0(FP), AX
	MOVQ in_base+8(FP), SI
	MOVQ in_len+16(FP), DI
	MOVQ SI, R8                             // the places looked at
	LEAQ -(const_wide+const_reach-1)(DI), DX // how many there are behind them
	VBROADCASTI32X4 16(AX), Z1
	VBROADCASTI32X4 32(AX), Z2
	VBROADCASTI32X4 48(AX), Z3
	VBROADCASTI32X4 64(AX), Z4
	VBROADCASTI32X4 80(AX), Z5
	VBROADCASTI32X4 96(AX), Z6
	VBROADCASTI32X4 112(AX), Z7
	VPTERNLOGD $0xff, Z11, Z11, Z11 // 0xff: no bucket suits
	TESTQ DX, DX
	JLT  rest

loop:
	VPSHUFB 1(R8), Z1, Z8
	LOOK(2(R8), Z2, 3(R8), Z3)
	LOOK(4(R8), Z4, 5(R8), Z5)
	LOOK(6(R8), Z6, 7(R8), Z7)
	VPCMPUB $4, Z11, Z8, K1 // those that differ
	KTESTQ  K1, K1
	JNE     some
	ADDQ $const_wide, R8
	SUBQ $const_wide, DX
	JGE  loop

rest: // fewer than sixty-four
	ADDQ $const_wide, DX
	JLE  none
	MOVQ  $-1, BX
	BZHIQ DX, BX, BX
	KMOVQ BX, K2
	VMOVDQU8.Z 1(R8), K2, Z8
	VPSHUFB    Z8, Z1, Z8
	LOOKSOME(2(R8), Z2, 3(R8), Z3)
	LOOKSOME(4(R8), Z4, 5(R8), Z5)
	LOOKSOME(6(R8), Z6, 7(R8), Z7)
	VPCMPUB $4, Z11, Z8, K2, K1
	KTESTQ  K1, K1
	JNE     some

none:
	VZEROUPPER
	MOVQ DI, from+32(FP)
	RET

some:
	VZEROUPPER
	SUBQ SI, R8
	MOVQ R8, from+32(FP)
	RET
