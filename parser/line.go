package parser

import (
	"bytes"
	"time"
)

// Line is one log message, taken apart. Its slices are views into the scanned body.
type Line struct {
	Nanos  int64  // TIMESTAMP in nanoseconds since the Unix epoch; 0 where there was none
	Pri    int    // PRI; never use it to tell who a line is from
	Host   []byte // HOSTNAME: "host" or the drain token
	App    []byte // APPNAME: "app" or "heroku"
	Proc   []byte // PROCID: "web.1", "router", "heroku-redis", …
	Msg    []byte // the text, without its trailing newline; all there is where the header can't be read
	Kind   Kind
	Fault  Fault  // what was wrong with the line; FaultNone if nothing. A faulty line has no Kind
	Type   []byte // process type of a dyno's PROCID ("web" of web.1); nil unless a dyno speaks
	Code   []byte // H, R or L code, from the one sender that may say it; else nil
	Source []byte // source= of a sample line: a dyno, or an add-on's attachment
	Addon  []byte // addon= of a sample line
	Dyno   []byte // dyno= of a sample line (heroku.<app id>.<dyno id>)

	Router  Router   // set where Kind is KindRouter and the text is key=value pairs
	Samples []Sample // numbers of a platform line, in base units
	Numbers Numbers  // those of them that are well known; see Known

	Lost      uint64 // messages an L10, L12 or L13 says were lost
	LostSince []byte // since when, as written
}

// Sample is one number of a platform line, under Heroku's own name (without "sample#"). The numbers
// of "Process running mem=870M(170.1%)" are called dyno_memory_bytes and dyno_memory_ratio.
type Sample struct {
	Name   []byte
	Value  float64 // bytes (kB = 1024, MB = 1024²), seconds, ratios 0..1, counts
	Metric Metric  // which well-known name that is
}

func newSample(name []byte, value float64) Sample { return Sample{name, value, MetricOf(name)} }

// Router is what the router said of one request. Absent numbers are -1, absent texts nil. Texts are
// as written, with any backslashes.
type Router struct {
	Method, Path, Dyno, Desc, RequestID []byte
	Connect, Service                    time.Duration
	Status                              int
	Bytes                               int64
	Pairs                               bool // the text was key=value pairs; without it nothing above is set
}

// Time is the line's TIMESTAMP in UTC; zero where there was none.
func (l *Line) Time() time.Time {
	if l.Nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, l.Nanos).UTC()
}

// Text is Msg as codes, pairs and samples are read from it: without the "- " or "[id name="value"] "
// that some senders of platform lines put in front, which is STRUCTURED-DATA. An app's text is Msg
// itself, since there a "- " is the app's own.
func (l *Line) Text() []byte {
	if l.Kind == KindApp || l.Kind == KindOther {
		return l.Msg
	}
	return withoutStructuredData(l.Msg)
}

func withoutStructuredData(msg []byte) []byte {
	if rest, ok := cutPrefix(msg, "- "); ok {
		return rest
	}
	if len(msg) > 0 && msg[0] == '[' {
		if i := bytes.IndexByte(msg, ']'); i > 0 && i+1 < len(msg) && msg[i+1] == ' ' {
			return msg[i+2:]
		}
	}
	return msg
}

// reset empties the line and keeps the memory of Samples.
func (l *Line) reset() { *l = Line{Samples: l.Samples[:0]} }

// forget empties what the last line set beyond its header, which the next line's overwrites. To empty
// all of a Line for each would cost as much as reading a header.
func (l *Line) forget() {
	switch l.Kind {
	case KindOther, KindApp, KindAPI:
	case KindRouter:
		l.Code = nil
		l.Router.forget()
	case KindLogplex:
		l.Code, l.Lost, l.LostSince = nil, 0, nil
	case KindDyno:
		l.Code, l.Samples = nil, l.Samples[:0]
	default:
		l.Source, l.Addon, l.Dyno, l.Samples = nil, nil, nil, l.Samples[:0]
		l.Numbers = Numbers{}
	}
}

// forget empties r, field by field: the whole at once would be copied from an empty one.
func (r *Router) forget() {
	r.Method, r.Path, r.Dyno, r.Desc, r.RequestID = nil, nil, nil, nil, nil
	r.Connect, r.Service, r.Status, r.Bytes, r.Pairs = 0, 0, 0, 0, false
}

// bad makes the line one that could not be read, but for the header fields already set.
func (l *Line) bad(fault Fault, text []byte) {
	l.Fault, l.Msg = fault, text[:min(len(text), MaxFrame)]
}

// spoil takes back what a line said: it was read, but can't be trusted.
func (l *Line) spoil(fault Fault) {
	*l = Line{Nanos: l.Nanos, Pri: l.Pri, Host: l.Host, App: l.App, Proc: l.Proc, Msg: l.Msg, Fault: fault, Samples: l.Samples[:0]}
}
