package logmetrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"pgregory.net/rapid"

	"drain/parser"
)

// start is when the tests begin.
var start = time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)

// world is Metrics with a registry and a clock that is moved by hand.
type world struct {
	rapid.TB // what testing.T and rapid.T have in common
	*Metrics
	now time.Time
	reg *prometheus.Registry
}

func newWorld(t rapid.TB, o Options) *world {
	w := &world{TB: t, now: start, reg: prometheus.NewPedanticRegistry()}
	o.Now = func() time.Time { return w.now }
	w.Metrics = New(o)
	if err := w.reg.Register(w.Metrics); err != nil {
		t.Fatal(err)
	}
	return w
}

// deliver commits a batch of lines received now.
func (w *world) deliver(app string, lines ...parser.Line) {
	b := w.Batch()
	b.Begin(app, w.now)
	for i := range lines {
		b.Add(&lines[i])
	}
	b.Commit()
}

// families gathers; a scrape with one bad series fails wholly.
func (w *world) families() map[string]*dto.MetricFamily {
	w.Helper()
	families, err := w.reg.Gather()
	if err != nil {
		w.Fatal(err)
	}
	byName := make(map[string]*dto.MetricFamily)
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

// want compares families with their text form, of which comments may be left out.
func (w *world) want(text string, names ...string) {
	w.Helper()
	families := w.families()
	var full strings.Builder
	for _, name := range names {
		if f := families[name]; f != nil && !strings.Contains(text, "# TYPE "+name) {
			full.WriteString("# HELP " + name + " " + f.GetHelp() + "\n")
			full.WriteString("# TYPE " + name + " " + strings.ToLower(f.GetType().String()) + "\n")
		}
	}
	if err := testutil.GatherAndCompare(w.reg, strings.NewReader(full.String()+text), names...); err != nil {
		w.Error(err)
	}
}

// value returns a series given as name{label="value",…} with all its labels in order.
func (w *world) value(series string) (value float64, ok bool) {
	w.Helper()
	name, _, _ := strings.Cut(series, "{")
	for _, m := range w.families()[name].GetMetric() {
		if nameOf(name, m) == series {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount()), true
		}
	}
	return 0, false
}

// wantValue checks one series; a histogram's value is its count.
func (w *world) wantValue(series string, want float64) {
	w.Helper()
	if got, ok := w.value(series); !ok || got != want {
		w.Errorf("%s is %v (there: %v), want %v", series, got, ok, want)
	}
}

func (w *world) wantNone(series string) {
	w.Helper()
	if got, ok := w.value(series); ok {
		w.Errorf("%s is %v, want it gone", series, got)
	}
}

func nameOf(family string, m *dto.Metric) string {
	var labels []string
	for _, l := range m.GetLabel() {
		labels = append(labels, l.GetName()+`="`+l.GetValue()+`"`)
	}
	if len(labels) == 0 {
		return family
	}
	return family + "{" + strings.Join(labels, ",") + "}"
}

// appLine is a line of an app's own text.
func appLine(at time.Time) parser.Line {
	return parser.Line{Kind: parser.KindApp, Nanos: at.UnixNano(), Proc: []byte("web.1"), Type: []byte("web")}
}

// request is a router line.
func request(at time.Time, method, dyno string, status int, service time.Duration) parser.Line {
	return parser.Line{
		Kind: parser.KindRouter, Nanos: at.UnixNano(), Proc: []byte("router"),
		Router: parser.Router{
			Pairs: true, Method: []byte(method), Dyno: []byte(dyno), Status: status,
			Service: service, Connect: time.Millisecond, Bytes: 1000,
		},
	}
}

// samples is a metrics line: name, value, name, value, …
func samples(kind parser.Kind, at time.Time, proc string, namesAndValues ...any) parser.Line {
	line := parser.Line{Kind: kind, Nanos: at.UnixNano(), Proc: []byte(proc)}
	for i := 0; i < len(namesAndValues); i += 2 {
		line.Samples = append(line.Samples, parser.Sample{Name: []byte(namesAndValues[i].(string)), Value: namesAndValues[i+1].(float64)})
	}
	return line
}

// of names the add-on of a metrics line.
func of(line parser.Line, addon, attachment string) parser.Line {
	line.Addon, line.Source = []byte(addon), []byte(attachment)
	return line
}

// code gives a line an error code.
func code(line parser.Line, code string) parser.Line {
	line.Code = []byte(code)
	return line
}
