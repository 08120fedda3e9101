#include "asm_amd64.h"

WORD(spaces, "        ")
WORD(source, "\x00source=")

// TWICE names a constant of sixteen bytes that is one of eight, twice.
#define TWICE(name, value) \
	HALF(name, value, value)

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

// VALUE makes of CX the end of the value at R10. It stops if no space follows within the text, or if the value is
// empty, longer than most, or begins with a quote.
#define VALUE(most) \
	MOVL (R11), CX          \
	MOVQ CX, AX             \
	SUBQ R10, AX            \
	DECQ AX                 \
	CMPQ AX, $(most-1)      \
	JHI  done               \
	CMPB (DI)(R10*1), $'"'  \
	JEQ  done               \
	CMPQ CX, DX             \
	JGE  done               \
	ADDQ $4, R11

// PLACE puts down where the first of the spaces AX is, R10, and takes it away.
#define PLACE(at) \
	TZCNTQ AX, R10      \
	ADDQ   SI, R10      \
	MOVL   R10, at(R11) \
	BLSRQ  AX, AX

// func cutMetrics(text *byte, last, end int, t *labels, l *label, f *figures, s *Sample, n *Numbers, c *metricCuts, wanted uint32) (next, label int)
TEXT ·cutMetrics(SB), NOSPLIT, $256-96
	MOVQ text+0(FP), DI
	MOVQ end+16(FP), DX
	MOVQ l+32(FP), R9
	MOVQ f+40(FP), R12
	MOVQ s+48(FP), R8
	MOVQ n+56(FP), R15
	MOVQ c+64(FP), R13
	VPBROADCASTQ spaces<>(SB), Y6

	// Where the spaces are, at R11, and behind them the end. So where a sample begins doesn't wait for the one
	// before to be read. Of 64 bytes there are three at most.
	MOVL $const_mostText, R14
	CMPQ DX, R14
	CMOVQLT DX, R14
	LEAQ ends-256(SP), R11
	XORL SI, SI

block:
	VPCMPEQB (DI)(SI*1), Y6, Y1
	VPCMPEQB 32(DI)(SI*1), Y6, Y2
	VPMOVMSKB Y1, AX
	VPMOVMSKB Y2, BX
	SHLQ $32, BX
	ORQ  BX, AX
	POPCNTQ AX, CX
	PLACE(0)
	PLACE(4)
	PLACE(8)
	JNE  crowded
	LEAQ (R11)(CX*4), R11
	ADDQ $64, SI
	CMPQ SI, R14
	JLT  block
	MOVL DX, (R11)

found:
	LEAQ ends-256(SP), R11
	XORL R14, R14 // the Metrics that are there
	XORL SI, SI // what is read

	// source=, of up to 31 bytes.
	MOVQ (DI), AX
	SHLQ $8, AX
	CMPQ AX, source<>(SB)
	JNE  samples
	MOVL $7, R10
	VALUE(31)
	LEAQ 1(CX), SI
	MOVL CX, metricCuts_sourceEnd(R13)

	// addon= or dyno=, of up to 63 bytes.
	MOVQ t+24(FP), AX
	MOVQ (DI)(SI*1), CX
	ANDQ labels_ownerMask(AX), CX
	CMPQ CX, labels_owner(AX)
	JNE  samples
	MOVQ labels_ownerSize(AX), R10
	ADDQ SI, R10
	VALUE(63)
	LEAQ 1(CX), SI
	MOVL R10, metricCuts_owner(R13)
	MOVL CX, metricCuts_ownerEnd(R13)

samples:
	CMPQ SI, last+8(FP)
	JGT  done

	// Is it the label that comes next?
next:
	VMOVDQU 4(DI)(SI*1), Y0
	VPXOR label_text(R9), Y0, Y1
	VPTEST label_mask(R9), Y1
	JNE  try

known:
	CMPL (DI)(SI*1), $0x706D6173 // samp
	JNE  done
	MOVBLZX label_value(R9), BX
	ADDQ SI, BX

	// Where the sample ends, CX.
	MOVL (R11), CX
	ADDQ $4, R11
	CMPQ CX, DX
	CMOVQGT DX, CX
	MOVL label_has(R9), AX
	TESTL AX, wanted+72(FP)
	JEQ  unwanted
	MOVL label_name(R9), AX
	ADDL SI, AX // within the lower half
	MOVL AX, metricCuts_names(R13)
	MOVQ CX, SI

	// The unit: that of the label, mostly.
	LEAQ label_unit(R9), CX
	MOVQ -8(DI)(SI*1), AX
	ANDQ unitOf_mask(CX), AX
	CMPQ AX, unitOf_text(CX)
	JNE  unit

	// The number, from BX up to its last digit at AX. R10 is how many there are of both, less one.
number:
	MOVQ unitOf_last(CX), AX
	ADDQ SI, AX
	MOVQ AX, R10
	SUBQ BX, R10
	CMPQ R10, $14
	JHI  none
	CMPB (DI)(BX*1), $'.'
	JEQ  fail
	VMOVDQU -15(DI)(AX*1), X0
	VPXOR zeros<>(SB), X0, X0
	VPAND figures_of(R12)(R10*1), X0, X0 // without what stands before it

	// Without its point, which is at R10; beyond 15 if there is none.
	VPCMPEQB points<>(SB), X0, X1
	VPMOVMSKB X1, R10
	TZCNTL R10, R10
	LEAQ (R10)(R10*1), AX
	VPSHUFB figures_shut(R12)(AX*8), X0, X0
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
	VDIVSD figures_divisors(R12)(R10*8), X0, X0
	VMULSD unitOf_scale(CX), X0, X0

	MOVBLZX label_metric(R9), AX
	ORL  label_has(R9), R14
	VMOVSD X0, Sample_Value(R8)
	MOVB AX, Sample_Metric(R8)
	VMOVSD X0, Numbers_Values(R15)(AX*8)
	ADDQ $Sample__size, R8
	ADDQ $nameCut__size, R13

skip:
	ADDQ $label__size, R9
	INCQ SI
	CMPQ SI, last+8(FP)
	JLE  next

done:
	VZEROUPPER
	MOVQ c+64(FP), AX
	SUBQ AX, R13
	SHRL $2, R13 // nameCuts
	MOVL R13, metricCuts_n(AX)
	ANDL $~(1<<const_MetricOther), R14 // MetricOther is none that is told apart
	ORL  R14, Numbers_Has(R15)
	MOVQ $0, (Numbers_Values+8*const_MetricOther)(R15)
	MOVQ SI, next+80(FP)
	SUBQ l+32(FP), R9
	MOVQ R9, label+88(FP)
	RET

	// Or one of those behind? Not all are on each line.
try:
	MOVQ R9, AX
	LEAQ (const_tries*label__size)(R9), R10

again:
	ADDQ $label__size, R9
	CMPQ R9, R10
	JEQ  unknown
	VPXOR label_text(R9), Y0, Y1
	VPTEST label_mask(R9), Y1
	JNE  again
	JMP  known

unknown:
	MOVQ AX, R9
	JMP  done

	// What nobody wants is skipped, unless it may have spaces.
unwanted:
	CMPB (DI)(BX*1), $'"'
	JEQ  done
	MOVQ CX, SI
	JMP  skip

	// Nothing is read from behind the third on.
crowded:
	CMPQ R10, last+8(FP)
	JGE  found
	MOVQ R10, last+8(FP)
	JMP  found

	// Another unit. The last of them is none, and fits.
unit:
	LEAQ figures_units(R12), CX

other:
	MOVQ -8(DI)(SI*1), AX
	ANDQ unitOf_mask(CX), AX
	CMPQ AX, unitOf_text(CX)
	JEQ  number
	ADDQ $unitOf__size, CX
	JMP  other

	// Without a number it is no sample.
none:
	CMPQ BX, SI
	JEQ  skip

fail:
	MOVBLZX label_value(R9), AX
	MOVQ BX, SI
	SUBQ AX, SI
	JMP  done
