package daemon

import (
	"strconv"
	"time"

	"drain/internal/budget"
	"drain/parser"
	"drain/rules"
)

// hearing tells a budget of the dynos that speak, of those that the router asks (known only where a rule is
// about that), and of their coming and going. Whose password that came under is no matter: before drain acts it
// reads the formation from the platform, and then nothing of this counts any more.
//
// Each delivery names the same dynos. So one is told of once a second, or each delivery would cost a look at
// all that is known of them.
type hearing struct {
	lately [32]heard
}

// heard is a dyno that a budget was told of, and in which second.
type heard struct {
	dyno   string
	second int64 // Unix time
}

func (h *hearing) take(b *budget.Budget, obs *rules.Observation) {
	second := obs.At.Unix()
	for _, dyno := range obs.Seen {
		if now := (heard{dyno, second}); *h.last(dyno) != now {
			h.hear(b, now, obs.At)
		}
	}
	for i := range obs.Traffic {
		if now := (heard{obs.Traffic[i].Dyno, second}); *h.last(now.dyno) != now {
			h.hear(b, now, obs.At)
		}
	}
	for i := range obs.Notes {
		n := &obs.Notes[i]
		if n.Kind != rules.NoteState {
			continue
		}
		process, number := ofFormation(n.Process)
		switch {
		case number == 0:
		case n.To == "down":
			b.Stopped(process, number, obs.At)
		case n.To == "starting", n.To == "up":
			b.Starting(process, number, obs.At)
		}
	}
}

// last is the place of a dyno, and of others that end alike.
func (h *hearing) last(dyno string) *heard {
	n := len(dyno)
	if n < len("a.1") {
		return &h.lately[0]
	}
	return &h.lately[int(dyno[0]^dyno[n-2]<<2^dyno[n-1])%len(h.lately)]
}

func (h *hearing) hear(b *budget.Budget, now heard, at time.Time) {
	*h.last(now.dyno) = now
	if process, number := ofFormation(now.dyno); number > 0 {
		b.Heard(process, number, at)
	}
}

// ofFormation takes the name of a dyno apart; the number is 0 where it is none of a formation. A Fir dyno has
// none. The router's lines may name what is no dyno's, and no text even: such a label spoils the whole scrape.
func ofFormation(dyno string) (process string, number int) {
	typ, ok := parser.Dyno([]byte(dyno))
	process = dyno[:len(typ)]
	if !ok || dyno[len(process)] != '.' || len(dyno) > maxName || parser.OneOff(typ) != "" {
		return "", 0
	}
	number, err := strconv.Atoi(dyno[len(process)+1:])
	if err != nil {
		return "", 0
	}
	return process, number
}
