package worlds

import (
	"math"
	"slices"
	"time"

	"drain/internal/scale"
)

// measure takes the figures that the log tells once a minute: what is there, up to the limit.
func (j *judge) measure(firing map[string]time.Time) {
	dynos := j.app.Dynos()
	j.mu.Lock()
	defer j.mu.Unlock()
	now := time.Now()
	own := now.After(j.shared)
	j.readings, j.dynosSaid = nil, nil
	for _, a := range j.app.Addons() {
		used := 0
		for _, d := range dynos {
			used += j.perDyno[a.Name][d.Type]
		}
		_, limit := j.app.Connections(a.Name)
		j.readings = append(j.readings, scale.Reading{Addon: a.Name, Attachment: a.Attachment, Used: min(used, limit), Limit: limit, At: now, Own: own})
	}
	for _, d := range dynos {
		if d.Type == "web" && d.State == "up" {
			j.dynosSaid = append(j.dynosSaid, scale.Footprint{Dyno: d.Name, Used: min(1.2, 0.4+j.leaks*now.Sub(d.Created).Minutes()), At: now, Own: own})
		}
	}
}

func (j *judge) full() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.readings, func(r scale.Reading) bool { return r.Used*100 >= r.Limit*97 })
}

func (j *judge) heavy() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.ContainsFunc(j.dynosSaid, func(f scale.Footprint) bool { return f.Used > 1 })
}

// evidence is what the budget makes of it.
func (j *judge) evidence(_, process string) scale.Evidence {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.fits(process)
}

// fits is evidence under the lock.
func (j *judge) fits(process string) scale.Evidence {
	e := scale.Evidence{Readings: slices.Clone(j.readings), Dynos: slices.Clone(j.dynosSaid), FitsKnown: j.known}
	e.Fits = math.MaxInt32
	for _, r := range j.readings {
		room := float64(r.Limit) * 0.9
		for other, n := range j.have {
			if other != process {
				room -= j.thought * float64(n*j.perDyno[r.Addon][other])
			}
		}
		if need := j.thought * float64(j.perDyno[r.Addon][process]); need > 0 {
			e.Fits = min(e.Fits, max(0, int(room/need)))
		}
	}
	if !j.known {
		e.Fits = 0
	}
	return e
}
