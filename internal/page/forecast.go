package page

import (
	"fmt"
	"slices"
	"time"

	"drain/internal/history"
)

// foreseen is how far away an end is that is worth a line.
const foreseen = 6 * time.Hour

// forecast adds lines from where shares are to where they reach their limit. They go as far as the
// axis; words say the rest.
func (p *plot) forecast(list []history.Series, ahead []Forecast, y func(float64) float64) {
	for _, f := range ahead {
		i := slices.IndexFunc(list, func(s history.Series) bool { return s.Name == f.Name })
		if i < 0 || !f.Full.After(f.At) || f.Full.Sub(f.At) > foreseen {
			continue
		}
		p.extend()
		begin, end, share := p.place(f.At), p.place(f.Full), 1.0
		if most := float64(p.Width); end > most {
			end, share = most, f.Share+(1-f.Share)*(most-begin)/(end-begin)
		}
		p.Ahead = append(p.Ahead, line{
			fmt.Sprintf("%s reaches its quota at about %s", f.Name, f.Full.UTC().Format("15:04")),
			class(i), fmt.Sprintf("M%.1f %.1fL%.1f %.1f", begin, y(f.Share), end, y(share)),
		})
	}
}
