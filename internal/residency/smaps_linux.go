package residency

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// mapping is a range of addresses, and how many bytes of it are resident.
type mapping struct {
	start, end uintptr
	resident   int64
}

// cleanMappings returns the private, read-only mappings of files of which something is resident and
// nothing was changed. A changed page is an anonymous one, in memory or swapped out, and would be lost.
func cleanMappings(smaps io.Reader) (clean []mapping, err error) {
	var m mapping
	var fit bool
	lines := bufio.NewScanner(smaps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		switch name := fields[0]; {
		case !strings.HasSuffix(name, ":"): // the first line of a mapping: addresses permissions offset device inode path
			m = mapping{}
			if _, err := fmt.Sscanf(name, "%x-%x", &m.start, &m.end); err != nil {
				return nil, fmt.Errorf("smaps: %q, want the addresses of a mapping: %w", name, err)
			}
			private := fields[1] == "r-xp" || fields[1] == "r--p"
			fit = private && len(fields) > 4 && fields[4] != "0"
		case name == "Rss:":
			if m.resident, err = kilobytes(fields[1]); err != nil {
				return nil, err
			}
		case name == "Anonymous:" || name == "Swap:":
			changed, err := kilobytes(fields[1])
			if err != nil {
				return nil, err
			}
			fit = fit && changed == 0
			if fit && m.resident > 0 && name == "Swap:" { // the last of the three
				clean = append(clean, m)
			}
		}
	}
	return clean, lines.Err()
}

func kilobytes(s string) (bytes int64, err error) {
	if _, err := fmt.Sscanf(s, "%d", &bytes); err != nil {
		return 0, fmt.Errorf("smaps: %q, want kilobytes: %w", s, err)
	}
	return bytes << 10, nil
}
