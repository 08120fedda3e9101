package alert

import "fmt"

// Route sends the incidents that match to one destination. An incident goes to every Route that
// matches it, from the moment it does; if none does, to the default channel of every notifier.
type Route struct {
	Match   Match  `yaml:"match"`
	To      string `yaml:"to"`                // a notifier's name
	Channel string `yaml:"channel,omitempty"` // empty: the notifier's default
}

// Match holds for an incident if all its fields do. An empty field holds for any.
type Match struct {
	Severity string `yaml:"severity,omitempty"` // the worst the incident has had
	App      string `yaml:"app,omitempty"`
	Rule     string `yaml:"rule,omitempty"` // of any of its alerts
}

// Check reports what is wrong with the Route: the key below the route, the problem, what would be
// right. It doesn't know which notifiers and rules there are.
func (r Route) Check(report func(field, problem, fix string)) {
	switch r.Match.Severity {
	case "", Critical, Warning, Info:
	default:
		report("match.severity", fmt.Sprintf("unknown severity %q", r.Match.Severity), "use critical, warning or info")
	}
	if r.To == "" {
		report("to", "is missing", "name a destination, e.g. slack")
	}
}

func (m Match) holds(inc *incident) bool {
	return (m.Severity == "" || m.Severity == inc.severity) &&
		(m.App == "" || m.App == inc.topic.app) &&
		(m.Rule == "" || inc.concerns(m.Rule))
}
