//go:build !amd64

package parser

func (*Scanner) scanSeen() bool { return false }
