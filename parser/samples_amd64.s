#include "go_asm.h"
#include "textflag.h"

// WORD names a constant of eight bytes.
#define WORD(name, value) \
	DATA  name<>+0(SB)/8, $value          \
	GLOBL name<>(SB), RODATA|NOPTR, $8

WORD(spaces, "        ")
WORD(zeros, "00000000")
WORD(highs, "\x80\x80\x80\x80\x80\x80\x80\x80")

WORD(source, "\x00source=")
WORD(addon, "\x00\x00addon=")
WORD(dyno, "\x00\x00\x00dyno=")
WORD(sample, "\x00sample#")

// What digits count, by steps: pairs of them, pairs of those, pairs of those again.
WORD(tens, "\x0a\x01\x0a\x01\x0a\x01\x0a\x01")
WORD(hundreds, "\x64\x00\x01\x00\x64\x00\x01\x00")
WORD(myriads, "\x10\x27\x01\x00\x10\x27\x01\x00")

// DIGITS gives in N how many bits those of W's bytes take that are up to 9, from the first on. R11 has
// 0x80-10 in each byte.
#define DIGITS(W, N) \
	LEAQ   (W)(R11*1), N  \
	ORQ    W, N           \
	ANDQ   highs<>(SB), N \
	TZCNTQ N, N           \
	ANDL   $0x78, N

// VALUE stops if the value at P isn't followed by a space within the text, at CX behind P, or if it is
// empty, longer than most, or begins with a quote.
#define VALUE(P, most) \
	LEAQ -1(CX), AX   \
	CMPQ AX, $(most-1) \
	JHI  done         \
	CMPB (P), $'"'    \
	JEQ  done         \
	LEAQ (P)(CX*1), AX \
	CMPQ AX, DX       \
	JGE  done

// func cutMetrics(text *byte, last, end int, t *label, d *divisors, c *metricCuts) (next, label int)
TEXT ·cutMetrics(SB), NOSPLIT, $16-64
	MOVQ text+0(FP), DI
	MOVQ last+8(FP), AX
	MOVQ end+16(FP), DX
	MOVQ t+24(FP), R9
	MOVQ c+40(FP), R8
	MOVQ DI, SI // what is read
	ADDQ DI, DX
	ADDQ DI, AX
	MOVQ AX, last-8(SP)
	VPBROADCASTQ spaces<>(SB), Y6
	VMOVQ tens<>(SB), X3
	VMOVQ hundreds<>(SB), X4
	VMOVQ myriads<>(SB), X5
	MOVQ $0x7676767676767676, R11
	XORL R13, R13 // samples

	// source=, of up to 31 bytes.
	MOVQ (SI), AX
	SHLQ $8, AX
	CMPQ AX, source<>(SB)
	JNE  next
	VPCMPEQB 7(SI), Y6, Y1
	VPMOVMSKB Y1, CX
	TZCNTL CX, CX
	LEAQ 7(SI), BX
	VALUE(BX, 31)
	LEAQ 1(AX), SI
	SUBQ DI, AX
	MOVL AX, 324(R8)

	// addon= or dyno=, of up to 63 bytes.
	MOVQ (SI), AX
	LEAQ 6(SI), R10
	SHLQ $16, AX
	CMPQ AX, addon<>(SB)
	JEQ  owner
	DECQ R10
	SHLQ $8, AX
	CMPQ AX, dyno<>(SB)
	JNE  next

owner:
	VPCMPEQB (R10), Y6, Y1
	VPCMPEQB 32(R10), Y6, Y2
	VPMOVMSKB Y1, CX
	VPMOVMSKB Y2, AX
	SHLQ $32, AX
	ORQ  AX, CX
	TZCNTQ CX, CX
	VALUE(R10, 63)
	LEAQ 1(AX), SI
	SUBQ DI, R10
	MOVL R10, 328(R8)
	SUBQ DI, AX
	MOVL AX, 332(R8)

next:
	CMPQ SI, last-8(SP)
	JGT  done

	// Which label it is.
	VMOVDQU 7(SI), Y0
	LEAQ (4*72)(R9), R10

try:
	VPXOR (R9), Y0, Y1
	VPTEST 32(R9), Y1
	JEQ  known
	ADDQ $72, R9
	CMPQ R9, R10
	JNE  try
	SUBQ $(4*72), R9
	JMP  done

known:
	MOVQ (SI), AX
	SHLQ $8, AX
	CMPQ AX, sample<>(SB)
	JNE  done
	MOVBLZX 71(R9), BX
	ADDQ SI, BX
	MOVQ SI, sample-16(SP)
	SUBQ DI, SI
	IMULQ $0x10001, SI
	ADDQ 64(R9), SI
	MOVQ SI, 160(R8)(R13*8)

	// Where the sample ends, SI. The next can be looked at while this one's number is read.
	VPCMPEQB (BX), Y6, Y1
	VPMOVMSKB Y1, SI
	TZCNTL SI, SI
	ADDQ BX, SI
	CMPQ SI, DX
	JGT  final

	// The digits, all in AX, as bits: CX of them, R12 before the point. If there is none, they are those of
	// (BX), else those behind it are from 1(BX). BX is where they end. There is no branch here that depends on
	// the number's form: none of them could be foreseen.
digits:
	MOVQ (BX), AX
	MOVQ 1(BX), R10
	XORQ zeros<>(SB), AX
	XORQ zeros<>(SB), R10
	DIGITS(AX, R12)
	MOVQ R12, CX
	SHRQ $3, CX
	ADDQ BX, CX
	MOVQ $-1, R15
	SHLXQ R12, R15, R15
	XORL R14, R14
	CMPB (CX), $'.'
	CMOVQNE R14, R15
	SETEQ R14
	ANDNQ AX, R15, AX
	ANDQ R15, R10
	ORQ  R10, AX
	DIGITS(AX, CX)
	ADDQ R14, BX
	TESTL CX, CX
	JEQ  none
	MOVL CX, R10
	SUBL R12, CX // eight for each behind the point
	JLT  fail // it stands behind eight digits
	SHRL $3, R10
	ADDQ R10, BX

	NEGQ R10
	SHLQ $3, R10
	SHLXQ R10, AX, AX
	VMOVQ AX, X2
	VPMADDUBSW X3, X2, X2
	VPMADDWD X4, X2, X2
	VPACKUSDW X2, X2, X2
	VPMADDWD X5, X2, X2
	VCVTDQ2PD X2, X2

	// The unit, with its length in the last byte.
	MOVQ SI, R10
	SUBQ BX, R10
	CMPQ R10, $7
	JHI  fail
	MOVQ (BX), AX
	LEAQ (R10*8), R12
	BZHIQ R12, AX, AX
	SHLQ $56, R10
	ORQ  R10, AX
	MOVQ $const_unitSpread, R12
	IMULQ AX, R12
	SHRQ $const_unitShift, R12
	SHLQ $4, R12
	LEAQ ·usualUnits(SB), R10
	ADDQ R10, R12
	CMPQ usualUnit_word(R12), AX
	JNE  fail
	ADDQ usualUnit_divisors(R12), CX // in bytes

	MOVQ d+32(FP), AX
	VDIVSD (AX)(CX*1), X2, X2
	VMOVSD X2, (R8)(R13*8)
	INCQ SI
	ADDQ $72, R9
	INCQ R13
	CMPQ R13, $20
	JNE  next
	JMP  done

final:
	MOVQ DX, SI
	JMP  digits

none:
	// Without a number it is no sample.
	CMPQ BX, SI
	JNE  fail
	INCQ SI
	ADDQ $72, R9
	JMP  next

fail:
	MOVQ sample-16(SP), SI

done:
	VZEROUPPER
	MOVL R13, 320(R8)
	SUBQ DI, SI
	MOVQ SI, next+48(FP)
	SUBQ t+24(FP), R9
	MOVQ R9, label+56(FP)
	RET
