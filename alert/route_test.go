package alert

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoutes(t *testing.T) {
	f := func(name string, routes []Route, want string, alerts ...Alert) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ops, dev := &fake{name: "slack"}, &fake{name: "slack"}
				slack := &fake{name: "slack", in: map[string]*fake{"#ops": ops, "#dev": dev}}
				hook := &fake{name: "webhook"}
				d := run(t, Options{Notifiers: []Notifier{slack, hook}, Routes: routes})
				for _, a := range alerts {
					a.State = Firing
					d.Send(a)
					after(time.Minute)
				}
				var got []string
				for _, n := range []struct {
					*fake
					place string
				}{{slack, "slack"}, {ops, "#ops"}, {dev, "#dev"}, {hook, "webhook"}} {
					for _, r := range n.requests() {
						verb := "post"
						if r.was != (Receipt{}) {
							verb = "update"
						}
						got = append(got, n.place+" "+verb)
					}
				}
				if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				_ = d.end()
			})
		})
	}
	crit := Alert{App: "enketo", Cause: "redis", Rule: "redis-exhausted", Severity: Critical}
	warn := Alert{App: "enketo", Cause: "redis", Rule: "redis-high", Severity: Warning}
	other := Alert{App: "other", Cause: "redis", Rule: "redis-high", Severity: Warning}
	toOps := Route{Match: Match{Severity: Critical}, To: "slack", Channel: "#ops"}
	toDev := Route{Match: Match{App: "enketo", Rule: "redis-high"}, To: "slack", Channel: "#dev"}

	f("no routes", nil, "slack post, webhook post", crit)
	f("the one that matches", []Route{toOps}, "#ops post", crit)
	f("none matches: nothing is lost", []Route{toOps}, "slack post, webhook post", warn)
	f("all that match", []Route{toOps, toDev}, "#ops post, #dev post", func() Alert { a := crit; a.Rule = "redis-high"; return a }())
	f("all fields of a match", []Route{toDev}, "slack post, webhook post", other)
	f("worse than it began", []Route{toOps, toDev}, "#ops post, #dev post, #dev update", warn, crit)
	f("a channel nobody knows is the default", []Route{{To: "slack", Channel: "#none"}}, "slack post", crit)
	f("the default channel", []Route{{To: "webhook"}}, "webhook post", crit)
	f("the default channel by another name", []Route{{Match: Match{Severity: Critical}, To: "slack", Channel: "#none"}},
		"slack post, slack update, webhook post, webhook update", warn, crit)
	f("a notifier that isn't there", []Route{{To: "pager"}}, "slack post, webhook post", crit)
}

func TestRouteCheck(t *testing.T) {
	f := func(r Route, want ...string) {
		t.Helper()
		var got []string
		r.Check(func(field, problem, fix string) { got = append(got, field+": "+problem+": "+fix) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", r, diff)
		}
	}
	f(Route{To: "slack"})
	f(Route{Match: Match{Severity: Critical, App: "a", Rule: "r"}, To: "slack", Channel: "#ops"})
	f(Route{Match: Match{Severity: "fatal"}},
		`match.severity: unknown severity "fatal": use critical, warning or info`,
		"to: is missing: name a destination, e.g. slack")
}
