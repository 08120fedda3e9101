package daemon

import (
	"log"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// quietLog takes what net/http writes of clients' faults: at debug level, since a scanner on the
// network could otherwise fill the log.
func quietLog(to zerolog.Logger) *log.Logger {
	return log.New(serverLog{to, to.Sample(&zerolog.BurstSampler{Burst: 5, Period: time.Minute})}, "", 0)
}

type serverLog struct {
	to   zerolog.Logger
	seen zerolog.Logger // for what is no client's fault; it can come many times a second all the same
}

func (l serverLog) Write(p []byte) (int, error) {
	e := l.to.Debug()
	if strings.HasPrefix(string(p), "http: Accept error") { // no files left: nobody new is served
		e = l.seen.Warn()
	}
	e.Str("component", "http").Msg(strings.TrimSpace(string(p)))
	return len(p), nil
}

// scrapeLog takes what promhttp says of a scrape that failed.
type scrapeLog struct{ to zerolog.Logger }

func (l scrapeLog) Println(v ...any) {
	e := l.to.Error().Str("component", "metrics")
	for _, one := range v {
		if err, ok := one.(error); ok {
			e = e.Err(err)
		}
	}
	e.Msg("a scrape failed")
}
