package ingest

import (
	"testing"
	"time"
)

func TestKeysTellDeliveriesApart(t *testing.T) {
	c := newClaims(10)
	different := []Delivery{
		{App: "a", FrameID: "1"},
		{App: "a", FrameID: "2"},
		{App: "b", FrameID: "1"},
		{App: "a1", FrameID: ""}, // no frame id at all
		{App: "ab", FrameID: "1"},
		{App: "a", FrameID: "b1"},
		{Token: "d.1", FrameID: "1"},
		{Token: "d.2", FrameID: "1"},
	}
	seen := map[frameKey]Delivery{}
	for _, d := range different {
		key := c.key(&d)
		if other, ok := seen[key]; ok {
			t.Errorf("%+v and %+v have the same key", d, other)
		}
		seen[key] = d
	}
	// A retry may come through another node with its headers otherwise the same.
	if c.key(&Delivery{App: "a", FrameID: "1"}) != c.key(&Delivery{App: "a", FrameID: "1", Token: "d.1"}) {
		t.Error("the token counts though the app is known")
	}
}

func TestClaims(t *testing.T) {
	c := newClaims(10)
	key := c.key(&Delivery{App: "a", FrameID: "1"})
	claim := func() (seen bool, retry <-chan struct{}) {
		t.Helper()
		return c.claim(key)
	}
	open := func(ch <-chan struct{}) bool {
		select {
		case <-ch:
			return false
		default:
			return ch != nil
		}
	}

	if seen, retry := claim(); seen || retry != nil {
		t.Fatal("a new key isn't free")
	}
	_, first := claim()
	_, second := claim()
	if !open(first) || !open(second) {
		t.Fatal("repeats don't wait for the claim that is under way")
	}
	c.release(key)
	if open(first) || open(second) {
		t.Fatal("repeats wait on though the claim failed")
	}
	if seen, retry := claim(); seen || retry != nil {
		t.Fatal("a repeat can't take over")
	}
	_, third := claim()
	c.accept(key, time.Unix(0, 0))
	if open(third) {
		t.Fatal("a repeat waits on though the claim was accepted")
	}
	if seen, _ := claim(); !seen {
		t.Fatal("an accepted key isn't seen")
	}
	if n := len(c.under); n != 0 {
		t.Errorf("%d claims are left", n)
	}
}

func TestNoFrameIDIsNeverClaimed(t *testing.T) {
	c := newClaims(10)
	key := c.key(&Delivery{App: "a"})
	for range 2 {
		if seen, retry := c.claim(key); seen || retry != nil {
			t.Error("without a frame id something was de-duplicated")
		}
	}
	c.accept(key, time.Unix(0, 0))
	c.release(key)
	if seen, _ := c.claim(key); seen {
		t.Error("no frame id was remembered as one")
	}
}
