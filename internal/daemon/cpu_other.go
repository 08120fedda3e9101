//go:build !unix

package daemon

import "time"

func cpuTime() time.Duration { return 0 }
