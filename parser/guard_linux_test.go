package parser

import (
	"strings"
	"syscall"
	"testing"
)

// A body that ends where the process's memory does, or begins there, is read like any other. A byte
// read beyond it would end the test's process.
func TestScanReadsNothingBeyondTheBody(t *testing.T) {
	page := syscall.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(all); err != nil {
			t.Error(err)
		}
	})
	for _, fence := range [][]byte{all[:page], all[2*page:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	inner := all[page : 2*page]
	s := NewScanner(nil)
	f := func(body string) {
		t.Helper()
		for _, place := range [][]byte{inner[:len(body)], inner[len(inner)-len(body):]} {
			copy(place, body)
			for s.Reset(place); s.Scan(); {
			}
			for s.Reset(place); s.Sift(sieve()); {
			}
		}
	}
	for _, line := range append(usual[:len(usual):len(usual)], metricsLines...) {
		for cut := range len(line) {
			f(frame(line[:cut]) + frame(line[cut:]))
			f(frame(line[:cut]))
			f(frame(line) + frame(line[:cut]))
		}
	}

	// Requests whose header is known, so that cutRequest reads them.
	const names = "<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - "
	request := func(text string) { t.Helper(); f(frame(names + text)) }
	request(strings.Repeat("x", 200))
	if canCut && !s.scansSeen(frame(names+strings.Repeat("x", 200))) {
		t.Fatal("the header isn't known")
	}
	const tail = ` connect=12345ms service=12345ms status=200 bytes=12345678 protocol=http1.1 tls=true tls_version=unknown`
	outcome := `"` + strings.Repeat("x", 60) + `" dyno=web.12345678901` + tail
	for _, line := range append(requests(), names+outcome, names+" fwd="+outcome) {
		text := line[len(names):]
		for cut := range len(text) {
			request(text[cut:])
			request(text[:cut])
		}
	}
	const id = ` request_id=407b828f-ec16-bfef-cff3-25e749e57945`
	for n := range 130 { // the shortest that there are behind a path, with its end and without
		for _, host := range []string{`" host=h`, ""} {
			request(`at=info method=GET path="/` + strings.Repeat("x", n) + host + id + ` fwd="" dyno=w connect=0ms service=0ms status=0 bytes=0`)
		}
	}
	request(`at=info method=GET path="/" host=` + strings.Repeat("h", 99) + ` connect=0ms service=0ms status=200  protocol=http`) // bytes= would begin where protocol= does
	request(`at=info method=A"BCDEFGH path="/` + strings.Repeat("x", 90) + " " + strings.Repeat("x", 19))                         // all quotes are in front
	for n := range 60 {                                                                                                           // one pair, of all numbers, and then the last
		for spaces := range 6 {
			request(`at=info method=GET path="/" host=h` + id + ` fwd="" dyno=` + strings.Repeat("w", n) + strings.Repeat(" ", spaces) + " protocol=http")
		}
	}
	for at := range len(usual[0]) { // such as are cut wrongly
		for _, piece := range []string{" ", `"`, "=", "    ", `" `} {
			line := usual[0][:at] + piece
			f(frame(line))
			f(frame(line + usual[0][min(at+len(piece), len(usual[0])):]))
		}
	}
}

// scansSeen says whether the first header of a body is known.
func (s *Scanner) scansSeen(body string) bool {
	s.Reset([]byte(body))
	return s.scanSeen(&Sieve{})
}
