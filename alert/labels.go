package alert

import "maps"

// LabelNames are the names that LabelSet can have.
func LabelNames() []string {
	return []string{"app", "rule", "cause", "severity", "key", "process", "dyno", "addon", "code"}
}

// LabelSet is the alert as names and values: app, rule, cause, severity, key, and its Labels. Empty
// ones are left out. Silences match it, and destinations that group by labels get it.
func (a Alert) LabelSet() map[string]string {
	set := map[string]string{}
	maps.Copy(set, a.Labels)
	// A label can't pass for what the alert is.
	set["app"], set["rule"], set["cause"], set["severity"], set["key"] = a.App, a.Rule, a.Cause, a.Severity, a.Key
	maps.DeleteFunc(set, func(_, value string) bool { return value == "" })
	return set
}

// labels redacts the values. Rules read them from log lines.
func (r *Redactor) labels(set map[string]string) map[string]string {
	if len(set) == 0 {
		return nil
	}
	clean := make(map[string]string, len(set))
	for name, value := range set {
		clean[name] = r.Redact(value)
	}
	return clean
}
