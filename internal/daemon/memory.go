package daemon

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"drain/internal/scale"
	"drain/rules"
)

// maxFootprints bounds the dynos whose memory is remembered of an app, and footprintAge how long.
const (
	maxFootprints = 200
	footprintAge  = 15 * time.Minute
)

// weigh remembers how much memory the dynos have, for apps whose policies restart one. The caller holds
// the app's lock.
func (d *Daemon) weigh(one *app, obs *rules.Observation) {
	news := false
	for i := range obs.Samples {
		s := &obs.Samples[i]
		if s.Name != "dyno_memory_ratio" {
			continue
		}
		if !news && !d.restarts(one.name) {
			return
		}
		news = true
		if one.memory == nil {
			one.memory = make(map[string]scale.Footprint)
		}
		at := cut(s.At, obs.At)
		have, known := one.memory[s.Labels.Dyno]
		if at.Before(have.At) || !known && len(one.memory) >= maxFootprints {
			continue
		}
		name := strings.Clone(s.Labels.Dyno) // it is the delivery's memory
		one.memory[name] = scale.Footprint{Dyno: name, Used: s.Value, At: at, Own: obs.Own}
	}
	if news {
		maps.DeleteFunc(one.memory, func(_ string, f scale.Footprint) bool { return obs.At.Sub(f.At) > footprintAge })
		d.scaler.Nudge(one.name)
	}
}

// restarts says whether a policy may restart dynos of the app.
func (d *Daemon) restarts(app string) bool {
	return slices.ContainsFunc(d.config.Load().Policies, func(p scale.Policy) bool {
		return p.Verb == scale.VerbRestart && p.App == app
	})
}

// footprints are those of a process type's dynos, by name. The caller holds the app's lock.
func (a *app) footprints(process string) []scale.Footprint {
	var out []scale.Footprint
	for name, f := range a.memory {
		if typ, _, _ := strings.Cut(name, "."); typ == process {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(x, y scale.Footprint) int { return cmp.Compare(x.Dyno, y.Dyno) })
	return out
}
