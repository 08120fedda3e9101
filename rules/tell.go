package rules

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

// memoryAge is how old a dyno's memory figure may be to be told with an R14: the platform writes it
// about 2 ms before the error, but it may come in another delivery, or be lost.
const memoryAge = 30 * time.Second

func (e *Engine) event(s *state, to State) Event {
	e.seq++
	ev := Event{
		Seq: e.seq, App: e.app, Rule: s.rule.Name, Cause: s.rule.Cause, Severity: s.rule.Severity,
		Labels: s.labels, Source: s.source, State: to, At: e.now, Since: s.since,
		Excerpt: strings.Clone(s.excerpt), Words: s.rule.Labels,
	}
	data := summaryData{
		App: e.app, Process: s.labels.Process, Dyno: s.labels.Dyno, Code: s.labels.Code, Key: s.labels.String(),
		Addon: s.source, Window: formatDuration(s.rule.Window), Memory: e.memory(s.labels.Dyno), Labels: s.rule.Labels,
	}
	if data.Addon == "" {
		data.Addon = s.labels.Addon
	}
	// The number speaks where it holds; else the count does.
	switch {
	case !s.rule.own():
		ev.Value, ev.Bound = e.weight(s)
	case s.sign != nil && !s.counted():
		data.Metric = s.rule.figured()
		ev.Value, ev.Bound = s.sign.figure(e.now)
		if t, ok := s.sign.(*trend); ok {
			data.Eta = t.eta(e.now)
		}
	case !s.sampleAt.IsZero() && !s.counted():
		data.Metric, ev.Value = s.rule.Metric, s.value
		if s.rule.Above != nil {
			ev.Bound = *s.rule.Above
		} else {
			ev.Bound = *s.rule.Below
		}
	default:
		ev.Value, ev.Bound = float64(s.hits.sum), float64(s.rule.Count)
	}
	data.Value, data.Bound = ev.Value, ev.Bound
	if to == Resolved {
		// What was wrong, not the healthy figure in the words of the trouble.
		ev.Summary = s.told
		return ev
	}
	s.told, s.more = write(s.rule.summary, data, s.rule.Name), write(s.rule.details, data, "")
	ev.Summary, ev.Details = s.told, s.more
	return ev
}

// write runs a template. Check has run it; a value it can't print must not silence the alert.
func write(t *template.Template, data summaryData, otherwise string) string {
	var b strings.Builder
	if err := t.Execute(&b, data); err != nil {
		return otherwise
	}
	return b.String()
}

// memory is a dyno's newest memory figure in words, empty if there is none of the last 30 s.
func (e *Engine) memory(dyno string) string {
	if dyno == "" {
		return ""
	}
	held := e.series[seriesKey{"dyno_memory_bytes", Labels{Dyno: dyno}}]
	if held == nil || e.now.Sub(held.at) > memoryAge {
		return ""
	}
	words := formatBytes(held.value)
	if ratio := e.series[seriesKey{"dyno_memory_ratio", Labels{Dyno: dyno}}]; ratio != nil && ratio.at.Equal(held.at) {
		words += fmt.Sprintf(", %.0f%%", 100*ratio.value)
	}
	return words
}

// Firing appends an Event for everything that fires, the oldest first, as if it fired anew: for those
// who have to be told again after a restart.
func (e *Engine) Firing(dst []Event) []Event {
	var all []*state
	for _, byKey := range e.states {
		for _, s := range ordered(byKey) {
			if s.shown {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *state) int { return a.since.Compare(b.since) })
	for _, s := range all {
		ev := e.event(s, Resolved) // with the summary it fired with
		ev.State, ev.Details = Firing, s.more
		dst = append(dst, ev)
	}
	return dst
}
