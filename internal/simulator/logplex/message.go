package logplex

import (
	"fmt"
	"strconv"
	"time"
)

// Message is one log message.
type Message struct {
	Pri  int       // syslog PRI, e.g. 190 for app output; consumers should not rely on it
	Time time.Time // sent in microseconds, trailing zeros dropped, as Logplex does
	App  string    // APPNAME: app or heroku
	Proc string    // PROCID: web.1, router, api, heroku-redis
	Text string    // sent as it is: app and platform lines end in a newline, add-on metrics don't
}

// stamp drops trailing zeros of the fraction, and the fraction itself if it is zero.
const stamp = "2006-01-02T15:04:05.999999-07:00"

// frame is the message under its octet count (RFC 6587). The message has no STRUCTURED-DATA, not
// even the "-" that RFC 5424 asks for.
func (m Message) frame() []byte {
	line := fmt.Appendf(nil, "<%d>1 %s host %s %s - %s",
		m.Pri, m.Time.UTC().Format(stamp), m.App, m.Proc, m.Text)
	return append(strconv.AppendInt(nil, int64(len(line)), 10), append([]byte{' '}, line...)...)
}

// overflow is the L10 line. It has no newline, so the next frame's length follows its full stop.
func overflow(now time.Time, lost uint64, since time.Time) []byte {
	return Message{
		Pri: 172, Time: now, App: "heroku", Proc: "logplex",
		Text: fmt.Sprintf("Error L10 (output buffer overflow): %d messages dropped since %s.",
			lost, since.UTC().Format(stamp)),
	}.frame()
}
