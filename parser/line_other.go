//go:build !amd64

package parser

var canCut = false

func (*Scanner) scanSeen(*Sieve) bool { return false }
