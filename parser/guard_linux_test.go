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
	for _, line := range append(usual[:len(usual):len(usual)], metricsLines...) {
		for cut := range len(line) {
			for _, body := range []string{frame(line[:cut]) + frame(line[cut:]), frame(line[:cut]), frame(line) + frame(line[:cut])} {
				for _, place := range [][]byte{inner[:len(body)], inner[len(inner)-len(body):]} {
					copy(place, body)
					for s.Reset(place); s.Scan(); {
					}
				}
			}
		}
	}
	outcome := ` dyno=web.12345678901 connect=12345ms service=12345ms status=200 bytes=12345678 protocol=http1.1 tls=true tls_version=unknown`
	for _, line := range append(requests(), `"`+strings.Repeat("x", 60)+`"`+outcome, ` fwd="`+strings.Repeat("x", 60)+`"`+outcome) {
		for cut := range len(line) { // the requests alone, as parseRequest may be asked
			place := inner[:len(line)-cut]
			copy(place, line[cut:])
			new(Line).parseRequest(place, 0)
		}
	}
	const names = "<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - "
	for n := range 130 { // and the shortest that there are behind a path, with its end and without, up to the edge
		for _, host := range []string{`" host=h`, ""} {
			line := names + `at=info method=GET path="` + strings.Repeat("x", n) + host +
				` request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="" dyno=w connect=0ms service=0ms status=0 bytes=0`
			place := inner[len(inner)-len(line):]
			copy(place, line)
			new(Line).parseRequest(place, len(names))
		}
	}
	for _, text := range []string{
		`at=info method=GET path="/" host=` + strings.Repeat("h", 99) + ` connect=0ms service=0ms status=200  protocol=http`, // bytes= would begin where protocol= does
		`at=info method=A"BCDEFGH path="/` + strings.Repeat("x", 90) + " " + strings.Repeat("x", 19),                         // all quotes are in front
	} {
		place := inner[len(inner)-len(names+text):]
		copy(place, names+text)
		new(Line).parseRequest(place, len(names))
	}
	for at := range len(usual[0]) { // and such as are cut wrongly
		for _, piece := range []string{" ", `"`, "=", "    ", `" `} {
			line := usual[0][:at] + piece
			for _, body := range []string{line, line + usual[0][min(at+len(piece), len(usual[0])):]} {
				place := inner[len(inner)-len(body):]
				copy(place, body)
				new(Line).parseRequest(place, min(len(body), len(names)))
			}
		}
	}
}
