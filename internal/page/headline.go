package page

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"drain/alert"
	"drain/internal/scale"
)

// headline says what a person has to know who has no time for more.
func headline(v *View) tone {
	if t, ok := troubled(v); ok {
		return t
	}
	unclaimed := 0
	for _, token := range v.Unclaimed {
		if v.Now.Sub(token.Last) < lately {
			unclaimed++
		}
	}
	doubted := func(a App) bool { _, class := a.Health(); return class == "warning" && a.Severity == "" }
	switch silent := slices.IndexFunc(v.Apps, doubted); {
	case unclaimed == 0 && !heard(v):
		return tone{"No app has delivered anything yet", "faint"}
	case silent >= 0:
		word, class := v.Apps[silent].Health()
		return tone{v.Apps[silent].Name + " is " + word, class}
	case unclaimed == 1:
		return tone{"A drain is unclaimed: say whose it is", "warning"}
	case unclaimed > 1 && unclaimed == len(v.Unclaimed) && v.MoreTokens > 0:
		return tone{fmt.Sprintf("More than %d drains are unclaimed: say whose they are", unclaimed), "warning"}
	case unclaimed > 1:
		return tone{fmt.Sprintf("%d drains are unclaimed: say whose they are", unclaimed), "warning"}
	}
	silenced := make(map[string]bool)
	for i := range v.Incidents {
		if inc := &v.Incidents[i]; inc.State == alert.Firing { // else it would be a headline already
			silenced[inc.App] = true
		}
	}
	switch len(silenced) {
	case 0:
		return tone{"All is fine", "fine"}
	case 1:
		return tone{some(silenced) + " is in trouble, but silenced", "faint"}
	}
	return tone{some(silenced) + " are in trouble, but silenced", "faint"}
}

// heard says whether any app was.
func heard(v *View) bool {
	return slices.ContainsFunc(v.Apps, func(a App) bool { return !a.Last.IsZero() })
}

// lately is how long ago an unclaimed drain delivered that is still worth a headline.
const lately = 15 * time.Minute

// troubled is the headline where something is wrong and not silenced; ok is false where nothing is. What
// drain sees to itself needs nobody, as long as something else does.
func troubled(v *View) (_ tone, ok bool) {
	type group struct {
		apps  map[string]bool
		worst string
	}
	var left, waiting, acting, helped group
	for i := range v.Incidents {
		inc := &v.Incidents[i]
		if inc.State != alert.Firing || inc.Silenced != "" {
			continue
		}
		to := &left
		switch course(v, *inc) {
		case scale.Ask:
			to = &waiting
		case scale.Act, scale.Done:
			to = &acting
		case scale.Worked:
			to = &helped
		}
		if to.apps == nil {
			to.apps = make(map[string]bool)
		}
		to.apps[inc.App] = true
		if to.worst == "" || severer(inc.Severity, to.worst) {
			to.worst = inc.Severity
		}
	}
	switch {
	case left.worst == alert.Info:
		return tone{"A notice: " + some(left.apps), alert.Info}, true
	case len(left.apps) == 1:
		return tone{some(left.apps) + " needs you", left.worst}, true
	case len(left.apps) > 1:
		return tone{some(left.apps) + " need you", left.worst}, true
	case len(waiting.apps) > 0:
		return tone{some(waiting.apps) + " waits for your approval", waiting.worst}, true
	case len(acting.apps) > 0:
		return tone{"drain is acting on " + some(acting.apps), acting.worst}, true
	case len(helped.apps) > 0:
		return tone{"drain has acted on " + some(helped.apps) + ", and it helps", alert.Info}, true
	}
	return tone{}, false
}

// some is the first three names, and how many more there are.
func some(apps map[string]bool) string {
	names := slices.Sorted(maps.Keys(apps))
	text := strings.Join(names[:min(3, len(names))], ", ")
	if more := len(names) - 3; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// busy says what drain does about an incident, after what came last; empty if that is left to people.
// Whoever scales too while it does would be in its way.
func busy(course scale.Verdict) string {
	switch course {
	case scale.Act, scale.Done:
		return "drain is acting"
	case scale.Worked:
		return "drain has acted, and it helps"
	}
	return ""
}

// course is what came last of acting on an incident; empty if nothing was to be decided.
func course(v *View, inc alert.Incident) scale.Verdict {
	for i := range v.Decisions {
		d := &v.Decisions[i]
		if d.App != inc.App {
			continue
		}
		mine := d.Cause != "" && d.Cause == inc.Cause || slices.ContainsFunc(inc.Alerts, func(a alert.Alert) bool { return a.Rule == d.Rule })
		waits := d.Verb == scale.VerbRestore && d.Verdict == scale.Hold // for the incident to be over
		if mine && !waits && !d.At.Before(inc.Began) {
			return d.Verdict
		}
	}
	return ""
}
