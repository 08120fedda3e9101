package rules

import (
	"slices"
	"strings"

	"drain/parser"
)

// addAddon takes the numbers of an add-on's metric line that somebody asks for.
func (b *Batch) addAddon(line *parser.Line) {
	addon := addonOf(line)
	if len(addon) == 0 {
		return
	}
	numbers, carried := line.Known(), &b.set.carried[line.Kind]
	names := carried.metrics[:len(carried.numbers)]
	labels, source, at := Labels{Addon: b.lastAddon.intern(b, addon)}, b.lastSource.intern(b, line.Source), line.Time()
	samples := slices.Grow(b.obs.Samples, len(names))
	for i, metric := range carried.numbers {
		if value, ok := numbers.Value(metric); ok {
			samples = samples[:len(samples)+1]
			s := &samples[len(samples)-1]
			s.Name, s.Labels, s.Source, s.Value, s.At = names[i], labels, source, value, at
		}
	}
	b.obs.Samples = samples
}

// lastWord is a word that mostly comes again.
type lastWord string

func (w *lastWord) intern(b *Batch, word []byte) string {
	if string(*w) != string(word) {
		*w = lastWord(b.intern(word))
	}
	return string(*w)
}

// addonOf is the add-on that a line of numbers is about.
func addonOf(line *parser.Line) []byte {
	if len(line.Addon) == 0 {
		return line.Source // lines of 2017 name the attachment only
	}
	return line.Addon
}

// runtimeAsked tells which numbers of log-runtime-metrics a rule asks for.
type runtimeAsked struct{ load, bytes, ratio bool }

func (s *Set) runtimeAsked() runtimeAsked {
	return runtimeAsked{load: s.asked("dyno_load"), bytes: s.asked("dyno_memory_bytes"), ratio: s.asked("dyno_memory_ratio")}
}

// addRuntime takes the numbers of a log-runtime-metrics line.
func (b *Batch) addRuntime(line *parser.Line, s *sender) {
	if !b.set.runtime {
		return // two lines every 20 s from each dyno, and no rule asks for their numbers
	}
	numbers := line.Known()
	if load, ok := numbers.Value(parser.MetricLoad1m); ok && b.asked.load {
		b.addDyno(line, s, "dyno_load", load)
	}
	used, ok := numbers.Value(parser.MetricMemoryRSS)
	if !ok {
		return
	}
	used += numbers.Values[parser.MetricMemorySwap]
	if b.asked.bytes {
		b.addDyno(line, s, "dyno_memory_bytes", used)
	}
	if quota := numbers.Values[parser.MetricMemoryQuota]; quota > 0 && b.asked.ratio {
		b.addDyno(line, s, "dyno_memory_ratio", used/quota)
	}
}

// addMemory takes the numbers of "Process running mem=", which come even where log-runtime-metrics
// is off, and always before an R14 or R15.
func (b *Batch) addMemory(line *parser.Line, s *sender) {
	for i := range line.Samples {
		switch v := line.Samples[i].Value; string(line.Samples[i].Name) {
		case "dyno_memory_bytes":
			b.addDyno(line, s, "dyno_memory_bytes", v)
		case "dyno_memory_ratio":
			b.addDyno(line, s, "dyno_memory_ratio", v)
		}
	}
}

func (b *Batch) addDyno(line *parser.Line, s *sender, metric string, value float64) {
	b.obs.Samples = append(b.obs.Samples, Sample{
		Name: metric, Labels: Labels{Dyno: s.proc}, Value: value, At: line.Time(),
	})
}

// addState notes a dyno's change of state.
func (b *Batch) addState(line *parser.Line) {
	text := line.Text()
	from, to, ok := parser.StateChange(text)
	if !ok {
		if string(text) == "Cycling" {
			b.obs.Notes = append(b.obs.Notes, Note{Kind: NoteCycling, At: line.Time(), Process: b.intern(line.Proc)})
		}
		return
	}
	b.obs.Notes = append(b.obs.Notes, Note{
		Kind: NoteState, At: line.Time(), Process: b.intern(line.Proc), From: b.intern(from), To: b.intern(to),
	})
}

// addMaintenance notes, once in a row, that the router answers for maintenance mode. Nothing else in
// the log says so.
func (b *Batch) addMaintenance(line *parser.Line) {
	if line.Kind != parser.KindRouter || string(line.Code) != "H80" {
		return
	}
	if n := len(b.obs.Notes); n == 0 || b.obs.Notes[n-1].Kind != NoteMaintenance {
		b.obs.Notes = append(b.obs.Notes, Note{Kind: NoteMaintenance, At: line.Time()})
	}
}

// addNotes notes what an api line says was done to the app.
func (b *Batch) addNotes(line *parser.Line) {
	scaled := false
	for typ, quantity := range parser.Scaled(line.Text()) {
		scaled = true
		b.obs.Notes = append(b.obs.Notes, Note{Kind: NoteScaled, At: line.Time(), Process: b.intern(typ), Quantity: quantity})
	}
	if scaled {
		return
	}
	if version, ok := parser.Release(line.Text()); ok {
		b.obs.Notes = append(b.obs.Notes, Note{Kind: NoteRelease, At: line.Time(), Text: b.intern(version)})
	} else if parser.Deploy(line.Text()) {
		b.obs.Notes = append(b.obs.Notes, Note{Kind: NoteDeploy, At: line.Time()})
	}
}

// Clone returns a copy that owns all its memory.
func (o *Observation) Clone() *Observation {
	c := *o
	c.Hits, c.Samples = slices.Clone(o.Hits), slices.Clone(o.Samples)
	c.Seen, c.Notes, c.Traffic = slices.Clone(o.Seen), slices.Clone(o.Notes), slices.Clone(o.Traffic)
	for i := range c.Hits {
		c.Hits[i].Excerpt = strings.Clone(c.Hits[i].Excerpt)
	}
	return &c
}
