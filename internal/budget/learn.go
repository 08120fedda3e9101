package budget

import (
	"math"
	"time"
)

// settle is how long after a change of quantity a sample may be learnt from. Dynos boot for up to
// a minute and stop for 30 s, and meanwhile the figure belongs to neither quantity.
const settle = 2 * time.Minute

// points are pairs of dynos and connections, kept as the sums that a least-squares line needs.
type points struct {
	n, x, y, xx, xy float64
	low, high       int // smallest and largest quantity seen
}

func (p *points) add(dynos, connections int) {
	x, y := float64(dynos), float64(connections)
	if p.n == 0 {
		p.low, p.high = dynos, dynos
	}
	p.low, p.high = min(p.low, dynos), max(p.high, dynos)
	p.n, p.x, p.y, p.xx, p.xy = p.n+1, p.x+x, p.y+y, p.xx+x*x, p.xy+x*y
}

// fit returns the connections each dyno takes and those that are there anyway. Both are rounded
// up, since too low a number would let too many dynos fit. One quantity gives no slope, and a slope
// that isn't positive tells nothing of dynos.
func (p *points) fit() (each, base int, ok bool) {
	if p.low == p.high {
		return 0, 0, false
	}
	slope := (p.n*p.xy - p.x*p.y) / (p.n*p.xx - p.x*p.x)
	if slope < 1-tolerance {
		return 0, 0, false
	}
	return up(slope), up(max(0, (p.y-slope*p.x)/p.n)), true
}

// tolerance keeps noise, as of one sample in a hundred, from adding a whole connection.
const tolerance = 0.05

func up(f float64) int { return int(math.Ceil(f - tolerance)) }
