package rules

import (
	"fmt"
	"strings"
	"text/template"
	"time"
)

// summaryData is what the templates of summary and details can use.
type summaryData struct {
	App, Process, Dyno, Addon, Code, Key string
	Metric                               string  // empty where lines were counted
	Value                                float64 // the count or the figure
	Bound                                float64
	Window                               string // 5m, 1h30m
	Memory                               string // "870MB, 170%": the dyno's newest within 30 s, else empty
	Labels                               map[string]string
	Eta                                  string // 12m: when a forecast says that the bound is reached
}

var summaryFuncs = template.FuncMap{
	"percent": func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) },
	"bytes":   formatBytes,
	"seconds": formatSeconds,
}

// parseWords parses both templates. The first error is of the one that is returned as nil.
func parseWords(r Rule) (summary, details *template.Template, err error) {
	if summary, err = parseWord("summary", r.Summary, r); err != nil {
		return nil, nil, err
	}
	details, err = parseWord("details", r.Details, r)
	return summary, details, err
}

func parseWord(name, text string, r Rule) (*template.Template, error) {
	t, err := template.New(name).Funcs(summaryFuncs).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, err
	}
	// A misspelt field only shows when the template runs; better now than in the incident.
	var b strings.Builder
	for _, m := range []string{"", r.figured()} {
		if err := t.Execute(&b, summaryData{Metric: m, Dyno: "web.1", Addon: "REDIS", Memory: "1MB, 1%", Eta: "12m", Labels: r.Labels}); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func defaultSummary(r Rule) string {
	if !r.own() {
		return r.Name + `{{with .Key}} ({{.}}){{end}}`
	}
	if r.Silent != nil {
		return r.Name + `: nothing from {{or .Key "the app"}} for {{seconds .Value}}`
	}
	if r.Outlier != nil {
		return r.Name + `: {{.Dyno}} stands out: ` + r.Outlier.Metric + ` is {{.Value}}, more than {{.Bound}}`
	}
	if r.Forecast != nil {
		return r.Name + `: ` + r.Forecast.Metric + ` {{.Value}} will be {{.Bound}}{{with .Eta}} in {{.}}{{end}}{{with .Key}} ({{.}}){{end}}`
	}
	if r.Metric != "" {
		return r.Name + `: ` + r.Metric + ` is {{.Value}}{{with .Key}} ({{.}}){{end}}`
	}
	return r.Name + `: {{.Value}} in {{.Window}}{{with .Key}} ({{.}}){{end}}`
}

func formatBytes(v float64) string {
	switch {
	case v >= 1<<30:
		return fmt.Sprintf("%.1fGB", v/(1<<30))
	case v >= 1<<20:
		return fmt.Sprintf("%.0fMB", v/(1<<20))
	default:
		return fmt.Sprintf("%.0fB", v)
	}
}

// formatSeconds makes 1.2s of 1.2037, and 15m of 900.
func formatSeconds(v float64) string {
	d := time.Duration(v * float64(time.Second))
	switch {
	case d >= time.Minute:
		d = d.Round(time.Second)
	case d >= time.Second:
		d = d.Round(100 * time.Millisecond)
	default:
		d = d.Round(time.Millisecond)
	}
	return formatDuration(d)
}

// formatDuration is time.Duration's String without the zero units: 5m, not 5m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
