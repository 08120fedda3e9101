package residency

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Trim unmaps the pages of the program's file that are resident and unchanged. It returns how many
// bytes they were, also beside an error, which says what was left.
func Trim() (bytes int64, err error) {
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return 0, fmt.Errorf("reading what is resident: %w", err)
	}
	defer smaps.Close()
	clean, err := cleanMappings(smaps)
	if err != nil {
		return 0, fmt.Errorf("reading what is resident: %w", err)
	}
	for _, m := range clean {
		if _, _, no := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); no != 0 {
			err = errors.Join(err, fmt.Errorf("unmapping %x-%x: %w", m.start, m.end, no))
			continue
		}
		bytes += m.resident
	}
	return bytes, err
}
