package main

import (
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"
)

func TestMemoryLimit(t *testing.T) {
	f := func(want int64, gomemlimit, max string) {
		t.Helper()
		var got int64
		root := fstest.MapFS{"sys/fs/cgroup/memory.max": {Data: []byte(max + "\n")}}
		limitMemory(root, func(name string) string { return map[string]string{"GOMEMLIMIT": gomemlimit}[name] },
			func(n int64) int64 { got = n; return 0 }, zerolog.Nop())
		if got != want {
			t.Errorf("GOMEMLIMIT=%q memory.max %s: set %d, want %d", gomemlimit, max, got, want)
		}
	}
	f(900, "", "1000")
	f(0, "400MiB", "1000") // the owner's word
	f(0, "off", "1000")
	f(0, "", "max")
}

// What only the start needed of the program's file is unmapped once it serves.
func TestStartDoesNotStayResident(t *testing.T) {
	const most = 12 << 20 // of the file's 26 MiB; without that it would be 15
	b := buildBinary(t)
	b.start(t)
	defer b.kill(t)
	var ofFiles int64
	until(t, func() bool {
		_, ofFiles = b.resident(t)
		return ofFiles < most
	})
	t.Logf("%d KiB of files are resident", ofFiles>>10)
}
