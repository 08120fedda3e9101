package parser

import (
	"os"
	"testing"
)

// corpus is the body that DRAIN_CORPUS names, made by bench/cmd/gencorpus.
func corpus(tb testing.TB) []byte {
	tb.Helper()
	file := os.Getenv("DRAIN_CORPUS")
	if file == "" {
		tb.Skip("DRAIN_CORPUS names no corpus of bench/cmd/gencorpus")
	}
	body, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// pick returns bodies of about 100 KB, as Logplex's, of the corpus's frames whose line pick takes.
func pick(tb testing.TB, pick func(*Line) bool) (bodies [][]byte, lines int) {
	tb.Helper()
	all := corpus(tb)
	s := NewScanner(all)
	var body []byte
	for s.Scan() {
		if pick(s.Line()) {
			body = append(body, all[s.Offset():s.next]...)
			lines++
		}
		if len(body) > 100<<10 {
			bodies, body = append(bodies, body), nil
		}
	}
	return append(bodies, body), lines
}

// BenchmarkPerLine scans lines that the branch predictor has not learnt by heart, as a looped body is.
// The body is copied first, as it is warm in the cache right after it was read; copying alone is
// the first line of the result.
func BenchmarkPerLine(b *testing.B) {
	bench := func(name string, take func(*Line) bool, scan func(s *Scanner, body []byte)) {
		b.Run(name, func(b *testing.B) {
			bodies, lines := pick(b, take)
			buf := make([]byte, 0, 1<<20)
			s := NewScanner(nil)
			size := 0
			for _, body := range bodies {
				size += len(body)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, body := range bodies {
					buf = append(buf[:0], body...)
					scan(s, buf)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
		})
	}
	every := func(*Line) bool { return true }
	kind := func(k Kind) func(*Line) bool { return func(l *Line) bool { return l.Kind == k } }
	scan := func(s *Scanner, body []byte) {
		s.Reset(body)
		for s.Scan() {
		}
	}
	bench("copying", every, func(*Scanner, []byte) {})
	bench("all", every, scan)
	for _, k := range []Kind{KindApp, KindRouter, KindDyno, KindRuntime, KindRedis} {
		bench(k.String(), kind(k), scan)
	}
	bench("generally", every, func(s *Scanner, body []byte) {
		s.Reset(body)
		for s.scanAny() {
		}
	})
}
