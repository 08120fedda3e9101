#include "asm_amd64.h"

// Where the parts of a header are, counted from its "<" where PRI has three digits and the fraction six:
// <158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info
#define date 7
#define zone 33
#define app 45

BLOCK(spaces, "        ", "        ", "        ", "        ")
// What "2026-11-22T20:00:02.898551+00:00" may differ by from the clock's text: seconds and fraction are
// digits, the offset is looked at elsewhere. And where in its second half the eight digits are. Both
// once for six digits of a fraction, and once for five, of which the last is 0.
DATA  stamps<>+0(SB)/8, $0
DATA  stamps<>+8(SB)/8, $0
DATA  stamps<>+16(SB)/8, $"\x00\x05\x09\x00\x09\x09\x09\x09"
DATA  stamps<>+24(SB)/8, $"\x09\x09\xff\xff\xff\xff\xff\xff"
DATA  stamps<>+32(SB)/8, $"\x01\x02\x04\x05\x06\x07\x08\x09"
DATA  stamps<>+40(SB)/8, $-1
DATA  stamps<>+48(SB)/8, $0
DATA  stamps<>+56(SB)/8, $0
DATA  stamps<>+64(SB)/8, $"\x00\x05\x09\x00\x09\x09\x09\x09"
DATA  stamps<>+72(SB)/8, $"\x09\xff\xff\xff\xff\xff\xff\xff"
DATA  stamps<>+80(SB)/8, $"\x01\x02\x04\x05\x06\x07\x08\xff"
DATA  stamps<>+88(SB)/8, $-1
GLOBL stamps<>(SB), RODATA|NOPTR, $96

HALF(host, "\x00\x00\x00\x00+00:", "00 host ")

DATA  router<>+0(SB)/8, $"outer - "
GLOBL router<>(SB), RODATA|NOPTR, $8

// What digits count, by steps: pairs of them, pairs of those, and the first four of eight.
HALF(tens, 0x010a010a010a010a, 0)
HALF(hundreds, 0x0001006400010064, 0)
HALF(myriads, 0x0001271000012710, 0)

// func cutLine(s *Scanner, statuses *Statuses) *head
TEXT ·cutLine(SB), NOSPLIT, $0-24
	MOVQ s+0(FP), R8
	MOVQ Scanner_body(R8), DI
	MOVQ (Scanner_body+8)(R8), DX
	ADDQ DI, DX
	ADDQ Scanner_next(R8), DI // the frame
	LEAQ 96(DI), BX // nothing behind is read before the frame's end is known
	CMPQ BX, DX
	JHI  fail

	// "317 "; the first digit less one, since it may not be 0. R10 is where the header begins.
	MOVL    (DI), AX
	SUBL    $0x20303031, AX
	LEAL    0x7f767677(AX), BX
	ORL     AX, BX
	TESTL   $0x80808080, BX
	JNE     odd
	LEAQ    4(DI), R10
	MOVBLZX AX, CX
	IMUL3L  $100, CX, CX
	LEAQ    100(R10)(CX*1), CX
	IMUL3L  $0x0a01, AX, AX // its third byte is ten times the second digit and the third
	SHRL    $16, AX
	MOVBLZX AX, AX
	LEAQ    (CX)(AX*1), R9 // where the frame ends

sized:
	CMPQ R9, DX
	JHI  fail
	PREFETCHT0 64(R9) // the next line, whose place the processor can't know before
	PREFETCHT0 -64(R9) // and this one's end, which is read first
	PREFETCHT0 -128(R9)

	// With a digit less in PRI, all that follows is one place further in front, and so is what follows a
	// fraction with a digit less: R10 and R11 are where the header would begin with all of them.
	MOVQ (R10), R13
	CMPB 4(R10), $'>'
	JNE  two

pri:
	LEAQ stamps<>(SB), R12
	LEAQ 48(R12), BX
	LEAQ -1(R10), R11
	CMPB zone(R10), $'+'
	CMOVQEQ R10, R11
	CMOVQNE BX, R12

	// TIMESTAMP and HOSTNAME
	VMOVDQU  date(R10), Y2
	VPXOR    (Scanner_clock+clock_text)(R8), Y2, Y2
	VPSUBUSB (R12), Y2, Y3
	VMOVDQU  (app-16)(R11), X4
	VPXOR    host<>(SB), X4, X4
	VPSRLDQ  $4, X4, X4
	VPOR     Y4, Y3, Y3
	VPTEST   Y3, Y3
	JNE      fail
	VEXTRACTI128 $1, Y2, X2
	VPSHUFB    32(R12), X2, X2
	VPMADDUBSW tens<>(SB), X2, X2
	VPMADDWD   hundreds<>(SB), X2, X2
	VPACKUSDW  X2, X2, X2
	VPMADDWD   myriads<>(SB), X2, X2

	// APPNAME, PROCID and MSGID, up to the third space. Which of the heads it may be is told by the end
	// of PROCID and by PRI.
	VMOVDQU   app(R11), Y4
	MOVQ      (app+8)(R11), AX // len("heroku r"); with the third space, or a longer MSGID would be cut
	CMPQ      AX, router<>(SB)
	JEQ       router

names:
	VPCMPEQB  spaces<>(SB), Y4, Y5
	VPMOVMSKB Y5, AX
	BLSRL     AX, AX
	BLSRL     AX, AX
	TZCNTL    AX, CX
	BLSMSKL   AX, R12
	INCL      CX
	MOVQ      (app-8)(R11)(CX*1), AX
	ADDQ      R13, AX
	LEAQ      (AX)(CX*8), AX
	MOVQ      $const_spread, BX
	IMULQ     AX, BX
	SHRQ      $56, BX
	SHLQ      $7, BX // two heads
	LEAQ      Scanner_heads(R8)(BX*1), BX
	LEAQ      head__size(BX), SI
	CMPQ      head_key(BX), AX
	CMOVQNE   SI, BX
	VPCMPEQB  head_names(BX), Y4, Y5
	VPMOVMSKB Y5, AX
	ANDNL     R12, AX, AX
	JNE       fail
	CMPQ      head_start(BX), R13
	JNE       fail

	LEAQ app(R11)(CX*1), SI

text: // without the newline
	MOVQ R9, DX
	CMPB -1(R9), $'\n'
	JNE  trimmed
	DECQ DX
	CMPB -2(R9), $'\r'
	JNE  trimmed
	DECQ DX

trimmed:
	CMPQ SI, DX
	JHI  fail

	INCQ   Scanner_frames(R8)
	SUBQ   Scanner_body(R8), R9
	MOVQ   R9, Scanner_next(R8)
	VMOVD  X2, AX
	IMUL3Q $1000, AX, AX
	ADDQ   (Scanner_clock+clock_nanos)(R8), AX
	MOVQ   AX, (Scanner_line+Line_Nanos)(R8)
	MOVQ   BX, ret+16(FP)
	ADDQ   $app, R11
	CMPB   head_kind(BX), $const_KindRouter
	JNE    other
	JMP    ·cutRequest(SB)

other:
	CUT(R8, R11, DX)
	VZEROUPPER
	RET

router: // Told apart before all else, so that what is done with a request is foreseen in time. Mostly it is the one head.
	MOVQ   Scanner_router(R8), BX
	VPXOR  head_names(BX), X4, X5
	VPTEST X5, X5
	JNE    names
	CMPQ   head_start(BX), R13
	JNE    names
	LEAQ   (app+16)(R11), SI // len("heroku router - ")
	JMP    text

two: // "<45>"
	DECQ R10
	JMP  pri

odd: // "93 "
	CMPB    2(DI), $' '
	JNE     four
	MOVWLZX (DI), AX
	XORL    $0x3030, AX
	LEAL    0x7676(AX), BX
	ORL     AX, BX
	TESTL   $0x8080, BX
	JNE     fail // a leading zero leaves no room for a header
	IMUL3L  $0x0a01, AX, AX
	SHRL    $8, AX
	MOVBLZX AX, AX
	LEAQ    3(DI), R10
	LEAQ    (R10)(AX*1), R9
	JMP     sized

four: // "1317 "
	CMPB    4(DI), $' '
	JNE     fail
	MOVL    (DI), AX
	XORL    $0x30303030, AX
	LEAL    0x76767676(AX), BX
	ORL     AX, BX
	TESTL   $0x80808080, BX
	JNE     fail
	TESTB   AX, AX
	JEQ     fail
	IMUL3L  $0x0a01, AX, AX // each second byte is ten times the one before and it
	SHRL    $8, AX
	ANDL    $0x00ff00ff, AX
	IMUL3L  $100, AX, BX
	SHRL    $16, AX
	ADDL    BX, AX
	MOVWLZX AX, AX
	LEAQ    5(DI), R10
	LEAQ    (R10)(AX*1), R9
	JMP     sized

fail:
	VZEROUPPER
	MOVQ $0, ret+16(FP)
	RET
