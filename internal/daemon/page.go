package daemon

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"drain/alert"
	"drain/internal/page"
)

// Bounds of what the page shows; the API has all of it.
const (
	shownApps   = 300
	shownPast   = 10
	shownTokens = 50
)

// page answers with the whole page.
func (d *Daemon) page(w http.ResponseWriter, r *http.Request) {
	v := d.viewPage(r)
	v.Form.Matchers = r.URL.Query().Get("silence")
	d.answerPage(w, http.StatusOK, v)
}

func (d *Daemon) answerPage(w http.ResponseWriter, status int, v *page.View) {
	var b bytes.Buffer
	if err := d.renderer.Page(&b, v); err != nil {
		d.log.Error().Err(err).Msg("the page can't be made")
		plain(w, http.StatusInternalServerError, "the page can't be made; see the log\n")
		return
	}
	page.Headers(w.Header())
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone, and nobody is left to tell
}

// sections are the parts of the page, for those who have it open.
func (d *Daemon) sections(r *http.Request) ([]page.Section, error) {
	return d.renderer.Sections(d.viewPage(r))
}

// viewPage is all that the page shows, as it is now, with the plots of the app that is asked for, or else
// of the one that is worst.
func (d *Daemon) viewPage(r *http.Request) *page.View {
	now := d.now()
	v := &page.View{
		Version: d.opts.Version, Now: now, Holds: d.whatIsMissing(),
		Incidents: d.Incidents(), Silences: d.silences.List(), Self: d.tally.view(now), Debug: d.peek.view(now),
	}
	for _, refusal := range d.ingest.Refused() {
		v.Self.Refused = append(v.Self.Refused, page.Refusal(refusal))
	}
	v.Past = d.alerts.History()
	v.Past = v.Past[:min(len(v.Past), shownPast)]
	v.Decisions = d.Decisions()
	slices.Reverse(v.Decisions)
	v.Unclaimed, v.MoreTokens = pageTokens(d.unclaimed.list())
	for _, c := range d.claimed.list() {
		shown := page.Claimed{Token: c.Token, App: c.App, At: c.At}
		if app, _ := d.tokens.resolve(c.Token); app != c.App {
			shown.Instead = app
		}
		v.Claimed = append(v.Claimed, shown)
	}
	v.ClaimsLast = d.ledger.Durable()
	d.pageApps(v, strings.TrimSpace(r.URL.Query().Get("find")))
	if v.Chosen = r.URL.Query().Get("app"); v.Chosen == "" && len(v.Apps) > 0 {
		v.Chosen = v.Apps[0].Name
	}
	if one := d.apps.known(v.Chosen); one != nil {
		one.mu.Lock()
		defer one.mu.Unlock()
		v.History, v.Forecasts = one.history.View(now), forecasts(one, now)
	} else {
		v.Chosen = ""
	}
	return v
}

// pageTokens are the tokens that were heard from last, in an order in which none moves under the pointer, and
// how many more there are.
func pageTokens(all []Unclaimed) (shown []page.Token, more int) {
	slices.SortStableFunc(all, func(a, b Unclaimed) int { return b.Last.Compare(a.Last) })
	for _, u := range all[:min(len(all), shownTokens)] {
		shown = append(shown, page.Token{Token: u.Token, Messages: u.Messages, Last: u.Last, Claimable: claimable(u.Token)})
	}
	slices.SortFunc(shown, func(a, b page.Token) int { return cmp.Compare(a.Token, b.Token) })
	return shown, len(all) - len(shown)
}

// forecasts are when dynos reach their quotas, the soonest of each. The caller holds the app's lock.
func forecasts(one *app, now time.Time) []page.Forecast {
	soonest := make(map[string]page.Forecast)
	for _, o := range one.engine.Outlooks("dyno_memory_ratio", now) {
		// A bound may be below the quota: the line goes on. Of memory that is given back it leads to the past.
		full := o.At.Add(time.Duration(float64(o.Reach.Sub(o.At)) * (1 - o.Value) / (o.Bound - o.Value)))
		if known, ok := soonest[o.Labels.Dyno]; full.After(now) && (!ok || full.Before(known.Full)) {
			soonest[o.Labels.Dyno] = page.Forecast{Name: o.Labels.Dyno, At: o.At, Share: o.Value, Full: full}
		}
	}
	return slices.SortedFunc(maps.Values(soonest), func(a, b page.Forecast) int { return cmp.Compare(a.Name, b.Name) })
}

// pageApps puts the apps into the view.
func (d *Daemon) pageApps(v *page.View, text string) {
	worst := make(map[string]string)
	for i := range v.Incidents {
		if inc := &v.Incidents[i]; inc.State == alert.Firing {
			worst[inc.App] = page.Worst(worst[inc.App], inc.Severity)
		}
	}
	var all []page.App
	d.apps.each(func(one *app) {
		one.mu.Lock()
		defer one.mu.Unlock()
		all = append(all, page.App{
			Name: one.name, Last: one.last, Severity: worst[one.name], OwnLog: one.own.Load(),
			Silent: v.Now.Sub(one.last) > silentAfter/time.Duration(d.opts.Pace),
		})
	})
	pick := func(text string) (shown []page.App, more []page.Count) {
		shown, more = page.Pick(all, text, shownApps)
		for i := range shown {
			one := d.apps.known(shown[i].Name)
			one.mu.Lock()
			shown[i].Budget, shown[i].Blind = one.budget.Snapshot(), d.blind(one, v.Now)
			one.mu.Unlock()
		}
		return shown, more
	}
	v.Apps, v.MoreApps = pick("")
	if text != "" {
		v.Found = &page.Found{Text: text}
		v.Found.Apps, v.Found.More = pick(text)
	}
}
