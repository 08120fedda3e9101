package daemon

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"drain/alert"
	"drain/internal/ingest"
	"drain/internal/page"
	"drain/parser"
)

// Bounds of what is copied while somebody looks.
const (
	peekFor     = time.Minute
	peekKept    = 5 * time.Minute // after that; log text is not to lie about
	peekPause   = 100 * time.Millisecond
	peekBatches = 20
	peekLines   = 20  // of one delivery
	peekLine    = 512 // bytes
)

// peek copies the beginning of deliveries, redacted, while it is armed. Else it costs each of them the
// reading of one number.
type peek struct {
	until atomic.Int64 // Unix nanoseconds

	mu       sync.Mutex
	redactor *alert.Redactor
	last     time.Time
	batches  []page.Delivery // oldest first
}

// arm begins anew.
func (p *peek) arm(now time.Time, redactor *alert.Redactor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.redactor, p.last, p.batches = redactor, time.Time{}, nil
	p.until.Store(now.Add(peekFor).UnixNano())
}

// redact has other secrets taken out from now on, and forgets what was copied with the old ones.
func (p *peek) redact(redactor *alert.Redactor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.redactor, p.batches = redactor, nil
}

// take copies a delivery if it is armed. Of a flood it takes some.
func (p *peek) take(del *ingest.Delivery) {
	if del.At.UnixNano() >= p.until.Load() {
		return
	}
	p.mu.Lock()
	if del.At.Sub(p.last) < peekPause {
		p.mu.Unlock()
		return
	}
	p.last = del.At
	redactor := p.redactor
	p.mu.Unlock()

	one := page.Delivery{At: del.At, App: strings.Clone(del.App)}
	if one.App == "" {
		one.App = strings.Clone(del.Token[:min(len(del.Token), maxToken)])
	}
	scan := parser.NewScanner(del.Body)
	for scan.Scan() {
		if len(one.Lines) >= peekLines {
			one.More++
			continue
		}
		line := scan.Line()
		// Whole, or half a secret could be cut off and not be known for one; but not without bound.
		text := strings.ToValidUTF8(string(line.Msg[:min(len(line.Msg), 8*peekLine)]), "\uFFFD")
		text = string(line.App) + "[" + string(line.Proc) + "]: " + redactor.Redact(text)
		if len(text) > peekLine {
			text = strings.ToValidUTF8(text[:peekLine], "") + "…"
		}
		one.Lines = append(one.Lines, text)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.redactor != redactor {
		return // what is secret has changed meanwhile
	}
	if len(p.batches) >= peekBatches {
		p.batches = slices.Delete(p.batches, 0, 1)
	}
	p.batches = append(p.batches, one)
}

// view is what was copied; too old, it is forgotten.
func (p *peek) view(now time.Time) page.Debug {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := time.Unix(0, p.until.Load())
	if now.Sub(until) > peekKept {
		p.batches = nil
	}
	v := page.Debug{Batches: slices.Clone(p.batches)}
	slices.Reverse(v.Batches)
	if now.Before(until) {
		v.Until = until
	}
	return v
}
