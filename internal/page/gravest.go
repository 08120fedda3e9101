package page

import (
	"cmp"
	"slices"

	"drain/alert"
)

// Bounds of what the page shows; the API has all of it.
const (
	shownIncidents = 100
	shownDecisions = 20
)

// grave is the incidents that are shown, and how many aren't.
type grave struct {
	Shown []alert.Incident
	More  int
}

// gravest are all incidents, or of too many those of the apps that somebody looks for, and then those that
// nobody silenced.
func gravest(v *View) grave {
	if len(v.Incidents) <= shownIncidents {
		return grave{Shown: v.Incidents}
	}
	wanted := make(map[string]bool)
	if v.Found != nil {
		for _, a := range v.Found.Apps {
			wanted[a.Name] = true
		}
	}
	class := func(inc *alert.Incident) int {
		switch {
		case wanted[inc.App]:
			return 0
		case inc.State == alert.Firing && inc.Silenced == "":
			return 1
		}
		return 2
	}
	list := slices.Clone(v.Incidents)
	slices.SortStableFunc(list, func(a, b alert.Incident) int { return cmp.Compare(class(&a), class(&b)) })
	return grave{list[:shownIncidents], len(list) - shownIncidents}
}
