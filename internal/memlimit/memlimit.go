package memlimit

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// share is how much of the group's limit the Go runtime may use. The rest is for what it doesn't count:
// the binary's pages, the kernel's socket buffers and page cache, and a collector that lags behind.
const share = 0.9

// Find returns a limit in bytes for runtime/debug.SetMemoryLimit: nine tenths of the tightest limit of
// the process's control group and those above it. ok is false where there is none. root is the file
// system from /.
//
// The files are those of cgroups(7): /proc/self/cgroup names the group, memory.max of version 2 holds
// bytes or "max", memory/memory.limit_in_bytes of version 1 bytes, near 2^63 for none.
func Find(root fs.FS) (limit int64, ok bool) {
	least := int64(math.MaxInt64)
	for _, file := range files(root) {
		b, err := fs.ReadFile(root, file)
		if err != nil {
			continue // a group the process can't see, or no such version
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 {
			least = min(least, n)
		}
	}
	const none = 1 << 60 // version 1 writes "no limit" as the largest multiple of a page
	if least >= none {
		return 0, false
	}
	return int64(share * float64(least)), true
}

// files lists where a limit can stand, whether the file is there or not.
func files(root fs.FS) []string {
	const v2, v1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"
	// In a container the group is seen as the root, whatever its name is outside.
	list := []string{v2 + "/memory.max", v1 + "/memory.limit_in_bytes"}
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return list
	}
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // id:controllers:/path
		if len(fields) != 3 {
			continue
		}
		mount, name := v2, "memory.max"
		if fields[1] == "memory" {
			mount, name = v1, "memory.limit_in_bytes"
		} else if fields[1] != "" {
			continue
		}
		for group := path.Clean("/" + fields[2]); group != "/"; group = path.Dir(group) {
			list = append(list, mount+group+"/"+name)
		}
	}
	return list
}
