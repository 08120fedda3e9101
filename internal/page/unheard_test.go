package page

import (
	"strings"
	"testing"

	"drain/internal/budget"
)

// Dynos that nothing told of are shown as unknown, and nothing is said of what they would fit.
func TestUnheardDynos(t *testing.T) {
	b := budget.New(map[string]budget.Redis{"REDIS": {PerDyno: map[string]int{"web": 26, "worker": 0}}})
	b.Observe(budget.Sample{Addon: "redis-x", Attachment: "REDIS", Used: 38, Limit: 38, At: noon})
	got := render(t, &View{Now: noon, Apps: []App{{Name: "enketo", Last: noon, Budget: b.Snapshot()}}})
	if !strings.Contains(got, `<p class="faint">web ? × 26 = ? of 38; 1 fits</p>`) {
		t.Errorf("the page doesn't say that nobody knows how many there are:\n%s", got)
	}
	for _, never := range []string{"would fit", "room for", "worker"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is on the page", never)
		}
	}
}
