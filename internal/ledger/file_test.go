package ledger

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

func TestFileOutlivesTheProcess(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "ledger"), newClock()
	first, err := OpenFile(path, c.Now)
	must(t, err)
	must(t, first.Shelf(Actions).Put(t.Context(), "k", []byte("v")))
	must(t, first.Close())

	info, err := os.Stat(path)
	must(t, err)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("the file's mode is %o", got)
	}
	second, err := OpenFile(path, c.Now)
	must(t, err)
	defer second.Close()
	if diff := cmp.Diff([]string{"k=v"}, contents(t, second.Shelf(Actions))); diff != "" {
		t.Error(diff)
	}
	if !second.Durable() || NewMemory(c.Now).Durable() {
		t.Error("a file is durable, memory isn't")
	}
}

// A Put that has returned must be in the file, not only in this process.
func TestPutIsInTheFile(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	path := filepath.Join(dir, "ledger")
	l, err := OpenFile(path, c.Now)
	must(t, err)
	defer l.Close()
	must(t, l.Shelf(Actions).Put(t.Context(), "k", []byte("v")))

	image, err := os.ReadFile(path)
	must(t, err)
	after := filepath.Join(dir, "after-crash")
	must(t, os.WriteFile(after, image, 0o600))
	crashed, err := OpenFile(after, c.Now)
	must(t, err)
	defer crashed.Close()
	if diff := cmp.Diff([]string{"k=v"}, contents(t, crashed.Shelf(Actions))); diff != "" {
		t.Error(diff)
	}
}

func TestOpenFileRefuses(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	refused := func(name, path, want string) {
		t.Helper()
		before, _ := os.ReadFile(path)
		l, err := OpenFile(path, c.Now)
		if err == nil {
			_ = l.Close()
			t.Errorf("%s: it opened", name)
			return
		}
		if msg := err.Error(); !strings.Contains(msg, want) || !strings.Contains(msg, path) {
			t.Errorf("%s: got %q, want %q and the path", name, msg, want)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s: the file was changed", name)
		}
	}

	locked := filepath.Join(dir, "locked")
	l, err := OpenFile(locked, c.Now)
	must(t, err)
	refused("locked", locked, "another process has it open")
	must(t, l.Shelf(Actions).Put(t.Context(), "k", make([]byte, 100_000)))
	must(t, l.Close())
	image, err := os.ReadFile(locked)
	must(t, err)

	refused("no directory", filepath.Join(dir, "none", "ledger"), "no such file or directory")
	text := filepath.Join(dir, "text")
	must(t, os.WriteFile(text, []byte(strings.Repeat("not a ledger\n", 2000)), 0o600))
	refused("another kind of file", text, "not a ledger, or damaged")
	short := filepath.Join(dir, "short")
	must(t, os.WriteFile(short, image[:len(image)/4], 0o600))
	refused("cut off", short, "damaged")

	newer := filepath.Join(dir, "newer")
	must(t, os.WriteFile(newer, image, 0o600))
	db, err := bbolt.Open(newer, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(rootBucket).Put(versionKey, []byte("2")) }))
	must(t, db.Close())
	refused("newer", newer, `its format is version "2", this drain knows "1"`)
}

// Whatever bytes are damaged, the daemon must live: it opens, or says that it can't.
func TestDamageNeverPanics(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	whole := filepath.Join(dir, "whole")
	l, err := OpenFile(whole, c.Now)
	must(t, err)
	must(t, l.Shelf(Actions).Put(t.Context(), "k", make([]byte, 50_000)))
	must(t, l.Shelf(Actions).Put(t.Context(), "l", make([]byte, 50_000)))
	must(t, l.Close())
	image, err := os.ReadFile(whole)
	must(t, err)

	refusals := 0
	for at := 0; at < len(image); at += 1024 {
		bad := append([]byte{}, image...)
		for i := at; i < min(at+16, len(bad)); i++ {
			bad[i] ^= 0xff
		}
		path := filepath.Join(dir, "damaged-"+strconv.Itoa(at))
		must(t, os.WriteFile(path, bad, 0o600))
		l, err := OpenFile(path, c.Now)
		if err != nil {
			refusals++
			continue
		}
		_ = l.Shelf(Actions).Put(t.Context(), "k", []byte("v"))
		_ = l.Close()
	}
	// A file that was cut off has no memory behind its end: reading there is a fault.
	for size := 0; size < len(image); size += 4096 {
		path := filepath.Join(dir, "cut-"+strconv.Itoa(size))
		must(t, os.WriteFile(path, image[:size], 0o600))
		if l, err := OpenFile(path, c.Now); err == nil {
			_ = l.Shelf(Actions).Put(t.Context(), "k", []byte("v"))
			_ = l.Close()
		}
	}
	if refusals == 0 {
		t.Error("no damage was noticed")
	}
}
