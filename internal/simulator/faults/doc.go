// Package faults makes a simulated service fail on purpose.
//
// A [Queue] stands in front of the service's handler. While it holds a [Fault], requests get that
// instead of the service. A Queue is safe for concurrent use, starts no goroutine, and keeps no
// request waiting once the request's context has ended.
package faults
