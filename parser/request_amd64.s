#include "asm_amd64.h"

BLOCK(spaces, "        ", "        ", "        ", "        ")
BLOCK(quotes, "\"\"\"\"\"\"\"\"", "\"\"\"\"\"\"\"\"", "\"\"\"\"\"\"\"\"", "\"\"\"\"\"\"\"\"")
BLOCK(zeros, "00000000", "00000000", "00000000", "00000000")
WORD(five, 5) // how many digits less than eight a status has

// What digits count, by steps: pairs of them, pairs of those, and the first four of eight.
BLOCK(nines, "\x09\x09\x09\x09\x09\x09\x09\x09", "\x09\x09\x09\x09\x09\x09\x09\x09", "\x09\x09\x09\x09\x09\x09\x09\x09", "\x09\x09\x09\x09\x09\x09\x09\x09")
BLOCK(tens, 0x010a010a010a010a, 0x010a010a010a010a, 0x010a010a010a010a, 0x010a010a010a010a)
BLOCK(hundreds, 0x0001006400010064, 0x0001006400010064, 0x0001006400010064, 0x0001006400010064)
BLOCK(myriads, 10000, 10000, 10000, 10000)

WORD(protocol, " protoco")
WORD(dyno, "\x00\" dyno=")
WORD(path, " path=\"/")
WORD(host, "\x00\" host=")

BLOCK(tls, " tls=tru", "e tls_ve", "", "")

// Two parts of the end, and where in them these are, with any digits between.
BLOCK(status, "ms statu", "s=\x00\x00\x00 by", "tatus=\x00\x00", "\x00 bytes=")
BLOCK(statusBits, "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\x00\x00\x00\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\x00\x00", "\x00\xff\xff\xff\xff\xff\xff\xff")
BLOCK(service, "ms servi", "ce=\x00\x00\x00\x00\x00", " connect", "=\x00\x00\x00\x00\x00\x00\x00")
BLOCK(serviceBits, "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\x00\x00\x00\x00\x00\x00\x00")

// The least that a byte may be, and how much more at most, where request_id= and fwd= are, and at the
// beginning. A text may have any byte above '"', which spaces and controls are not.
BLOCK(idLeast, " request", "_id=####", "########", "########")
BLOCK(idMore, "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\xdc\xdc\xdc\xdc", "\xdc\xdc\xdc\xdc\xdc\xdc\xdc\xdc", "\xdc\xdc\xdc\xdc\xdc\xdc\xdc\xdc")
BLOCK(fwdLeast, "########", "########", "########", "## fwd=\"")
BLOCK(fwdMore, "\xdc\xdc\xdc\xdc\xdc\xdc\xdc\xdc", "\xdc\xdc\xdc\xdc\xdc\xdc\xdc\xdc", "\xdc\xdc\xdc\xdc\xdc\xdc\xdc\xdc", "\xdc\xdc\x00\x00\x00\x00\x00\x00")
BLOCK(atLeast, "at=info ", "method=#", "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x00")
BLOCK(atMore, "\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\xdc", "\xff\xff\xff\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff\xff\xff\xff")

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

// FIND gives a bit in W for each of the 64 bytes at P, from at on, that is as those of Y.
#define FIND(at, P, Y, W) \
	VPCMPEQB  at(P), Y, Y2      \
	VPCMPEQB  32+at(P), Y, Y3   \
	VPMOVMSKB Y2, W             \
	VPMOVMSKB Y3, BX            \
	SHLQ      $32, BX           \
	ORQ       BX, W

// func cutRequest(s *Scanner, statuses *Statuses) *head
//
// cutLine leaves the frame in DI, APPNAME in R11, the text in SI, its end in DX, and the head in the result.
TEXT ·cutRequest(SB), NOSPLIT, $0-24
	VMOVQ R11, X6
	VMOVQ DX, X7
	LEAQ const_leastText(SI), BX
	CMPQ BX, DX
	JHI  fail
	VMOVDQU quotes<>(SB), Y0
	VMOVDQU spaces<>(SB), Y1

	// What is looked for from the front and from the end is mixed here, so that neither waits for the other.
	// Nothing depends on how long the pairs behind bytes= are: the quote that ends fwd= is the last of the
	// 64 bytes that end 68 before the end. R9 is where dyno= stands behind it, and AX has the spaces of the
	// 64 bytes from there on, R10 those of the last 61. Of BSR there is no knowing where nothing is.
	LEAQ -132(DX), R8
	FIND(0, R8, Y0, R13)
	FIND(7, R8, Y1, AX) // len(`" dyno=`)
	FIND(68, R8, Y1, R10)

	// at=info and method=, which R15 ends, and path=, from its first quote to the next. Y5 gathers all that
	// is not as it must be.
	FIND(24, SI, Y0, CX) // len("at=info method=GET path=")
	VMOVDQU (SI), Y2
	VPCMPEQB Y2, Y1, Y3
	VPSUBB atLeast<>(SB), Y2, Y2
	VPSUBUSB atMore<>(SB), Y2, Y5
	VPMOVMSKB Y3, R11
	BSRQ R13, R13
	JEQ  fail
	LEAQ 7(R8)(R13*1), R9
	SHRQ $3, R10
	SHRXQ R13, AX, AX
	NEGQ R13
	SHLXQ R13, R10, R13
	ORQ  R13, AX
	TZCNTQ CX, R15
	ADDQ $18, R15
	BLSRL R11, R11
	TZCNTL R11, R11
	CMPQ R11, R15
	JNE  fail
	ADDQ SI, R15
	NEED8((R15), path)

	// the quote that begins fwd=
	LEAQ -71(R9), R8
	FIND(0, R8, Y0, R11)
	BSRQ R11, R11
	JEQ  fail
	LEAQ -53(R8)(R11*1), R8 // len(` request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd=`)
	LEAQ 24(SI), R14
	BLSRQ CX, CX
	JEQ  more
	TZCNTQ CX, CX

path: // and host=, of up to 64 bytes, all up to request_id=
	ADDQ CX, R14
	CMPQ R14, R8
	JGE  fail
	CMPB -1(R14), $'\\'
	JEQ  fail
	NEED7((R14), host)
	CMPB 7(R14), $'"'
	JEQ  fail
	FIND(7, R14, Y1, CX)
	TZCNTQ CX, CX
	LEAQ 7(R14)(CX*1), CX
	CMPQ CX, R8
	JNE  fail

	// The last pair must begin 14 bytes before the end at least, which lets more be read below. It may be
	// tls_version=, behind tls=; then R10 has the spaces before these.
	BSRQ R10, R12
	JEQ  fail
	CMPQ R12, $47
	JHI  fail
	VMOVDQU   -70(DX)(R12*1), X2
	VPCMPEQB  tls<>(SB), X2, X2
	VPMOVMSKB X2, BX
	SUBQ $9, R12 // len(" tls=true")
	BZHIQ R12, R10, R12
	CMPL BX, $0xffff
	CMOVQEQ R12, R10

	// Where the spaces before connect=, service=, status=, and protocol= are: R13, R12, R11, CX. A status has
	// three digits, and so the place of bytes= is known.
	TZCNTQ AX, R13
	JEQ  fail
	BLSRQ AX, AX
	TZCNTQ AX, R12
	BLSRQ AX, AX
	TZCNTQ AX, R11
	BLSRQ AX, AX
	BLSRQ AX, AX
	JEQ  fail
	TZCNTQ AX, CX

	// ` protocol=https`, the last but for tls=. What else may begin so says nothing that is kept, either.
	LEAQ (R9)(CX*1), AX
	NEED8((AX), protocol)
	BSRQ R10, R10
	JEQ  fail
	LEAQ -61(DX)(R10*1), R10
	CMPQ R10, AX
	JNE  fail

	// How many digits less than eight the numbers have: DX, R10, AX. Without that many bytes up to protocol=,
	// what is read below would end behind the line.
	LEAQ 19(R13), DX // 8 + len(" connect=ms")
	SUBQ R12, DX
	LEAQ 19(R12), R10 // 8 + len(" service=ms")
	SUBQ R11, R10
	LEAQ 26(R11), AX // 8 + len(" status=200 bytes=")
	SUBQ CX, AX
	MOVQ DX, BX
	ORQ  R10, BX
	ORQ  AX, BX
	CMPQ BX, $7
	JHI  fail

	// The names of all that has a number
	VMOVDQU -2(R9)(R11*1), X2
	VINSERTI128 $1, 2(R9)(R11*1), Y2, Y2
	VPXOR   status<>(SB), Y2, Y2
	VPAND   statusBits<>(SB), Y2, Y2
	VPOR    Y2, Y5, Y5
	VMOVDQU -2(R9)(R12*1), X2
	VINSERTI128 $1, (R9)(R13*1), Y2, Y2
	VPXOR   service<>(SB), Y2, Y2
	VPAND   serviceBits<>(SB), Y2, Y2
	VPOR    Y2, Y5, Y5

	// The numbers, each with as many zeros in front as make it eight digits
	VMOVQ 9(R9)(R13*1), X2
	VPINSRQ $1, 9(R9)(R12*1), X2, X2
	VMOVQ 8(R9)(R11*1), X3
	VPINSRQ $1, 18(R9)(R11*1), X3, X3
	VINSERTI128 $1, X3, Y2, Y2
	VPXOR zeros<>(SB), Y2, Y2
	VMOVQ DX, X3
	VPINSRQ $1, R10, X3, X3
	VMOVQ five<>(SB), X4
	VPINSRQ $1, AX, X4, X4
	VINSERTI128 $1, X4, Y3, Y3
	VPSLLQ $3, Y3, Y3
	VPSLLVQ Y3, Y2, Y2
	VPSUBUSB nines<>(SB), Y2, Y3
	VPOR Y3, Y5, Y5
	VPMADDUBSW tens<>(SB), Y2, Y2
	VPMADDWD hundreds<>(SB), Y2, Y2
	VPMULUDQ myriads<>(SB), Y2, Y3
	VPSRLQ   $32, Y2, Y2
	VPADDQ   Y3, Y2, Y4

	// dyno=, and fwd= from its other quote to that before it
	NEED7(-7(R9), dyno)
	CMPB -8(R9), $'\\'
	JEQ  fail
	CMPB (R9), $'"'
	JEQ  fail

	// request_id=, as long as a UUID, and what begins fwd=
	VMOVDQU (R8), Y2
	VPSUBB idLeast<>(SB), Y2, Y2
	VPSUBUSB idMore<>(SB), Y2, Y2
	VMOVDQU 22(R8), Y3
	VPSUBB fwdLeast<>(SB), Y3, Y3
	VPSUBUSB fwdMore<>(SB), Y3, Y3
	VPOR Y2, Y3, Y2
	VPOR Y2, Y5, Y5
	VPTEST Y5, Y5
	JNE  fail

	// It may be set aside, if its status is one of those.
	MOVQ s+0(FP), DX
	MOVQ statuses+8(FP), BX
	TESTQ BX, BX
	JEQ  kept
	VEXTRACTI128 $1, Y4, X3
	VMOVQ X3, CX
	MOVQ CX, AX
	SHRQ $6, AX
	MOVQ (BX)(AX*8), AX
	BTQ  CX, AX
	JCC  kept

	// its method, which is shorter than a word, or none is found
	MOVQ const_methodAt(SI), AX
	LEAQ -const_methodAt(R15), BX
	SUBQ SI, BX
	LEAQ (BX*8), R11
	BZHIQ R11, AX, AX
	SHLQ $56, BX
	ORQ  BX, AX
	MOVQ $const_methodSpread, R11
	IMULQ AX, R11
	SHRQ $const_methodShift, R11
	SHLQ $4, R11
	LEAQ ·methodWords(SB), R12
	CMPQ methodWord_word(R12)(R11*1), AX
	JNE  kept
	MOVBLZX methodWord_method(R12)(R11*1), R12

	// its dyno, if it is known, and its name a word: of a longer one too little is compared to find it
	LEAQ (R13*8), AX
	MOVQ (R9), R11
	BZHIQ AX, R11, R11
	MOVQ R13, R10
	SHLQ $56, R10
	LEAQ (R11)(R10*1), AX
	MOVQ $const_spread, BX
	IMULQ BX, AX
	SHRQ $const_dynoShift, AX
	ADDQ $Scanner_requests, DX
	IMUL3Q $Asked__size, AX, BX
	LEAQ Requests_Dynos(DX)(BX*1), BX
	CMPQ Asked_key(BX), R11
	JNE  kept
	CMPQ (Asked_key+8)(BX), R10
	JNE  kept

	// and there is room
	MOVQ Requests_N(DX), R11
	CMPQ R11, $const_MostRequests
	JCC  kept
	MOVQ (Scanner_line+Line_Nanos-Scanner_requests)(DX), R13
	INCQ Requests_N(DX)
	MOVQ Requests_n(DX), R8
	MOVW AX, Requests_asked(DX)(R8*2) // counts only if it is the dyno's first
	MOVQ Asked_First(BX), R9
	CMPQ Asked_Requests(BX), $1
	CMOVQCS R13, R9
	ADCQ $0, R8
	MOVQ R8, Requests_n(DX)
	MOVQ R9, Asked_First(BX)
	INCQ Asked_Requests(BX)
	MOVQ R13, Requests_Nanos(DX)(R11*8)
	VMOVD X4, Requests_Connect(DX)(R11*4)
	VPEXTRD $2, X4, Requests_Service(DX)(R11*4)
	VPEXTRD $2, X3, Requests_Bytes(DX)(R11*4)
	MOVW CX, Requests_Status(DX)(R11*2)
	MOVW AX, Requests_Dyno(DX)(R11*2)
	MOVB R12, Requests_Method(DX)(R11*1)
	LEAQ ·cutLine(SB), AX // to the linker a jump by name would be a call, without end
	JMP  AX

kept:
	MOVQ s+0(FP), DX
	VMOVDQU Y4, (Scanner_cuts+cuts_connect)(DX)
	ADDQ $12, R8 // len(" request_id=")
	SUBQ DI, R8
	MOVL R8, (Scanner_cuts+cuts_id)(DX)
	SUBQ DI, R9
	MOVL R9, (Scanner_cuts+cuts_dyno)(DX)
	ADDQ R9, R13
	MOVL R13, (Scanner_cuts+cuts_dynoEnd)(DX)
	SUBQ DI, R14
	MOVL R14, (Scanner_cuts+cuts_pathEnd)(DX)
	SUBQ DI, R15
	MOVL R15, (Scanner_cuts+cuts_methodEnd)(DX)
	MOVB $1, (Scanner_cut+cut_request)(DX)

done:
	VMOVQ X6, R11
	VMOVQ X7, AX
	CUT(DX, R11, AX)
	MOVQ ret+16(FP), AX // as cutLine has left it; vet asks for a result that is written
	MOVQ AX, ret+16(FP)
	VZEROUPPER
	RET

more: // the path is longer
	ADDQ $64, R14
	CMPQ R14, R8
	JGE  fail // else 64 bytes more are before the end, since fwd= and what follows take as many
	FIND(0, R14, Y0, CX)
	BSFQ CX, CX
	JEQ  more
	JMP  path

fail:
	MOVQ s+0(FP), DX
	MOVB $0, (Scanner_cut+cut_request)(DX)
	JMP  done
