package residency

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The program's own text and tables go, come back as they were, and what they do with it goes on.
func TestTrim(t *testing.T) {
	clean := func() (list []mapping, resident int64) {
		smaps, err := os.ReadFile("/proc/self/smaps")
		if err != nil {
			t.Skipf("what is resident is read from /proc: %v", err)
		}
		if list, err = cleanMappings(bytes.NewReader(smaps)); err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			resident += m.resident
		}
		return list, resident
	}
	list, _ := clean()
	before := digests(t, list)
	_, full := clean() // all of it was read
	released, err := Trim()
	if err != nil {
		t.Fatal(err)
	}
	_, left := clean()
	t.Logf("%d KiB were resident, %d KiB unmapped, %d KiB are back already", full>>10, released>>10, left>>10)
	if released < full {
		t.Errorf("%d bytes were unmapped, want all %d that were resident", released, full)
	}
	if left > full/4*3 {
		t.Errorf("%d bytes are resident, want less than three quarters of %d", left, full)
	}
	if !bytes.Equal(digests(t, list), before) {
		t.Error("the program's file reads differently")
	}
}

// digests reads mappings, each page of them, as they are in memory.
func digests(t *testing.T, list []mapping) []byte {
	t.Helper()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Skipf("memory is read from /proc: %v", err)
	}
	defer memory.Close()
	sum := sha256.New()
	for _, m := range list {
		content := make([]byte, m.end-m.start)
		if _, err := memory.ReadAt(content, int64(m.start)); err != nil {
			t.Fatalf("%x-%x: %v", m.start, m.end, err)
		}
		sum.Write(content)
	}
	return sum.Sum(nil)
}

// A private page that was written before it became read-only is nowhere else: so are the relocations
// of a position-independent program.
func TestTrimLeavesChangedPages(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	size := 4 * os.Getpagesize()
	if err := os.WriteFile(name, bytes.Repeat([]byte("f"), size), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	memory, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(memory)
	copy(memory, "relocated")
	if err := unix.Mprotect(memory, unix.PROT_READ); err != nil {
		t.Fatal(err)
	}
	if _, err := Trim(); err != nil {
		t.Fatal(err)
	}
	if got := string(memory[:10]); got != "relocatedf" {
		t.Errorf("%q, want what was written", got)
	}
	if rest := string(memory[size-3:]); strings.Trim(rest, "f") != "" {
		t.Errorf("%q, want the file's", rest)
	}
}
