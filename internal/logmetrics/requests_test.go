package logmetrics

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The model is a map. Where there is no room left only new indexes are left out.
func TestRequestTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(0, 200).Draw(t, "most")
		held := room{limit: &limit{max: int64(most)}}
		totals, model := newRequestTotals(), map[uint16]uint64{}
		for _, index := range rapid.SliceOf(rapid.Uint16Range(0, uint16(requestSpace-1))).Draw(t, "indexes") {
			totals.add(index, 1, &held)
			if _, known := model[index]; known || len(model) < most {
				model[index]++
			}
		}
		copied := totals.clone()
		totals.add(0, 1, &held) // changes no copy
		if diff := cmp.Diff(model, maps.Collect(copied.all)); diff != "" {
			t.Fatalf("totals (-want +got):\n%s", diff)
		}
	})
}
