package logmetrics

import (
	"strings"

	"drain/parser"
)

// dyno is one dyno's part of an app, or that of all one-off dynos of a type.
type dyno struct {
	name, process string // label values

	last    int64 // Unix nanoseconds: the last batch that named it
	series  int
	served  bool // the router has named it, so its classes are shown
	classes [len(classes)]uint64
	gauges  [dynoGauges]gauge
}

// dynoTally is what one batch says of a dyno.
type dynoTally struct {
	served, sampled bool
	classes         [len(classes)]uint32
	gauges          [dynoGauges]gauge
}

// dynoLabel is the label value of a dyno's name. One-off dynos get a new number each time, so they go
// by their type.
func dynoLabel(name []byte) string {
	typ, _ := parser.Dyno(name)
	switch string(typ) {
	case "run", "scheduler", "release":
		return string(typ)
	}
	return clean(string(name), maxDynoLabel)
}

// processOf is the process type in a dyno's label value.
func processOf(label string) string {
	if typ, ok := parser.Dyno([]byte(label)); ok {
		return string(typ)
	}
	return label // a one-off dyno's, or a name in a form not known
}

func (a *app) mergeDyno(label string, t *dynoTally, now int64) {
	d, known := a.dynos[label]
	if !known {
		d = &dyno{name: label, process: processOf(label)}
	}
	if t.served {
		if !d.served && a.room.take(len(classes)) {
			d.served = true
			d.series += len(classes)
		}
		if d.served {
			for class, n := range t.classes {
				d.classes[class] += uint64(n)
			}
		}
	}
	if t.sampled {
		d.series += updateGauges(d.gauges[:], t.gauges[:], &a.room)
	}
	d.last = max(d.last, now)
	if !known && d.series > 0 {
		a.dynos[label] = d
	}
}

// addon is one attachment of an add-on.
type addon struct {
	name, attachment string // label values

	last   int64
	series int
	gauges [addonGauges]gauge
}

type addonTally struct{ gauges [addonGauges]gauge }

// addonSeparator stands between add-on and attachment in a name. A text can't bring its own: names end
// at the first one.
const addonSeparator = "\x00"

func addonLabel(name []byte) string {
	addon, attachment, _ := strings.Cut(string(name), addonSeparator)
	return clean(addon, maxAddonLabel) + addonSeparator + clean(attachment, maxAddonLabel)
}

func (a *app) mergeAddon(label string, t *addonTally, now int64) {
	d, known := a.addons[label]
	if !known {
		d = &addon{}
		d.name, d.attachment, _ = strings.Cut(label, addonSeparator)
	}
	d.series += updateGauges(d.gauges[:], t.gauges[:], &a.room)
	d.last = max(d.last, now)
	if !known && d.series > 0 {
		a.addons[label] = d
	}
}

// updateGauges takes over what is newer. It returns how many gauges were set for the first time.
func updateGauges(gauges, from []gauge, room *room) (added int) {
	for i := range from {
		if from[i].at == 0 {
			continue
		}
		if gauges[i].at == 0 {
			if !room.take(1) {
				continue
			}
			added++
		}
		gauges[i].update(from[i])
	}
	return added
}
