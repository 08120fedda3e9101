package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"drain/alert"
)

// What the parts may cost, see cost. Together with the JSON around them they stay below 12,000, and
// each below Slack's limit for its kind: 150 characters for a header, 3,000 for a section
// (docs.slack.dev/reference/block-kit/blocks).
const (
	headlineLimit = 600
	headerRunes   = 150
	whenLimit     = 600
	alertsLimit   = 1900
	detailsLimit  = 1600
	nextLimit     = 1300
	actionsLimit  = 1200
	evidenceLimit = 2000
	footerLimit   = 900
)

// How many of a kind are listed before "and 5 more".
const (
	maxRules    = 8
	maxDetails  = 10
	maxNext     = 6
	maxRequests = 10
)

// render makes the message for inc. It must be readable at 3 a.m.: what, since when, whom it
// affects, what to do, what was done, what the log said, in that order. Where there are threads, what
// the log said is told there.
func render(inc alert.Incident, l length, threads bool) message {
	title := headline(inc)
	emoji, colour := look(inc)
	m := message{
		text:     emoji + " " + fit(title, headlineLimit),
		plain:    l == plain,
		incident: inc.ID,
	}
	if m.plain {
		m.text += "\n" + when(inc) + "\n" + footer(inc)
		return m
	}
	m.head = []slack.Block{slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType,
		emoji+" "+fitPlain(title, headlineLimit, headerRunes-len(emoji)-1), true, false))}
	parts := []string{when(inc), attended(inc), affected(inc)}
	if l == full {
		parts = append(parts, details(inc))
	}
	if inc.State == alert.Firing {
		parts = append(parts, list("*What to do*", gather(inc, func(a alert.Alert) []string { return a.Next }), nextLimit, maxNext))
	}
	parts = append(parts, list("*What was done*", inc.Actions, actionsLimit, len(inc.Actions)))
	if l == full && !threads {
		parts = append(parts, evidence(inc))
	}
	m.body = slack.Attachment{Color: colour, Blocks: slack.Blocks{BlockSet: append(sections(parts...), small(footer(inc)))}}
	return m
}

func headline(inc alert.Incident) string {
	what, more := cmp.Or(inc.Cause, "an incident"), 0
	if len(inc.Alerts) > 0 {
		what = inc.Alerts[0].Summary
		more = len(current(inc)) - 1
	}
	if more > 0 {
		what = fmt.Sprintf("%s (and %d more)", what, more)
	}
	switch {
	case inc.State == alert.Resolved:
		what = fmt.Sprintf("resolved after %s: %s", span(inc.Ended.Sub(inc.Began)), what)
	case !inc.Quiet.IsZero():
		what = "quiet for now, but it flaps: " + what
	}
	return line(inc.App + ": " + what)
}

// current is what the incident is about: the alerts that fire, or all if none does.
func current(inc alert.Incident) []alert.Alert {
	firing := slices.DeleteFunc(slices.Clone(inc.Alerts), func(a alert.Alert) bool { return a.State == alert.Resolved })
	if len(firing) == 0 {
		return inc.Alerts
	}
	return firing
}

func when(inc alert.Incident) string {
	severity := fit(line(cmp.Or(inc.Severity, "alert")), whenLimit/8)
	var s string
	if inc.State == alert.Resolved {
		s = fmt.Sprintf("*Resolved* %s. It was %s since %s and lasted %s.",
			date(inc.Ended), severity, date(inc.Began), span(inc.Ended.Sub(inc.Began)))
		if peak := worst(inc); peak != "" {
			s += " At its worst: " + fit(line(peak), whenLimit/4) + "."
		}
	} else {
		s = fmt.Sprintf("*%s* since %s.", capital(severity), date(inc.Began))
	}
	switch {
	case inc.Flaps == 0:
	case inc.Flaps == 1:
		s += " It came back once."
	default:
		s += fmt.Sprintf(" *It flaps:* it came back %d times.", inc.Flaps)
	}
	if !inc.Quiet.IsZero() {
		s += " Quiet since " + date(inc.Quiet) + "."
	}
	return s
}

// worst is the peak of the most severe alert that has one.
func worst(inc alert.Incident) string {
	for _, a := range inc.Alerts {
		if a.PeakFigure != "" {
			return a.PeakFigure
		}
	}
	return ""
}

// affected lists the rules, each with the keys it fires for and those it fired for.
func affected(inc alert.Incident) string {
	type group struct {
		rule, summary, figure string
		firing, over          []string
	}
	var groups []*group
	for _, a := range inc.Alerts {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.rule == a.Rule })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{rule: a.Rule, summary: a.Summary})
		}
		if a.State == alert.Resolved {
			groups[i].over = append(groups[i].over, a.Key)
			continue
		}
		groups[i].firing = append(groups[i].firing, a.Key)
		groups[i].figure = a.Figure
	}
	var lines []string
	for i, g := range groups {
		s := g.rule
		switch {
		case inc.State == alert.Resolved:
			s += join(": ", g.over)
		case len(g.firing) == 0:
			s += " (resolved)" + join(": ", g.over)
		default:
			s += join(": ", g.firing) + join("; resolved: ", g.over)
		}
		if len(g.firing) == 1 && g.figure != "" {
			s += ": " + g.figure
		}
		if i > 0 {
			s += ". " + g.summary // the first is the headline
		}
		lines = append(lines, s)
	}
	return list("", lines, alertsLimit, maxRules)
}

// gather is what the current alerts say of one thing, each only once.
func gather(inc alert.Incident, of func(alert.Alert) []string) []string {
	var lines []string
	for _, a := range current(inc) {
		for _, l := range of(a) {
			if !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

func details(inc alert.Incident) string {
	return list("", gather(inc, func(a alert.Alert) []string { return a.Details }), detailsLimit, maxDetails)
}

func evidence(inc alert.Incident) string {
	alerts := slices.Clone(current(inc))
	slices.SortStableFunc(alerts, func(a, b alert.Alert) int { return a.Since.Compare(b.Since) })
	var each [][]string
	for _, a := range alerts {
		each = append(each, a.Evidence)
	}
	requests := gather(inc, func(a alert.Alert) []string { return a.Requests })
	return fromLog(quote(alert.Evidence(each...)), requests, evidenceLimit)
}

// quote is lines of the log with those marked that decided, if there are others.
func quote(lines []alert.Line) []string {
	mark := "> "
	if !slices.ContainsFunc(lines, func(l alert.Line) bool { return !l.Hit }) {
		mark = ""
	}
	var out []string
	for _, l := range lines {
		if l.Hit {
			out = append(out, mark+l.Text)
		} else {
			out = append(out, "  "+l.Text)
		}
	}
	return out
}

// fromLog shows lines of the log as they are, and the ids of the requests in them.
func fromLog(lines, requests []string, limit int) string {
	if len(lines) == 0 {
		return ""
	}
	title := "*From the log*"
	if len(requests) > 0 {
		title += " · " + fit(line("requests "+strings.Join(requests, ", ")), limit/8)
	}
	title += "\n"
	return title + code(strings.Join(lines, "\n"), limit-cost(title))
}

func footer(inc alert.Incident) string {
	s := "drain · incident " + fit(line(inc.ID), footerLimit/3)
	for _, l := range inc.Links {
		if part := " · " + link(l); cost(s+part) <= footerLimit {
			s += part
		}
	}
	return s
}

// list is a title and at most n lines, with what is left counted.
func list(title string, lines []string, limit, n int) string {
	if len(lines) == 0 {
		return ""
	}
	const bullet, room = "• ", 40 // room for the last line
	out, spent := title, cost(title)+room
	for i, l := range lines {
		l = bullet + fit(line(l), limit/3)
		if spent += cost(l) + 2; i >= n || spent > limit {
			l = fmt.Sprintf("%sand %d more", bullet, len(lines)-i)
			return strings.TrimPrefix(out+"\n"+l, "\n")
		}
		out += "\n" + l
	}
	return strings.TrimPrefix(out, "\n")
}
