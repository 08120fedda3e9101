package memlimit

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestFind(t *testing.T) {
	f := func(want int64, files ...string) {
		t.Helper()
		root := fstest.MapFS{}
		for _, file := range files {
			name, text, _ := strings.Cut(file, "=")
			root[name] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
		got, ok := Find(root)
		if got != want || ok != (want != 0) {
			t.Errorf("%q: %d, %v; want %d", files, got, ok, want)
		}
	}
	const (
		service = "proc/self/cgroup=0::/system.slice/drain.service"
		v2      = "sys/fs/cgroup/"
		v1      = "sys/fs/cgroup/memory/"
	)
	// No limit, or no Linux.
	f(0)
	f(0, v2+"memory.max=max")
	f(0, v1+"memory.limit_in_bytes=9223372036854771712")
	f(0, v2+"memory.max=many")
	f(0, v2+"memory.max=0")
	f(0, "proc/self/cgroup=nonsense", v2+"memory.max=max")

	// A container or a dyno sees its group as the root.
	f(483183820, v2+"memory.max=536870912")
	f(483183820, v1+"memory.limit_in_bytes=536870912")
	f(483183820, "proc/self/cgroup=0::/", v2+"memory.max=536870912")

	// A unit's group lies below the root; the tightest limit on the way counts.
	f(900, service, v2+"system.slice/drain.service/memory.max=1000")
	f(900, service, v2+"system.slice/drain.service/memory.max=max", v2+"system.slice/memory.max=1000")
	f(900, service, v2+"system.slice/drain.service/memory.max=2000", v2+"system.slice/memory.max=1000", v2+"memory.max=3000")
	f(900, "proc/self/cgroup=4:memory:/docker/x\n0::/y", v1+"docker/x/memory.limit_in_bytes=1000", v1+"y/memory.limit_in_bytes=1")
	f(900, "proc/self/cgroup=5:cpu,cpuacct:/a\n4:memory:/b", v1+"b/memory.limit_in_bytes=1000", v1+"a/memory.limit_in_bytes=1")
	f(0, "proc/self/cgroup=0::/../../elsewhere", v2+"other/memory.max=1")
}
