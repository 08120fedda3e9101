// Package memlimit finds how much memory the control group that the process runs in may use, so that
// the garbage collector can work harder before the kernel kills.
//
// It reads the files of a Linux file system passed in, once, and keeps nothing. Where there is no
// limit, or no Linux, it says so and is no error. It won't set anything: that is the caller's, and only
// if the owner has not set GOMEMLIMIT.
package memlimit
