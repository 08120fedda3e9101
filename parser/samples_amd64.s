#include "textflag.h"

// WORD names a constant of eight bytes.
#define WORD(name, value) \
	DATA  name<>+0(SB)/8, $value          \
	GLOBL name<>(SB), RODATA|NOPTR, $8

WORD(spaces, "        ")
WORD(source, "\x00source=")

// TWICE names a constant of sixteen bytes that is one of eight, twice.
#define TWICE(name, value) \
	DATA  name<>+0(SB)/8, $value           \
	DATA  name<>+8(SB)/8, $value           \
	GLOBL name<>(SB), RODATA|NOPTR, $16

TWICE(zeros, "00000000")
TWICE(nines, "\x09\x09\x09\x09\x09\x09\x09\x09")
TWICE(points, "\x1e\x1e\x1e\x1e\x1e\x1e\x1e\x1e") // a point, as it is where a digit is its value

// What digits count, by steps: pairs of them, pairs of those, pairs of those again, and all.
TWICE(tens, "\x0a\x01\x0a\x01\x0a\x01\x0a\x01")
TWICE(hundreds, "\x64\x00\x01\x00\x64\x00\x01\x00")
TWICE(myriads, "\x10\x27\x01\x00\x10\x27\x01\x00")
DATA  halves<>+0(SB)/8, $1e8
DATA  halves<>+8(SB)/8, $1.0
GLOBL halves<>(SB), RODATA|NOPTR, $16

// VALUE makes of CX, how long the value at R10 is, where it ends. It stops if no space follows within the text,
// or if the value is empty, longer than most, or begins with a quote.
#define VALUE(most) \
	LEAQ -1(CX), AX         \
	CMPQ AX, $(most-1)      \
	JHI  done               \
	CMPB (DI)(R10*1), $'"'  \
	JEQ  done               \
	ADDQ R10, CX            \
	CMPQ CX, DX             \
	JGE  done

// func cutMetrics(text *byte, last, end int, t *labels, l *label, f *figures, s *Sample, n *Numbers, c *metricCuts) (next, label int)
TEXT ·cutMetrics(SB), NOSPLIT, $0-88
	MOVQ text+0(FP), DI
	MOVQ last+8(FP), R11
	MOVQ end+16(FP), DX
	MOVQ l+32(FP), R9
	MOVQ f+40(FP), R12
	MOVQ s+48(FP), R8
	MOVQ n+56(FP), R15
	MOVQ c+64(FP), R13
	VPBROADCASTQ spaces<>(SB), Y6
	XORL SI, SI // what is read
	XORL R14, R14 // the Metrics that are there

	// source=, of up to 31 bytes.
	MOVQ (DI), AX
	SHLQ $8, AX
	CMPQ AX, source<>(SB)
	JNE  samples
	VPCMPEQB 7(DI), Y6, Y1
	VPMOVMSKB Y1, CX
	TZCNTL CX, CX
	MOVL $7, R10
	VALUE(31)
	LEAQ 1(CX), SI
	MOVL CX, 132(R13)

	// addon= or dyno=, of up to 63 bytes.
	MOVQ t+24(FP), AX
	MOVQ (DI)(SI*1), CX
	ANDQ 8(AX), CX
	CMPQ CX, (AX)
	JNE  samples
	MOVQ 16(AX), R10
	ADDQ SI, R10
	VPCMPEQB (DI)(R10*1), Y6, Y1
	VPCMPEQB 32(DI)(R10*1), Y6, Y2
	VPMOVMSKB Y1, CX
	VPMOVMSKB Y2, AX
	SHLQ $32, AX
	ORQ  AX, CX
	TZCNTQ CX, CX
	VALUE(63)
	LEAQ 1(CX), SI
	MOVL R10, 136(R13)
	MOVL CX, 140(R13)

samples:
	CMPQ SI, R11
	JGT  done

	// Is it the label that comes next?
next:
	VMOVDQU 4(DI)(SI*1), Y0
	VPXOR (R9), Y0, Y1
	VPTEST 32(R9), Y1
	JNE  try

known:
	CMPL (DI)(SI*1), $0x706D6173 // samp
	JNE  done
	MOVBLZX 104(R9), BX
	ADDQ SI, BX
	MOVL 96(R9), AX
	ADDL SI, AX // within the lower half
	MOVL AX, (R13)

	// Where the sample ends, SI. The next can be looked at while this one's number is read.
	VPCMPEQB (DI)(BX*1), Y6, Y1
	VPMOVMSKB Y1, SI
	TZCNTL SI, SI
	ADDQ BX, SI
	CMPQ SI, DX
	CMOVQGT DX, SI

	// The unit: that of the label, mostly.
	LEAQ 64(R9), CX
	MOVQ -8(DI)(SI*1), AX
	ANDQ 8(CX), AX
	CMPQ AX, (CX)
	JNE  unit

	// The number, from BX up to its last digit at AX. R10 is how many there are of both, less one.
number:
	MOVQ 16(CX), AX
	ADDQ SI, AX
	MOVQ AX, R10
	SUBQ BX, R10
	CMPQ R10, $14
	JHI  none
	CMPB (DI)(BX*1), $'.'
	JEQ  fail
	VMOVDQU -15(DI)(AX*1), X0
	VPXOR zeros<>(SB), X0, X0
	VPAND (R12)(R10*1), X0, X0 // without what stands before it

	// Without its point, which is at R10; beyond 15 if there is none.
	VPCMPEQB points<>(SB), X0, X1
	VPMOVMSKB X1, R10
	TZCNTL R10, R10
	LEAQ (R10)(R10*1), AX
	VPSHUFB 32(R12)(AX*8), X0, X0
	VPSUBUSB nines<>(SB), X0, X1
	VPTEST X1, X1
	JNE  fail

	VPMADDUBSW tens<>(SB), X0, X0
	VPMADDWD hundreds<>(SB), X0, X0
	VPACKUSDW X0, X0, X0
	VPMADDWD myriads<>(SB), X0, X0
	VCVTDQ2PD X0, X0
	VMULPD halves<>(SB), X0, X0
	VHADDPD X0, X0, X0
	VDIVSD 560(R12)(R10*8), X0, X0
	VMULSD 24(CX), X0, X0

	MOVBLZX 105(R9), AX
	ORL  100(R9), R14
	VMOVSD X0, 24(R8)
	MOVB AX, 32(R8)
	VMOVSD X0, 8(R15)(AX*8)
	ADDQ $40, R8
	ADDQ $4, R13

skip:
	ADDQ $112, R9
	INCQ SI
	CMPQ SI, R11
	JLE  next

done:
	VZEROUPPER
	MOVQ c+64(FP), AX
	SUBQ AX, R13
	SHRL $2, R13
	MOVL R13, 128(AX)
	ANDL $~2, R14 // MetricOther is none that is told apart
	ORL  R14, (R15)
	MOVQ $0, 16(R15)
	MOVQ SI, next+72(FP)
	SUBQ l+32(FP), R9
	MOVQ R9, label+80(FP)
	RET

	// Or one of those behind? Not all are on each line.
try:
	MOVQ R9, AX
	LEAQ (4*112)(R9), R10

again:
	ADDQ $112, R9
	CMPQ R9, R10
	JEQ  unknown
	VPXOR (R9), Y0, Y1
	VPTEST 32(R9), Y1
	JNE  again
	JMP  known

unknown:
	MOVQ AX, R9
	JMP  done

	// Another unit. The last of them is none, and fits.
unit:
	LEAQ 824(R12), CX

other:
	MOVQ -8(DI)(SI*1), AX
	ANDQ 8(CX), AX
	CMPQ AX, (CX)
	JEQ  number
	ADDQ $32, CX
	JMP  other

	// Without a number it is no sample.
none:
	CMPQ BX, SI
	JEQ  skip

fail:
	MOVBLZX 104(R9), AX
	MOVQ BX, SI
	SUBQ AX, SI
	JMP  done
