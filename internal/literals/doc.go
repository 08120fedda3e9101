// Package literals finds which of many literals a text holds, in one pass over the text.
//
// A Finder is compiled once, immutable and safe for concurrent use. Find is exact: it reports the
// owners of those literals, and of no others, that bytes.Contains would find, a literal with Fold
// without regard to the case of ASCII letters. Has says no more than whether there is any, for less.
// Both read nothing beyond the text, keep nothing of it and allocate nothing. A text with none of the
// literals costs the same with one literal as with hundreds.
//
// There are two ways to find them, and Compile chooses one. With AVX2 (amd64) thirty-two places of the
// text are looked at together (teddy). On other processors, and for literals too many or too ordinary
// for that, one place in several is, and its neighbourhood is looked up (sieve). Both only say where a
// literal may stand; what stands there is compared in full.
//
// It knows no patterns of text but literals, no letters but ASCII's, and does not say where a literal
// was found.
package literals
