package parser

import (
	"bytes"
	"testing"
)

// scanAll scans a body and reads what its users read, without keeping any of it.
func scanAll(s *Scanner, body []byte) (lines, pairs int) {
	s.Reset(body)
	for s.Scan() {
		l := s.Line()
		lines++
		_ = l.Time()
		switch l.Kind {
		case KindAPI:
			for range Scaled(l.Text()) {
				pairs++
			}
			Release(l.Text())
			Deploy(l.Text())
		case KindDyno:
			StateChange(l.Text())
		case KindRouter:
			for range Pairs(l.Text()) {
				pairs++
			}
			Dyno(l.Router.Dyno)
		}
	}
	return lines, pairs
}

func TestScanAllocatesNothing(t *testing.T) {
	body := append(mixedBody(), "8 nonsense0 3 <1>xyz"...)
	s := NewScanner(nil)
	scanAll(s, body) // grows Samples once
	if n := testing.AllocsPerRun(100, func() { scanAll(s, body) }); n != 0 {
		t.Errorf("%v allocations a body", n)
	}
}

// A Scanner kept for later must not keep the body it read.
func TestResetLetsGo(t *testing.T) {
	s := NewScanner(mixedBody())
	for s.Scan() {
	}
	s.Reset(nil)
	for _, sample := range s.line.Samples[:cap(s.line.Samples)] {
		if sample.Name != nil {
			t.Fatalf("it still holds %q", sample.Name)
		}
	}
}

func TestReaderAllocatesNothingPerLine(t *testing.T) {
	text := []byte("2026-11-22T20:00:00Z heroku[router]: at=info status=200\napp[web.1]: one\n\x1b[33mapp[web.1]:\x1b[0m two\n")
	read := func(times int) float64 {
		input := bytes.Repeat(text, times)
		return testing.AllocsPerRun(10, func() {
			for r := NewReader(bytes.NewReader(input)); r.Next(); {
			}
		})
	}
	if few, many := read(1), read(1000); few != many {
		t.Errorf("%v allocations for 3 lines, %v for 3000", few, many)
	}
}

func BenchmarkScan(b *testing.B) {
	bench := func(name string, body []byte, frames int) {
		b.Run(name, func(b *testing.B) {
			s := NewScanner(nil)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				s.Reset(body)
				for s.Scan() {
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*frames), "ns/line")
		})
	}
	bench("mixed", mixedBody(), len(mixed))
	for _, line := range []struct {
		name string
		at   int
	}{{"router", 1}, {"app", 3}, {"state", 6}, {"runtime", 9}, {"redis", 11}} {
		bench(line.name, bytes.Repeat([]byte(frame(mixed[line.at])), 100), 100)
	}
}

func BenchmarkReader(b *testing.B) {
	text := bytes.Repeat([]byte(`2026-11-22T20:00:02.898551+00:00 heroku[router]: at=info method=GET path="/x" host=www.example.com request_id=407b828f fwd="203.0.113.78" dyno=web.1 connect=1ms service=459ms status=200 bytes=15225`+"\n"), 1000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for r := NewReader(bytes.NewReader(text)); r.Next(); {
		}
	}
}
