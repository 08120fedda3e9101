package daemon

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"time"

	"drain/alert"
	"drain/alert/silence"
	"drain/internal/budget"
	"drain/internal/scale"
)

//go:embed page.html
var pageSource string

// pageView is what the page shows.
type pageView struct {
	Version   string
	Now       time.Time
	Apps      appsView
	Incidents []alert.Incident
	Silences  []silence.Silence
	Budget    map[string]budget.Snapshot
	Decisions []scale.Decision // newest first
}

// shownDecisions is how many decisions the page shows; the API has them all.
const shownDecisions = 20

func newPage() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"ago": func(now, t time.Time) string {
			if t.IsZero() {
				return "never"
			}
			return now.Sub(t).Round(time.Second).String() + " ago"
		},
		"contains": strings.Contains,
		"share":    func(used, limit int) int { return min(100, 100*used/limit) },
		"clock":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
	}).Parse(pageSource)
}

// page shows the state of all apps as a still picture: no script, nothing from outside.
func (d *Daemon) page(w http.ResponseWriter, _ *http.Request) {
	v := pageView{
		Version: d.opts.Version, Now: d.now(),
		Apps: d.viewApps(), Incidents: d.viewAlerts(), Silences: d.silences.List(), Budget: d.viewBudget(),
	}
	all := d.viewDecisions()
	for i := len(all) - 1; i >= 0 && len(v.Decisions) < shownDecisions; i-- {
		v.Decisions = append(v.Decisions, all[i])
	}
	var b bytes.Buffer
	if err := d.pageTemplate.Execute(&b, v); err != nil {
		d.log.Error().Err(err).Msg("the page can't be made")
		plain(w, http.StatusInternalServerError, "the page can't be made; see the log\n")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // the reader has gone, and nobody is left to tell
}
