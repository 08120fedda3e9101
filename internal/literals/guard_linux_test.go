package literals

import (
	"bytes"
	"syscall"
	"testing"
)

// fenced returns two pages that can be read, between two that can't.
func fenced(t *testing.T) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 4*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(all); err != nil {
			t.Error(err)
		}
	})
	for _, fence := range [][]byte{all[:page], all[3*page:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return all[page : 3*page]
}

// A text that ends where the process's memory does, or begins there, is read like any other. A byte
// read beyond it would end the test's process.
func TestFindReadsNothingBeyondTheText(t *testing.T) {
	pages := fenced(t)
	list := words([]string{"oom", "max number of clients", "Connection refused", "\xff\xff"}, func(i int) bool { return i == 1 })
	finders := ways(list)
	for length := range 200 {
		for _, text := range [][]byte{pages[len(pages)-length:], pages[:length]} {
			for _, word := range []string{"oom", "MAX number OF clients", "Connection refused", "\xff\xff\xff"} {
				for at := max(0, length-len(word)-1); at <= length-len(word); at++ {
					fill(text, '-')
					copy(text[at:], word)
					check(t, finders, list, text)
				}
				fill(text, ' ')
				copy(text, word)
				check(t, finders, list, text)
			}
		}
	}
}

func fill(text []byte, c byte) { copy(text, bytes.Repeat([]byte{c}, len(text))) }
