//go:build !amd64

package parser

var canCut = false

func (*Scanner) scanSeen() bool { return false }

func (*Scanner) siftSeen(*Statuses) bool { return false }

func (*Line) parseCut(*byte, int, int) bool { return false }
