package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake of a configuration.
type Problem struct {
	File  string // file name, or the variable the text came from
	Line  int    // 0 where there is none
	Path  string // e.g. rules[3].window
	Wrong string // what is wrong
	Right string // what would be right
}

func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	b.WriteString(": " + p.Wrong)
	if p.Right != "" {
		b.WriteString("; " + p.Right)
	}
	return b.String()
}

// Problems is every mistake of a configuration, by line. It is an error if there are any.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Path, b.Path), strings.Compare(a.Wrong, b.Wrong))
	})
	return p
}
