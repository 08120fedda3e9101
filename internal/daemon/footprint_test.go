package daemon

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"drain/internal/config"
	"drain/internal/scale"
)

// How much memory each dyno has is known where a policy restarts one, by process type.
func TestFootprints(t *testing.T) {
	r := start(t, Options{Config: &config.Config{Policies: []scale.Policy{{
		Name: "restart", On: "memory-forecast", App: "enketo", Process: []string{"web"}, Verb: scale.VerbRestart,
	}}}})
	line := func(dyno, memory string) string {
		return "heroku " + dyno + " source=" + dyno + " dyno=heroku.1.x sample#memory_total=1.00MB sample#memory_rss=" + memory +
			".00MB sample#memory_swap=0.00MB sample#memory_quota=512.00MB"
	}
	for _, app := range []string{"enketo", "another"} {
		r.post(t, "/logs/"+app, "", "", line("web.2", "256"), line("web.1", "128"), line("worker.1", "512"))
	}
	r.post(t, "/logs/enketo", "", "", line("web.1", "384"))
	got := r.evidence("enketo", "web").Dynos
	want := []scale.Footprint{{Dyno: "web.1", Used: 0.75}, {Dyno: "web.2", Used: 0.5}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(scale.Footprint{}, "At", "Own")); diff != "" {
		t.Error(diff)
	}
	if n := len(r.apps.get("another").memory); n != 0 {
		t.Errorf("%d dynos are remembered where no policy wants to know", n)
	}
}
