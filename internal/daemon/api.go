package daemon

import (
	"encoding/json"
	"net/http"
	"time"

	"drain/alert"
	"drain/internal/budget"
	"drain/internal/scale"
)

// appView is an app in /api/v1/apps.
type appView struct {
	Name    string               `json:"name"`
	Last    time.Time            `json:"last,omitzero"`     // receipt of its last delivery
	Firing  int                  `json:"firing"`            // incidents that live
	Drains  map[string]time.Time `json:"drains"`            // when each of its drains last delivered, by token
	OwnLog  bool                 `json:"own_log,omitempty"` // its log is the drain's own, and discarded
	Dropped uint64               `json:"dropped,omitempty"` // hits of keys over the bound
	Late    uint64               `json:"late_samples,omitempty"`
}

// appsView is /api/v1/apps.
type appsView struct {
	Apps      []appView   `json:"apps"`
	Unclaimed []Unclaimed `json:"unclaimed"` // drain tokens no app is known for
	Claims    []Claim     `json:"claims"`    // those that somebody said the app of
	Holds     []string    `json:"holds"`     // what this process can't do, and why

	Refused map[string]uint64 `json:"refused"` // deliveries since the start, by reason
}

func (d *Daemon) viewApps() appsView {
	firing := make(map[string]int)
	for _, inc := range d.alerts.Open() {
		if inc.State == alert.Firing {
			firing[inc.App]++
		}
	}
	v := appsView{Apps: []appView{}, Unclaimed: d.unclaimed.list(), Claims: d.claimed.list(), Holds: append([]string{}, d.whatIsMissing()...), Refused: make(map[string]uint64)}
	for _, refusal := range d.ingest.Refused() {
		v.Refused[refusal.Reason] = refusal.Posts
	}
	d.apps.each(func(one *app) {
		one.mu.Lock()
		defer one.mu.Unlock()
		dropped, late := one.engine.Dropped()
		v.Apps = append(v.Apps, appView{one.name, one.last, firing[one.name], one.drains.view(), one.own.Load(), dropped, late})
	})
	return v
}

func (d *Daemon) viewBudget() map[string]budget.Snapshot {
	v := make(map[string]budget.Snapshot)
	d.apps.each(func(one *app) {
		one.mu.Lock()
		defer one.mu.Unlock()
		if s := one.budget.Report(); len(s.Addons) > 0 {
			v[one.name] = s
		}
	})
	return v
}

func (d *Daemon) viewAlerts() []alert.Incident {
	return append([]alert.Incident{}, d.Incidents()...)
}

func (d *Daemon) viewDecisions() []scale.Decision {
	return append([]scale.Decision{}, d.Decisions()...)
}

func (d *Daemon) apiApps(w http.ResponseWriter, _ *http.Request)   { d.answer(w, d.viewApps()) }
func (d *Daemon) apiAlerts(w http.ResponseWriter, _ *http.Request) { d.answer(w, d.viewAlerts()) }

// apiHistory answers with the incidents that are over, the last first.
func (d *Daemon) apiHistory(w http.ResponseWriter, _ *http.Request) {
	d.answer(w, append([]alert.Incident{}, d.alerts.History()...))
}

func (d *Daemon) apiBudget(w http.ResponseWriter, _ *http.Request) { d.answer(w, d.viewBudget()) }

func (d *Daemon) apiDecisions(w http.ResponseWriter, _ *http.Request) { d.answer(w, d.viewDecisions()) }

func (d *Daemon) answer(w http.ResponseWriter, v any) { d.answerStatus(w, http.StatusOK, v) }

func (d *Daemon) answerStatus(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		d.log.Debug().Err(err).Msg("the reader of the API has gone")
	}
}
