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
	if !d.restarts(one.name) || !hasFootprint(obs) { // few apps have such a policy, and a delivery has many figures
		return
	}
	if one.memory == nil {
		one.memory = make(footprints)
	}
	one.memory.add(obs)
	d.scaler.Nudge(one.name)
}

// footprints are the newest figures of dynos' memory, by dyno.
type footprints map[string]scale.Footprint

func isFootprint(s *rules.Sample) bool { return s.Name == "dyno_memory_ratio" }

func hasFootprint(obs *rules.Observation) bool {
	for i := range obs.Samples {
		if isFootprint(&obs.Samples[i]) {
			return true
		}
	}
	return false
}

// add takes what an Observation says of the dynos' memory.
func (f footprints) add(obs *rules.Observation) {
	for i := range obs.Samples {
		s := &obs.Samples[i]
		if !isFootprint(s) {
			continue
		}
		at := cut(s.At, obs.At)
		have, known := f[s.Labels.Dyno]
		if at.Before(have.At) || !known && len(f) >= maxFootprints {
			continue
		}
		name := strings.Clone(s.Labels.Dyno) // it is the delivery's memory
		f[name] = scale.Footprint{Dyno: name, Used: s.Value, At: at, Own: obs.Own}
	}
	maps.DeleteFunc(f, func(_ string, one scale.Footprint) bool { return obs.At.Sub(one.At) > footprintAge })
}

// restarts says whether a policy may restart dynos of the app.
func (d *Daemon) restarts(app string) bool {
	return slices.ContainsFunc(d.config.Load().Policies, func(p scale.Policy) bool {
		return p.Verb == scale.VerbRestart && p.App == app
	})
}

// of returns those of a process type's dynos, by name.
func (f footprints) of(process string) []scale.Footprint {
	var out []scale.Footprint
	for name, one := range f {
		if typ, _, _ := strings.Cut(name, "."); typ == process {
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(x, y scale.Footprint) int { return cmp.Compare(x.Dyno, y.Dyno) })
	return out
}
