#include "go_asm.h"
#include "textflag.h"

// WORD names a constant of eight bytes, HALF one of 16, BLOCK one of 32.
#define WORD(name, a) \
	DATA  name<>+0(SB)/8, $a           \
	GLOBL name<>(SB), RODATA|NOPTR, $8

#define HALF(name, a, b) \
	DATA  name<>+0(SB)/8, $a \
	DATA  name<>+8(SB)/8, $b \
	GLOBL name<>(SB), RODATA|NOPTR, $16

#define BLOCK(name, a, b, c, d) \
	DATA  name<>+0(SB)/8, $a       \
	DATA  name<>+8(SB)/8, $b       \
	DATA  name<>+16(SB)/8, $c      \
	DATA  name<>+24(SB)/8, $d      \
	GLOBL name<>(SB), RODATA|NOPTR, $32

// CUT sets S.start and S.cut, of the frame in DI: its APPNAME is at A, the text in SI up to E.
#define CUT(S, A, E) \
	SUBQ DI, A                          \
	MOVL A, (Scanner_cut+cut_app)(S)    \
	SUBQ DI, SI                         \
	MOVL SI, (Scanner_cut+cut_text)(S)  \
	SUBQ DI, E                          \
	MOVL E, (Scanner_cut+cut_end)(S)    \
	SUBQ Scanner_body(S), DI            \
	MOVQ DI, Scanner_start(S)
