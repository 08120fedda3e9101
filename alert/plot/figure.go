package plot

import (
	"fmt"
	"math"
	"time"
)

// Figure is a number as a share of its limit, over time.
type Figure struct {
	Title  string // what it is: Connections of ENKETO_REDIS_MAIN
	Now    string // how it stands: 38 of 38
	From   time.Time
	Step   time.Duration // from one of Shares to the next; positive
	Shares []float32     // 1 is the limit; what is no finite number from 0 on isn't known
}

// enough is how many points make a picture worth looking at.
const enough = 2

// Known says whether there is enough to draw.
func (f Figure) Known() bool {
	known := 0
	for _, share := range f.Shares {
		if isKnown(share) {
			known++
		}
	}
	return known >= enough
}

// Words says what the picture shows.
func (f Figure) Words() string {
	first, most := f.extremes()
	return fmt.Sprintf("%s, from %s to %s UTC: %s now, %s of the limit at first, %s at most.",
		f.Title, clock(f.From), clock(f.to()), f.Now, percent(first), percent(most))
}

// extremes are the first share that is known, and the highest.
func (f Figure) extremes() (first, most float32) {
	known := false
	for _, share := range f.Shares {
		switch {
		case !isKnown(share):
			continue
		case !known:
			first, known = share, true
		}
		most = max(most, share)
	}
	return first, most
}

// isKnown says that a share can be drawn: a log can say anything, and NaN stands for nothing.
func isKnown(share float32) bool { return share >= 0 && share <= math.MaxFloat32 }

func (f Figure) to() time.Time { return f.From.Add(time.Duration(len(f.Shares)) * f.Step) }

func clock(t time.Time) string { return t.UTC().Format("15:04") }

func percent(share float32) string { return fmt.Sprintf("%.0f %%", 100*share) }
