package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"drain/parser"
)

const (
	minWindow = 100 * time.Millisecond
	maxWindow = 24 * time.Hour
)

// Labels that `by:` can name.
var byLabels = []string{"app", "process", "dyno", "addon", "code", "status", "method", "path"}

// Report receives one mistake: the field, as a path below the rule, what is wrong and what would be
// right.
type Report func(field, wrong, right string)

// namePattern keeps names fit for a metric label, a file name and a Slack message alike.
var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// Check reports every mistake of r.
func (r Rule) Check(report Report) {
	switch {
	case r.Name == "":
		report("name", "is missing", "give the rule a name such as h12-burst")
	case !namePattern.MatchString(r.Name):
		report("name", fmt.Sprintf("%q is not a name", r.Name), "use up to 64 lower-case letters, digits and dashes")
	}
	if !r.own() && len(r.All)+len(r.Any)+len(r.Unless) == 0 {
		report("", "has no condition", "give match (with count and window), metric (with above or below), forecast, silent, outlier, or other rules (all, any)")
	}
	r.checkNamings(report)
	r.checkCount(report)
	r.checkMetric(report)
	r.checkSigns(report)
	for field, d := range map[string]time.Duration{"for": r.For, "keep_firing_for": r.KeepFiringFor} {
		if d < 0 || d > maxWindow {
			report(field, fmt.Sprintf("%v is out of range", d), "use 0s to 24h")
		}
	}
	r.checkBy(report)
	if r.Severity != "" && r.Severity != Critical && r.Severity != Warning && r.Severity != Info {
		report("severity", fmt.Sprintf("unknown severity %q", r.Severity), "use critical, warning or info")
	}
	if r.Cause != "" && !namePattern.MatchString(r.Cause) {
		report("cause", fmt.Sprintf("%q is not a name", r.Cause), "use up to 64 lower-case letters, digits and dashes")
	}
	r.checkTelling(report)
}

// checkBy reports labels that the rule's lines and numbers don't differ in.
func (r Rule) checkBy(report Report) {
	of := r.of()
	for i, b := range r.By {
		at := fmt.Sprintf("by[%d]", i)
		switch {
		case !slices.Contains(byLabels, b):
			report(at, fmt.Sprintf("unknown label %q", b), "use one of "+strings.Join(byLabels, ", "))
		case !r.own() && len(r.All)+len(r.Any) > 0: // CheckTogether knows
		case b == "addon" && of != "addon" && !r.Match.ofAddons():
			report(at, "no line that is counted is an add-on's", "leave it out, or watch a metric of add-ons")
		case slices.Contains(routerLabels, b) && !r.Match.ofRouter():
			report(at, "no line that is counted is the router's", "leave it out, or count lines of kind: router")
		case slices.Contains(routerLabels, b) && slices.ContainsFunc(r.By[:i], isRouterLabel):
			report(at, "is a second field of the router's", "keep one of "+strings.Join(routerLabels, ", "))
		case r.Match == nil && of != "" && b != of:
			report(at, fmt.Sprintf("the numbers are kept for each %s", of), "use "+of+", or leave it out")
		}
	}
}

func (r Rule) checkCount(report Report) {
	traffic := metrics[r.Metric].traffic != nil
	if r.Match == nil {
		for field, set := range map[string]bool{
			"count": r.Count != 0, "of": r.Of != nil, "ratio": r.Ratio != 0,
			"window": r.Window != 0 && !traffic, "volume": r.Volume != 0 && !traffic,
		} {
			if set {
				report(field, "has no meaning without match", "add match, or leave it out")
			}
		}
		if traffic && r.Window != 0 {
			checkSpan(report, "window", r.Window, minWindow, maxWindow)
		}
		return
	}
	if r.Window < minWindow || r.Window > maxWindow {
		wrong := fmt.Sprintf("%v is out of range", r.Window)
		if r.Window == 0 {
			wrong = "is missing"
		}
		report("window", wrong, "say within how long the lines are counted, e.g. 5m; 100ms to 24h")
	}
	r.Match.check("match", report)
	switch {
	case r.Of != nil:
		r.Of.check("of", report)
		if wrong := fmt.Sprintf("%v is out of range", r.Ratio); r.Ratio <= 0 || r.Ratio > 1 {
			if r.Ratio == 0 {
				wrong = "is missing"
			}
			report("ratio", wrong, "say which share of `of` must match, over 0 and up to 1")
		}
	case r.Ratio != 0 || r.Volume != 0 && !traffic:
		report("of", "is missing", "say what ratio is a share of, e.g. of: {kind: router}")
	}
}

func (r Rule) checkMetric(report Report) {
	if r.Metric == "" {
		for field, set := range map[string]bool{"above": r.Above != nil, "below": r.Below != nil, "samples": r.Samples != 0} {
			if set {
				report(field, "has no meaning without metric", "add metric, or leave it out")
			}
		}
		return
	}
	m, ok := metrics[r.Metric]
	if m.traffic != nil && r.Samples != 0 {
		report("samples", "has no meaning for a figure of requests", "leave it out; window and for say how long")
	}
	if !ok {
		report("metric", fmt.Sprintf("unknown metric %q", r.Metric), "use one of "+strings.Join(Metrics(), ", "))
	}
	if (r.Above == nil) == (r.Below == nil) {
		report("metric", "needs one bound", "give either above or below")
	}
	if r.Samples < 0 || r.Samples > 1000 {
		report("samples", fmt.Sprintf("%d is out of range", r.Samples), "use 1 to 1000")
	}
}

var codePattern = regexp.MustCompile(`^[HRL][0-9]{2,3}$`)

func (m *Match) check(path string, report Report) {
	if len(m.Kind)+len(m.Process)+len(m.Code)+len(m.Contains) == 0 && newFields(m) == nil {
		report(path, "matches every line", "give kind, process, code or contains")
	}
	m.checkFields(path, report)
	for i, k := range m.Kind {
		if _, ok := parser.ParseKind(k); !ok {
			report(fmt.Sprintf("%s.kind[%d]", path, i), fmt.Sprintf("unknown kind %q", k), "use one of "+kindList())
		}
	}
	for i, c := range m.Code {
		at := fmt.Sprintf("%s.code[%d]", path, i)
		switch {
		case !codePattern.MatchString(c):
			report(at, fmt.Sprintf("%q is not a code", c), "use Heroku's form, e.g. H12, R14, L10")
		case slices.Contains(m.Code[:i], c):
			report(at, c+" stands there twice", "keep one of them")
		}
	}
	for name, list := range map[string][]string{
		"contains": m.Contains, "contains_none": m.ContainsNone, "process": m.Process,
		"source": m.Source, "method": m.Method, "path": m.Path,
	} {
		for i, s := range list {
			if s == "" {
				report(fmt.Sprintf("%s.%s[%d]", path, name, i), "is empty, and so would match always", "write the text to look for")
			}
		}
	}
}

func kindList() string {
	names := make([]string, parser.KindCount)
	for k := range names {
		names[k] = parser.Kind(k).String()
	}
	return strings.Join(names, ", ")
}
