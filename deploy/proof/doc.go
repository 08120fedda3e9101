// Package proof checks drain against what others made and the daemon doesn't need: Pebble, the ACME
// server that Let's Encrypt tests clients with. It is a module of its own, so that none of it is among
// what drain is built from. It holds tests only: go test ./... in this directory.
package proof
