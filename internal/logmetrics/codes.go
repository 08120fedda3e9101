package logmetrics

// The codes that Heroku documents and a drain can see. H16 is no longer emitted; L11, L14, L15 and
// L20 go to tail sessions and syslog drains only.
var documentedCodes = [...]string{
	"H10", "H11", "H12", "H13", "H14", "H15", "H17", "H18", "H19", "H20", "H21", "H22", "H23", "H24",
	"H25", "H26", "H27", "H28", "H31", "H32", "H33", "H34", "H80", "H81", "H82", "H83", "H99",
	"R10", "R12", "R13", "R14", "R15", "R16", "R17", "R99",
	"L10", "L12", "L13",
}

const (
	// appsWithAllCodes is how many apps show every documented code from their first line on, so that
	// a rate over the first error is right. Later apps show a code once they have had it.
	appsWithAllCodes = 200

	// maxOtherCodes is how many undocumented codes an app may show: new codes appear over the years.
	maxOtherCodes = 32

	otherCode = "other"
)

// codes counts errors by code. Documented ones that are shown at 0 are in it from the start.
type codes struct {
	n     map[string]float64
	other int // how many undocumented codes are in n
}

func newCodes(all bool) codes {
	c := codes{n: make(map[string]float64)}
	if all {
		for _, code := range documentedCodes {
			c.n[code] = 0
		}
	}
	return c
}

// add counts errors of a code, as far as there is room for a new series.
func (c *codes) add(code string, n float64, room *room) {
	if _, known := c.n[code]; known {
		c.n[code] += n
		return
	}
	documented := isDocumented(code)
	if !documented && c.other == maxOtherCodes {
		code, documented = otherCode, true
	}
	if _, known := c.n[code]; !known {
		if !room.take(1) {
			return
		}
		if !documented {
			c.other++
		}
	}
	c.n[code] += n
}

func isDocumented(code string) bool {
	for _, documented := range documentedCodes {
		if code == documented {
			return true
		}
	}
	return false
}
