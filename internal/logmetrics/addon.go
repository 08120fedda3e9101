package logmetrics

import "strings"

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

// isAddon says whether a name is that of an add-on's attachment.
func isAddon(name string, addon, attachment []byte) bool {
	n := len(addon)
	return len(name) == n+len(addonSeparator)+len(attachment) &&
		name[:n] == string(addon) && name[n:n+len(addonSeparator)] == addonSeparator && name[n+len(addonSeparator):] == string(attachment)
}

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
