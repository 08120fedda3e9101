package rules

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"drain/parser"
)

// corpusLines parses a body made by bench/cmd/gencorpus, whose name is in DRAIN_CORPUS.
func corpusLines(b *testing.B) []parser.Line {
	b.Helper()
	file := os.Getenv("DRAIN_CORPUS")
	if file == "" {
		b.Skip("DRAIN_CORPUS names no corpus")
	}
	corpus, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var lines []parser.Line
	scan := parser.NewScanner(corpus)
	for scan.Scan() {
		line := *scan.Line()
		line.Samples = slices.Clone(line.Samples)
		lines = append(lines, line)
	}
	return lines
}

// BenchmarkPerLine is Add over the mix of lines, with one rule, the twenty of bench/rules.yaml besides
// the built-in ones, and many.
func BenchmarkPerLine(b *testing.B) {
	lines := corpusLines(b)
	app := slices.DeleteFunc(slices.Clone(lines), func(l parser.Line) bool { return l.Kind != parser.KindApp })
	for _, n := range []int{1, 27, 100, 1000} {
		set := mustSet(b, sampleRules(n)...)
		b.Run(fmt.Sprintf("mix/rules=%d", n), func(b *testing.B) { addAll(b, set, lines) })
		b.Run(fmt.Sprintf("app/rules=%d", n), func(b *testing.B) { addAll(b, set, app) })
	}
}
