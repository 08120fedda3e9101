package daemon

import (
	"log"
	"strings"

	"github.com/rs/zerolog"
)

// quietLog takes what net/http writes of clients' faults: at debug level, since a scanner on the
// network could otherwise fill the log.
func quietLog(to zerolog.Logger) *log.Logger {
	return log.New(serverLog{to}, "", 0)
}

type serverLog struct{ to zerolog.Logger }

func (l serverLog) Write(p []byte) (int, error) {
	l.to.Debug().Str("component", "http").Msg(strings.TrimSpace(string(p)))
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
