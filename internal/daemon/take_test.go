package daemon

import (
	"fmt"
	"os"
	"testing"

	"drain/internal/config"
	"drain/internal/ingest"
	"drain/parser"
)

// chunks cuts a corpus into bodies of n messages.
func chunks(tb testing.TB, corpus []byte, n int) [][]byte {
	tb.Helper()
	var out [][]byte
	scan, from := parser.NewScanner(corpus), 0
	for scan.Scan() {
		if scan.Frames()%n == 0 {
			out = append(out, corpus[from:scan.Offset()])
			from = scan.Offset()
		}
	}
	return out
}

// benchCorpus is lines never seen before: DRAIN_CORPUS names a body made by bench/cmd/gencorpus. Without
// it the small one of the tests is used, which flatters.
func benchCorpus(b *testing.B) []byte {
	b.Helper()
	file := os.Getenv("DRAIN_CORPUS")
	if file == "" {
		file = "../../rules/testdata/mixed.logplex1"
	}
	corpus, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return corpus
}

// BenchmarkTake is the pass without HTTP.
func BenchmarkTake(b *testing.B) {
	corpus := benchCorpus(b)
	for _, n := range []int{1, 10, 100, 300} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, err := New(Options{Config: benchConfig(b), Env: benchEnv()})
			if err != nil {
				b.Fatal(err)
			}
			defer d.listener.Close()
			bodies := chunks(b, corpus, n)
			buf := make([]byte, 0, 1<<20)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				buf = append(buf[:0], bodies[i%len(bodies)]...) // as it is right after the read
				d.Take(&ingest.Delivery{App: "enketo", MsgCount: n, Body: buf, At: d.now()})
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/line")
		})
	}
}

func benchEnv() config.Env { return config.Env{Listen: "127.0.0.1:0", DrainPassword: "p"} }

func benchConfig(b testing.TB) *config.Config {
	b.Helper()
	src, err := os.ReadFile("../../bench/rules.yaml")
	if err != nil {
		b.Fatal(err)
	}
	c, err := config.Parse("bench/rules.yaml", src)
	if err != nil {
		b.Fatal(err)
	}
	return c
}
