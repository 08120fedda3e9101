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
WORD(bytes, "\x00\x00\x00bytes")
WORD(pages, "\x00\x00\x00pages")

// What digits count, by steps: pairs of them, pairs of those, pairs of those again.
WORD(tens, "\x0a\x01\x0a\x01\x0a\x01\x0a\x01")
WORD(hundreds, "\x64\x00\x01\x00\x64\x00\x01\x00")
WORD(myriads, "\x10\x27\x01\x00\x10\x27\x01\x00")

// DIGITS gives in CX how many bytes up to 9 W begins with. R11 has 0x80-10 in each byte.
#define DIGITS(W) \
	LEAQ   (W)(R11*1), CX  \
	ORQ    W, CX           \
	ANDQ   highs<>(SB), CX \
	TZCNTQ CX, CX          \
	SHRQ   $3, CX

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

	// The digits: CX of them in AX, R12 of which stand behind the point. BX is where they end.
digits:
	MOVQ (BX), AX
	XORQ zeros<>(SB), AX
	XORL R12, R12
	DIGITS(AX)
	CMPB (BX)(CX*1), $'.'
	JEQ  point
	ADDQ CX, BX

number:
	TESTL CX, CX
	JEQ  none
	SHLL $3, CX
	NEGL CX
	SHLXQ CX, AX, AX
	VMOVQ AX, X2
	VPMADDUBSW X3, X2, X2
	VPMADDWD X4, X2, X2
	VPACKUSDW X2, X2, X2
	VPMADDWD X5, X2, X2
	VCVTDQ2PD X2, X2
	CMPQ BX, SI
	JEQ  ended

	// The unit.
	MOVQ (BX), AX
	CMPW AX, $0x424D // MB
	JEQ  mega
	CMPW AX, $0x426B // kB
	JEQ  kilo
	ADDQ $5, BX
	SHLQ $24, AX
	CMPQ AX, bytes<>(SB)
	JEQ  unit
	CMPQ AX, pages<>(SB)
	JNE  fail

unit:
	CMPQ BX, SI
	JNE  fail

ended:
	MOVQ d+32(FP), AX
	VDIVSD (AX)(R12*8), X2, X2
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

point:
	MOVQ CX, R12
	SHLL $3, CX
	MOVQ $-1, R10
	SHLXQ CX, R10, R10
	ANDNQ AX, R10, AX // what stands before it (of eight digits none is left, and the point stops it), …
	MOVQ 1(BX), CX
	XORQ zeros<>(SB), CX
	ANDQ R10, CX // … and behind
	ORQ  CX, AX
	DIGITS(AX)
	LEAQ 1(BX)(CX*1), BX
	NEGQ R12
	ADDQ CX, R12
	JMP  number

mega:
	ADDQ $2, BX
	ADDQ $32, R12
	JMP  unit

kilo:
	ADDQ $2, BX
	ADDQ $16, R12
	JMP  unit

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
