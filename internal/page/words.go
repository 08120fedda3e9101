package page

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"drain/alert"
	"drain/internal/budget"
	"drain/internal/scale"
)

// words are what the templates can say.
func words() template.FuncMap {
	return template.FuncMap{
		"ago":      ago,
		"stamp":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":    func(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05") },
		"contains": strings.Contains,
		"commands": commands,
		"headline": headline,
		"heard":    heard,
		"course":   course,
		"busy":     busy,
		"cards":    cards,
		"count":    count,
		"gravest":  gravest,
		"latest":   func(all []scale.Decision) []scale.Decision { return all[:min(len(all), shownDecisions)] },
		"earlier":  func(all []scale.Decision) int { return max(0, len(all)-shownDecisions) },
		"health":   health,
		"bar":      func(a budget.Addon) bar { return newBar(a.Used, a.Limit) },
		"room":     room,
		"silence":  silenceQuery,
		"quantity": quantity,
		"plots":    plots,
		"advice":   advice,
		"own":      func(inc alert.Incident) bool { return inc.App == OwnApp },
		"sentence": sentence,
		"brief":    brief,
		"seconds":  func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) },
	}
}

// ago is how long before now something was, in its largest unit; now itself changes slowly, so that
// the page isn't sent anew each second.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	switch d := max(now.Sub(t), 0); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", d/time.Hour)
	default:
		return fmt.Sprintf("%d days ago", d/(24*time.Hour))
	}
}

// brief is a short time, to two digits or so.
func brief(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds()/10*10)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// sentence begins text with a capital letter.
func sentence(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return strings.ToUpper(text[:size]) + text[size:]
}

// piece is text of which a part is to be typed.
type piece struct {
	Text string
	Code bool
}

// commands cuts text at the backquotes that stand around commands.
func commands(text string) []piece {
	var out []piece
	for i, s := range strings.Split(text, "`") {
		if s != "" {
			out = append(out, piece{s, i%2 == 1})
		}
	}
	return out
}

// advice is what can be done about what fires, each thing once.
func advice(inc alert.Incident) []string {
	var out []string
	for _, a := range inc.Alerts {
		for _, next := range a.Next {
			if a.State == alert.Firing && !slices.Contains(out, next) {
				out = append(out, next)
			}
		}
	}
	return out
}

// tone is words and their class in the style sheet.
type tone struct{ Text, Class string }

func health(a App) tone {
	word, class := a.Health()
	return tone{word, class}
}

// cards are the apps to show: those that somebody looks for, or else the worst.
func cards(v *View) Found {
	if v.Found != nil {
		return *v.Found
	}
	return Found{Apps: v.Apps, More: v.MoreApps}
}

// count is how many apps they are.
func count(list []Count) (n int) {
	for _, c := range list {
		n += c.N
	}
	return n
}

// severer says whether a is worse than b.
func severer(a, b string) bool {
	order := []string{alert.Critical, alert.Warning, alert.Info}
	i, j := slices.Index(order, a), slices.Index(order, b)
	return i >= 0 && (j < 0 || i < j)
}

// Worst is the worse of two severities; empty is none.
func Worst(a, b string) string {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	if severer(b, a) {
		return b
	}
	return a
}

// bar is a share of a limit.
type bar struct {
	Percent int // at most 100
	Class   string
}

func newBar(used, limit int) bar {
	b := bar{Class: "fine"}
	if limit <= 0 {
		return b
	}
	b.Percent = min(100, 100*used/limit)
	switch {
	case used*100 >= 95*limit:
		b.Class = "critical"
	case used*100 >= 80*limit:
		b.Class = "warning"
	}
	return b
}

// room says for each process type that runs how many more an add-on can take.
func room(b budget.Snapshot, a budget.Addon) []tone {
	var out []tone
	for _, process := range slices.Sorted(maps.Keys(a.Fits)) {
		have := b.Dynos[process]
		if have == 0 {
			continue
		}
		switch left := a.Fits[process] - have; {
		case left > 0:
			out = append(out, tone{fmt.Sprintf("room for %d more %s", left, process), "fine"})
		case left == 0:
			out = append(out, tone{"no room for another " + process, "warning"})
		default:
			out = append(out, tone{fmt.Sprintf("%d %s too many", -left, process), "critical"})
		}
	}
	return out
}

// quantity is n of something: 1 message, 2 messages.
func quantity(n any, one string) string {
	text := fmt.Sprint(n, " ", one)
	if fmt.Sprint(n) != "1" {
		text += "s"
	}
	return text
}

// silenceQuery fills in the form for an incident.
func silenceQuery(inc alert.Incident) string {
	text := "app=" + inc.App
	if len(inc.Alerts) > 0 {
		text += ", rule=" + inc.Alerts[0].Rule
	}
	return text
}
