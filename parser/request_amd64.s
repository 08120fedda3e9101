#include "textflag.h"

// WORD names a constant of eight bytes.
#define WORD(name, value) \
	DATA  name<>+0(SB)/8, $value          \
	GLOBL name<>(SB), RODATA|NOPTR, $8

WORD(spaces, "        ")
WORD(quotes, "\"\"\"\"\"\"\"\"")
WORD(equals, "========")
WORD(zeros, "00000000")
WORD(nines, "\x09\x09\x09\x09\x09\x09\x09\x09")

WORD(atInfo, "at=info ")
WORD(method, " method=")
WORD(path, "\x00 path=\"")
WORD(host, "\x00\" host=")
WORD(requestID, " request")
WORD(questID, "uest_id=")
WORD(fwd, " fwd=\"\x00\x00")
WORD(dyno, "\x00\" dyno=")
WORD(connect, "connect=")
WORD(msService, "ms servi")
WORD(service, "service=")
WORD(msStatus, "ms statu")
WORD(status, " status=")
WORD(bytes, "\x00 bytes=")

// What digits count, by steps: pairs of them, pairs of those, pairs of those again.
WORD(tens, "\x0a\x01\x0a\x01\x0a\x01\x0a\x01")
WORD(hundreds, "\x64\x00\x01\x00\x64\x00\x01\x00")
WORD(myriads, "\x10\x27\x01\x00\x10\x27\x01\x00")

// NEED8 fails if the eight bytes at a place aren't a text, NEED7 if the first seven aren't.
#define NEED8(place, text) \
	MOVQ place, BX          \
	CMPQ BX, text<>(SB)     \
	JNE  fail

#define NEED7(place, text) \
	MOVQ place, BX          \
	SHLQ $8, BX             \
	CMPQ BX, text<>(SB)     \
	JNE  fail

// FIND gives a bit in W for each of the 64 bytes at P that is as those of Y.
#define FIND(P, Y, W) \
	VPCMPEQB  (P), Y, Y2   \
	VPCMPEQB  32(P), Y, Y3 \
	VPMOVMSKB Y2, W        \
	VPMOVMSKB Y3, BX       \
	SHLQ      $32, BX      \
	ORQ       BX, W

// LAST takes the highest bit off W and gives its place. It fails if there is none.
#define LAST(W, place) \
	BSRQ W, place \
	JEQ  fail     \
	BTRQ place, W

// ODD gives a bit in W for each byte at P up to '"': spaces, quotes and controls among them.
#define ODD(P, Y, T, Q, W) \
	VMOVDQU   P, Y    \
	VPMINUB   Y, Q, T \
	VPCMPEQB  Y, T, T \
	VPMOVMSKB T, W

// NUMBER gives in W the digits that end the eight bytes at a place, with zeros in front. CX is how
// many there are, negated: one to eight.
#define NUMBER(place, W) \
	LEAQ  8(CX), BX         \
	CMPQ  BX, $7            \
	JHI   fail              \
	SHLQ  $3, CX            \
	MOVQ  place, W          \
	XORQ  zeros<>(SB), W    \
	SHRXQ CX, W, W          \
	SHLXQ CX, W, W

// func cutRequest(line *byte, text, end int, c *cuts) bool
TEXT ·cutRequest(SB), NOSPLIT, $0-33
	MOVQ line+0(FP), DI
	MOVQ text+8(FP), SI
	MOVQ end+16(FP), DX
	MOVQ c+24(FP), R8
	ADDQ DI, SI
	ADDQ DI, DX
	VPBROADCASTQ quotes<>(SB), Y0
	VPBROADCASTQ spaces<>(SB), Y1

	// Of the last 64 bytes, from R9 on, the last four spaces begin connect=, service=, status= and
	// bytes=: R13, R12, R11 and R10.
	LEAQ -64(DX), R9
	FIND(R9, Y1, AX)
	LAST(AX, R10)
	LAST(AX, R11)
	LAST(AX, R12)
	LAST(AX, R13)

	// bytes= first: that a digit at least follows it keeps what is read next from reaching beyond end.
	LEAQ -57(R10), CX // len(" bytes=") - 64
	NUMBER(-8(DX), AX)
	VMOVQ AX, X2
	NEED7((R9)(R10*1), bytes)
	NEED8(-2(R9)(R11*1), msStatus)
	NEED8((R9)(R11*1), status)
	NEED8(-2(R9)(R12*1), msService)
	NEED8(1(R9)(R12*1), service)
	NEED8(1(R9)(R13*1), connect)

	// The other numbers, and then all at once.
	LEAQ 8(R11), CX // len(" status=")
	SUBQ R10, CX
	NUMBER(-8(R9)(R10*1), AX)
	VPINSRQ $1, AX, X2, X2
	LEAQ 11(R12), CX // len(" service=ms")
	SUBQ R11, CX
	NUMBER(-10(R9)(R11*1), AX)
	VMOVQ AX, X3
	LEAQ 11(R13), CX // len(" connect=ms")
	SUBQ R12, CX
	NUMBER(-10(R9)(R12*1), AX)
	VPINSRQ $1, AX, X3, X3
	VINSERTI128 $1, X3, Y2, Y2
	VPBROADCASTQ nines<>(SB), Y3
	VPSUBUSB Y3, Y2, Y3
	VPTEST Y3, Y3
	JNE  fail // something is more than 9, and so no digit
	VPBROADCASTQ tens<>(SB), Y3
	VPMADDUBSW Y3, Y2, Y2
	VPBROADCASTQ hundreds<>(SB), Y3
	VPMADDWD Y3, Y2, Y2
	VPACKUSDW Y2, Y2, Y2
	VPBROADCASTQ myriads<>(SB), Y3
	VPMADDWD Y3, Y2, Y2
	VEXTRACTI128 $1, Y2, X3
	VPUNPCKLQDQ X3, X2, X2
	VMOVDQU X2, (R8)

	// dyno=, of up to 15 bytes: AX to R9.
	ADDQ R13, R9
	ODD(-16(R9), X2, X3, X0, BX)
	VPBROADCASTQ equals<>(SB), X3
	VPCMPEQB X3, X2, X3
	VPMOVMSKB X3, AX
	BSRL AX, CX
	JEQ  fail
	INCL CX
	CMPL CX, $16
	JEQ  fail
	SHRL CX, BX
	JNE  fail
	LEAQ -16(R9)(CX*1), AX
	SUBQ DI, R9
	MOVL R9, 32(R8)
	MOVQ AX, CX
	SUBQ DI, CX
	MOVL CX, 28(R8)
	NEED7(-7(AX), dyno)
	CMPB -8(AX), $'\\'
	JEQ  fail

	// fwd=, from the quote in the 64 bytes before that which ends it.
	LEAQ -71(AX), R9
	CMPQ R9, SI
	JLT  fail
	FIND(R9, Y0, AX)
	LAST(AX, R10)
	LEAQ -53(R9)(R10*1), R9 // len(` request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd=`)
	CMPQ R9, SI
	JLT  fail
	MOVQ 46(R9), BX
	SHRQ $16, BX
	CMPQ BX, fwd<>(SB)
	JNE  fail

	// request_id=, as long as a UUID. R9 is where it begins, with its space.
	NEED8((R9), requestID)
	NEED8(4(R9), questID)
	ODD(12(R9), Y2, Y3, Y0, AX)
	ODD(32(R9), X2, X3, X0, BX)
	ORL  BX, AX
	JNE  fail
	LEAQ 12(R9), AX
	SUBQ DI, AX
	MOVL AX, 24(R8)

	// method=, from the front, of up to 15 bytes.
	NEED8((SI), atInfo)
	NEED8(7(SI), method)
	ADDQ $15, SI // len("at=info method=")
	VPCMPEQB (SI), X1, X2
	VPMOVMSKB X2, AX
	BSFL AX, AX
	JEQ  fail
	TESTL AX, AX
	JEQ  fail
	CMPB (SI), $'"'
	JEQ  fail
	ADDQ AX, SI
	MOVQ SI, AX
	SUBQ DI, AX
	MOVL AX, 16(R8)

	// path=, up to the next quote.
	NEED7((SI), path)
	ADDQ $7, SI
	CMPB (SI), $'"'
	JEQ  fail

more:
	CMPQ SI, R9
	JGE  fail // 64 bytes more are before end, since fwd= and what follows take as many
	FIND(SI, Y0, AX)
	ADDQ $64, SI
	BSFQ AX, AX
	JEQ  more
	LEAQ -64(SI)(AX*1), SI
	MOVQ SI, AX
	SUBQ DI, AX
	MOVL AX, 20(R8)
	CMPB -1(SI), $'\\'
	JEQ  fail

	// host=, of up to 63 bytes, all of what is left. Behind it stand 48 bytes of request_id= and more.
	NEED7((SI), host)
	ADDQ $7, SI
	MOVQ R9, CX
	SUBQ SI, CX
	CMPQ CX, $63
	JHI  fail
	ODD((SI), Y2, Y3, Y0, AX)
	ODD(32(SI), Y2, Y3, Y0, BX)
	SHLQ $32, BX
	ORQ  BX, AX
	BZHIQ CX, AX, AX
	JNE  fail

	VZEROUPPER
	MOVB $1, ret+32(FP)
	RET

fail:
	VZEROUPPER
	MOVB $0, ret+32(FP)
	RET
