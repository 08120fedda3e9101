package daemon

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drain/alert"
	"drain/internal/config"
	"drain/internal/ledger"
	"drain/internal/scale"
)

// With a policy go the incidents about what it failed to do, and what it was to restore.
func TestAPolicyIsRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	led, err := ledger.OpenFile(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := json.Marshal(scale.Wanted{App: "enketo", Process: "web", Policy: "shed-web", Quantity: 4, From: 1, To: 1, At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if err := led.Shelf(ledger.Formations).Put(t.Context(), "enketo/web", wanted); err != nil {
		t.Fatal(err)
	}
	if err := led.Close(); err != nil {
		t.Fatal(err)
	}
	stays := scale.Policy{Name: "stays", On: "redis-connections-exhausted", App: "enketo", Process: []string{"worker"}}
	goes := scale.Policy{Name: "shed-web", On: "redis-connections-exhausted", App: "enketo", Process: []string{"web"}, Restore: scale.RestoreAutomatic}
	stays.SetDefaults()
	goes.SetDefaults()
	r := start(t, Options{
		Env: config.Env{Ledger: path}, Config: &config.Config{Policies: []scale.Policy{goes, stays}},
		ReadConfig: func() (*config.Config, error) { return &config.Config{Policies: []scale.Policy{stays}}, nil },
	})
	open := func() (all string) {
		for _, inc := range r.Incidents() {
			for _, a := range inc.Alerts {
				if a.State == alert.Firing {
					all += inc.Cause + " " + a.Key + "\n"
				}
			}
		}
		return all
	}
	for _, policy := range []string{"shed-web", "stays"} {
		r.tell(scale.Decision{App: "enketo", Policy: policy, Process: "web", Verb: scale.VerbScale, Verdict: scale.Failed, Text: "it failed"})
	}
	waitUntil(t, func() bool { return strings.Contains(open(), "restore web") })
	if all := open(); !strings.Contains(all, "action-failed shed-web") || !strings.Contains(all, "action-failed stays") {
		t.Errorf("open:\n%s", all)
	}
	if err := r.Reload(); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, func() bool { return open() == "action-failed stays\n" })
	all := r.Decisions()
	if last := all[len(all)-1]; last.Verdict != scale.Dropped || last.Text != "web is not restored to the 4 before the incident: policy shed-web is gone" {
		t.Errorf("%+v", last)
	}
}
