//go:build !amd64

package parser

var canCut = false

func (*Line) parseCut([]byte, int, int) bool { return false }
