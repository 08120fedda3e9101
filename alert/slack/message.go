package slack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"drain/alert"
)

// length says how much of an incident a message tells.
type length int

const (
	full  length = iota
	brief        // no details and no evidence
	plain        // no blocks at all
)

// What the parts may cost, see cost. Together with the JSON around them they stay below 12,000, and
// each below Slack's limit for its kind: 150 characters for a header, 3,000 for a section
// (docs.slack.dev/reference/block-kit/blocks).
const (
	headlineLimit = 600
	headerRunes   = 150
	whenLimit     = 400
	alertsLimit   = 2400
	detailsLimit  = 2300
	actionsLimit  = 1600
	evidenceLimit = 2300
	footerLimit   = 500
)

// How many of a kind are listed before "and 5 more".
const (
	maxRules    = 8
	maxKeys     = 10
	maxDetails  = 10
	maxEvidence = 3
)

// message is an incident as Slack gets it: a headline, and the rest beside a coloured bar.
type message struct {
	text     string // what notifications and screen readers say; all there is in a plain one
	head     []slack.Block
	body     slack.Attachment
	plain    bool
	incident string
}

func (m message) options() []slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(m.text, false),
		// chat.update's default would turn @names and bare domains of log text into links.
		slack.MsgOptionParse(false),
	}
	if m.plain {
		// Empty, not absent: an update would keep what it replaces.
		return append(options, slack.MsgOptionBlocks(), slack.MsgOptionAttachments([]slack.Attachment{}...))
	}
	return append(options,
		slack.MsgOptionBlocks(m.head...), slack.MsgOptionAttachments(m.body),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "drain_incident", EventPayload: map[string]any{"id": m.incident}}))
}

func (m message) webhook() *slack.WebhookMessage {
	w := &slack.WebhookMessage{Text: m.text, Parse: "none", UnfurlLinks: new(false), UnfurlMedia: new(false)}
	if !m.plain {
		w.Blocks, w.Attachments = &slack.Blocks{BlockSet: m.head}, []slack.Attachment{m.body}
	}
	return w
}

// render makes the message for inc. It must be readable at 3 a.m.: what, since when, whom it
// affects, what to do, what was done, what the log said, in that order.
func render(inc alert.Incident, l length) message {
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
	sections := []string{when(inc), affected(inc)}
	if l == full {
		sections = append(sections, details(inc))
	}
	sections = append(sections, list("*What was done*", inc.Actions, actionsLimit, len(inc.Actions)))
	if l == full {
		sections = append(sections, evidence(inc))
	}
	var blocks []slack.Block
	for _, s := range sections {
		if s != "" {
			blocks = append(blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, s, false, false), nil, nil))
		}
	}
	blocks = append(blocks, slack.NewContextBlock("", slack.NewTextBlockObject(slack.MarkdownType, footer(inc), false, false)))
	m.body = slack.Attachment{Color: colour, Blocks: slack.Blocks{BlockSet: blocks}}
	return m
}

// look is the emoji and the colour of the bar.
func look(inc alert.Incident) (emoji, colour string) {
	switch {
	case inc.State == alert.Resolved:
		return ":white_check_mark:", "#2eb67d"
	case inc.Severity == alert.Critical:
		return ":rotating_light:", "#d72b3f"
	case inc.Severity == alert.Warning:
		return ":warning:", "#f2a600"
	default:
		return ":information_source:", "#439fe0"
	}
}

func headline(inc alert.Incident) string {
	what, more := inc.Cause, 0
	if len(inc.Alerts) > 0 {
		what = inc.Alerts[0].Summary
		more = len(current(inc)) - 1
	}
	if more > 0 {
		what = fmt.Sprintf("%s (and %d more)", what, more)
	}
	if inc.State == alert.Resolved {
		what = fmt.Sprintf("resolved after %s: %s", span(inc.Ended.Sub(inc.Began)), what)
	}
	return line(inc.App + ": " + what)
}

// current is what the incident is about: the alerts that fire, or all once none does.
func current(inc alert.Incident) []alert.Alert {
	if inc.State == alert.Resolved {
		return inc.Alerts
	}
	return slices.DeleteFunc(slices.Clone(inc.Alerts), func(a alert.Alert) bool { return a.State == alert.Resolved })
}

func when(inc alert.Incident) string {
	severity := fit(line(cmp.Or(inc.Severity, "alert")), whenLimit/4)
	if inc.State == alert.Resolved {
		return fmt.Sprintf("*Resolved* %s. It was %s since %s and lasted %s.",
			date(inc.Ended), severity, date(inc.Began), span(inc.Ended.Sub(inc.Began)))
	}
	return fmt.Sprintf("*%s* since %s.", capital(severity), date(inc.Began))
}

// affected lists the rules, each with the keys it fires for and those it fired for.
func affected(inc alert.Incident) string {
	type group struct {
		rule, summary string
		firing, over  []string
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
		} else {
			groups[i].firing = append(groups[i].firing, a.Key)
		}
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
		if i > 0 {
			s += ". " + g.summary // the first is the headline
		}
		lines = append(lines, s)
	}
	return list("", lines, alertsLimit, maxRules)
}

// join lists keys after a lead, the first few. A key that is empty means the whole app.
func join(lead string, keys []string) string {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" })
	if len(keys) == 0 {
		return ""
	}
	more := ""
	if n := len(keys) - maxKeys; n > 0 {
		keys, more = keys[:maxKeys], fmt.Sprintf(" and %d more", n)
	}
	return lead + strings.Join(keys, ", ") + more
}

func details(inc alert.Incident) string {
	var lines []string
	for _, a := range current(inc) {
		for _, l := range a.Details {
			if !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
	}
	return list("", lines, detailsLimit, maxDetails)
}

func evidence(inc alert.Incident) string {
	var seen []string
	for _, a := range inc.Alerts {
		for _, l := range a.Evidence {
			if !slices.Contains(seen, l) && len(seen) < maxEvidence {
				seen = append(seen, l)
			}
		}
	}
	if len(seen) == 0 {
		return ""
	}
	const title = "*From the log*\n"
	return title + code(strings.Join(seen, "\n"), evidenceLimit-cost(title))
}

func footer(inc alert.Incident) string {
	return "drain · incident " + fit(line(inc.ID), footerLimit-30)
}

// list is a title and at most n lines, with what is left counted.
func list(title string, lines []string, limit, n int) string {
	if len(lines) == 0 {
		return ""
	}
	const bullet, room = "• ", 40 // room for the last line
	out, spent := title, cost(title)+room
	for i, l := range lines {
		l = bullet + fit(line(l), limit/4)
		if spent += cost(l) + 2; i >= n || spent > limit {
			l = fmt.Sprintf("%sand %d more", bullet, len(lines)-i)
			return strings.TrimPrefix(out+"\n"+l, "\n")
		}
		out += "\n" + l
	}
	return strings.TrimPrefix(out, "\n")
}

// date shows t in the reader's own time zone, or in UTC where that doesn't work.
func date(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty}, {time}|%s>", t.Unix(), t.UTC().Format("2 Jan 2006, 15:04 UTC"))
}

// span is d as people say it.
func span(d time.Duration) string {
	d = max(d.Round(time.Second), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
}
