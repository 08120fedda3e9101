//go:build !amd64

package parser

var canCut = false

func (*Scanner) scanSeen(*Statuses) bool { return false }
