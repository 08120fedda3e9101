package ingest

import (
	"fmt"
	"strings"
	"testing"
)

func TestProofs(t *testing.T) {
	keys := newKeyring("master")
	remembered := func(authorization string) bool {
		return keys.proven.find(keys.proven.hash(authorization), authorization) != nil
	}
	own := "Bearer " + AppPassword("master", "enketo")

	keys.admit("Bearer master", "enketo")
	keys.admit(own, "enketo")
	keys.admit("Bearer wrong", "enketo")
	for authorization, want := range map[string]bool{"Bearer master": true, own: true, "Bearer wrong": false} {
		if got := remembered(authorization); got != want {
			t.Errorf("%q is remembered: %v, want %v", authorization, got, want)
		}
	}

	// What proves one app proves no other, also when it is remembered.
	if _, ok := keys.admit(own, "other"); ok {
		t.Error("one app's own password delivers for another")
	}
	if isOwn, ok := keys.admit("Bearer master", "other"); !ok || isOwn {
		t.Error("the bare password doesn't deliver for any app, as nobody's own")
	}

	// The hash alone proves nothing.
	if keys.proven.find(keys.proven.hash(own), "Bearer "+strings.Repeat("x", 32)) != nil {
		t.Error("another header with the same hash is right")
	}
}

func TestProofsAreBounded(t *testing.T) {
	keys := newKeyring("master")
	for i := range 3 * proofSlots {
		keys.admit(basic(fmt.Sprintf("user %d:master", i)), "enketo")
	}
	long := "Bearer " + strings.Repeat(" ", maxCredentials) + "master"
	if _, ok := keys.admit(long, "enketo"); !ok {
		t.Error("blanks before a password make it wrong")
	}
	n := 0
	for i := range keys.proven.slots {
		if known := keys.proven.slots[i].Load(); known != nil {
			if n++; len(known.authorization) > maxCredentials {
				t.Errorf("%d bytes are remembered", len(known.authorization))
			}
		}
	}
	if n < proofSlots/2 || n > proofSlots {
		t.Errorf("%d headers are remembered, want some %d", n, proofSlots)
	}
}
