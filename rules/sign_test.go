package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFasterDividesAllDurations(t *testing.T) {
	const m = time.Minute
	r := Rule{Forecast: &Forecast{Within: 20 * m, Window: 40 * m}, Silent: &Silent{Floor: 30 * m, Ceiling: 60 * m}, Outlier: &Outlier{Window: 50 * m}}
	want := Rule{Forecast: &Forecast{Within: 2 * m, Window: 4 * m}, Silent: &Silent{Floor: 3 * m, Ceiling: 6 * m}, Outlier: &Outlier{Window: 5 * m}}
	if diff := cmp.Diff(want, r.Faster(10)); diff != "" {
		t.Error(diff)
	}
	if r.Forecast.Window != 40*m || r.Silent.Floor != 30*m || r.Outlier.Window != 50*m {
		t.Error("the rule itself was changed")
	}
}

// A Clone must not change with the next delivery.
func TestCloneOwnsItsTraffic(t *testing.T) {
	b := mustSet(t, Rule{Name: "r", Metric: "router_requests", Above: new(1.0)}).NewBatch()
	deliver := func(dyno string) *Observation {
		b.Begin("enketo", "", t0, false)
		add(t, b, frames(`heroku router at=info method=GET path="/" dyno=`+dyno+` connect=0ms service=3ms status=200 bytes=1`))
		return b.Observation()
	}
	kept := deliver("web.1").Clone()
	if deliver("web.2"); len(kept.Traffic) != 1 || kept.Traffic[0].Dyno != "web.1" {
		t.Errorf("got %+v", kept.Traffic)
	}
}
