package silence

import (
	"fmt"
	"time"
)

// Request asks for a silence, as people and programs write it.
type Request struct {
	Matchers Matchers  `json:"matchers"`
	For      string    `json:"for,omitempty"` // how long from now, e.g. 1h30m; either this
	Ends     time.Time `json:"ends,omitzero"` // or this
	By       string    `json:"by"`            // who asks
	Comment  string    `json:"comment"`       // why
}

// Silence is what is asked for at now. The error is a Problem.
func (r Request) Silence(now time.Time) (Silence, error) {
	one := Silence{Matchers: r.Matchers, Ends: r.Ends, By: r.By, Comment: r.Comment}
	if r.For == "" {
		return one, nil
	}
	if !r.Ends.IsZero() {
		return Silence{}, Problem{"for", "is given beside ends", "keep one of them"}
	}
	lasts, err := time.ParseDuration(r.For)
	if err != nil {
		return Silence{}, Problem{"for", fmt.Sprintf("%q is not a duration", r.For), "write a number and a unit, e.g. 30m, 2h, 24h"}
	}
	one.Ends = now.Add(lasts)
	return one, nil
}
