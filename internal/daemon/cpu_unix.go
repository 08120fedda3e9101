//go:build unix

package daemon

import (
	"syscall"
	"time"
)

// cpuTime is what this process has had of the processors, its own and the kernel's on its behalf; 0 where
// it isn't told.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
