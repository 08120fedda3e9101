package literals

import (
	"strings"
	"testing"
)

func TestContainsFoldAgainstLowering(t *testing.T) {
	words := []string{"a", "ab", "Max number", "MAX NUMBER OF", "xmax numbe", "zz", "É", "+1", ""}
	for _, text := range words {
		for _, word := range words[:8] {
			low := Lower(word)
			want := strings.Contains(Lower(text), low)
			if got := ContainsFold([]byte(text), low); got != want {
				t.Errorf("ContainsFold(%q, %q) = %v", text, low, got)
			}
		}
	}
}
