#include "go_asm.h"
#include "textflag.h"

// LOOK adds to Y8 the buckets that the byte at offset of each place does not suit. Of an index VPSHUFB
// uses the low four bits, but where the top bit is set it gives 0: any bucket.
#define LOOK(offset, TABLE) \
	VPSHUFB offset(R8), TABLE, Y9 \
	VPOR    Y9, Y8, Y8

// LOOKLOW does so for bytes of 0x80 and more, too.
#define LOOKLOW(offset, TABLE) \
	VPAND   offset(R8), Y11, Y9 \
	VPSHUFB Y9, TABLE, Y9       \
	VPOR    Y9, Y8, Y8

// func next(m *masks, in []byte, from int) (at int, places uint32)
TEXT ·next(SB), NOSPLIT, $0-52
	MOVQ m+0(FP), AX
	MOVQ in_base+8(FP), SI
	MOVQ in_len+16(FP), DI
	MOVQ from+32(FP), R8
	ADDQ SI, R8                    // the places looked at
	LEAQ -const_span(SI)(DI*1), R9 // the last there may be
	XORL R10, R10                  // how many of them were looked at before

	VBROADCASTI128 0(AX), Y0
	VBROADCASTI128 16(AX), Y1
	VBROADCASTI128 32(AX), Y2
	VBROADCASTI128 48(AX), Y3
	VBROADCASTI128 64(AX), Y4
	VBROADCASTI128 80(AX), Y5
	VBROADCASTI128 96(AX), Y6
	VBROADCASTI128 112(AX), Y7
	VPCMPEQB Y10, Y10, Y10 // 0xff: no bucket suits

	CMPQ R8, R9
	JGT  rest

loop: // at seven bytes of the eight: what they suit by chance the eighth mostly does, too
	VPSHUFB 1(R8), Y1, Y8
	LOOK(2, Y2)
	LOOK(3, Y3)
	LOOK(4, Y4)
	LOOK(5, Y5)
	LOOK(6, Y6)
	LOOK(7, Y7)
	VPCMPEQB  Y10, Y8, Y8
	VPMOVMSKB Y8, AX
	CMPL AX, $-1
	JNE  some

more:
	ADDQ $32, R8
	CMPQ R8, R9
	JLE  loop

rest: // fewer than thirty-two: look at the last ones, of which some were looked at
	LEAQ 32(R9), DX
	CMPQ R8, DX
	JGE  none
	MOVQ R8, R10
	SUBQ R9, R10
	MOVQ R9, R8
	JMP  loop

some: // seldom, but for text beyond ASCII: look again, at it as well, and at all eight bytes
	VPSRLW $12, Y10, Y11
	VPSLLW $8, Y11, Y9
	VPOR   Y9, Y11, Y11 // 0x0f
	VPXOR  Y8, Y8, Y8
	LOOKLOW(0, Y0)
	LOOKLOW(1, Y1)
	LOOKLOW(2, Y2)
	LOOKLOW(3, Y3)
	LOOKLOW(4, Y4)
	LOOKLOW(5, Y5)
	LOOKLOW(6, Y6)
	LOOKLOW(7, Y7)
	VPCMPEQB  Y10, Y8, Y8
	VPMOVMSKB Y8, AX
	NOTL AX

	MOVQ R10, CX
	SHRL CX, AX
	SHLL CX, AX
	TESTL AX, AX
	JEQ  more
	VZEROUPPER
	SUBQ SI, R8
	MOVQ R8, at+40(FP)
	MOVL AX, places+48(FP)
	RET

none:
	VZEROUPPER
	MOVQ $0, at+40(FP)
	MOVL $0, places+48(FP)
	RET
