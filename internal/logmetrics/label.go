package logmetrics

import (
	"strings"
	"unicode/utf8"

	dto "github.com/prometheus/client_model/go"
)

// Lengths of label values, in bytes. Real ones are far shorter.
const (
	maxAppLabel   = 64
	maxDynoLabel  = 64
	maxAddonLabel = 128
	maxCodeLabel  = 16
	maxRuleLabel  = 128
)

// clean makes a label value: valid UTF-8, since one bad value would spoil the whole scrape, and at
// most limit bytes.
func clean(name string, limit int) string {
	name = strings.ToValidUTF8(name, string(utf8.RuneError))
	if len(name) > limit {
		for limit > 0 && !utf8.RuneStart(name[limit]) {
			limit--
		}
		name = name[:limit]
	}
	return strings.Clone(name) // the name may be a view of something large
}

func pair(name, value string) *dto.LabelPair { return &dto.LabelPair{Name: &name, Value: &value} }

// labels returns the pairs in the order of their names, as a dto.Metric must have them.
func labels(pairs ...*dto.LabelPair) []*dto.LabelPair {
	for i := range pairs {
		for j := i; j > 0 && pairs[j].GetName() < pairs[j-1].GetName(); j-- {
			pairs[j], pairs[j-1] = pairs[j-1], pairs[j]
		}
	}
	return pairs
}
