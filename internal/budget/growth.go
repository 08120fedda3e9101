package budget

import "time"

// Growth is a change to more dynos, whoever made it.
type Growth struct {
	Process string    `json:"process"`
	From    int       `json:"from"`
	To      int       `json:"to"`
	At      time.Time `json:"at"`
	Fits    Fit       `json:"fits"` // whether the dynos that there are now fit every add-on
}

// Fit is whether something fits.
type Fit string

// The answers.
const (
	Fits        Fit = "yes"
	FitsNot     Fit = "no"
	FitsUnknown Fit = "unknown"
)

// fits says whether the present dynos fit every add-on.
func (s *Snapshot) fits() Fit {
	out := Fits
	for i := range s.Addons {
		switch a := &s.Addons[i]; {
		case a.TooSmall():
			return FitsNot
		case a.Limit == 0 || a.Need == nil:
			out = FitsUnknown
		}
	}
	return out
}

// TooSmall says whether the present dynos don't fit the add-on for certain: they need more, or the part of the
// need that is known is over its limit.
func (a *Addon) TooSmall() bool {
	if a.Need == nil {
		return a.Limit > 0 && a.AtLeast > a.Limit
	}
	return a.Limit > 0 && !a.Need.Fits
}
