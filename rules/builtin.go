package rules

import (
	"slices"
	"time"
)

// Builtin returns the rules that are on unless replaced or disabled by name.
func Builtin() []Rule {
	return slices.Concat(redisRules(), memoryRules(), routerRules(), otherRules())
}

func memoryRules() []Rule {
	return []Rule{
		{
			Name: "memory-quota-exceeded", Severity: Warning, Cause: "memory-quota",
			Match: &Match{Code: []string{"R14"}}, Count: 1, Window: 5 * time.Minute, By: []string{"dyno"},
			InhibitedBy:   []string{"memory-quota-vastly-exceeded"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `{{.Dyno}} is over its memory quota{{with .Memory}} ({{.}}){{end}}`,
		},
		{
			Name: "memory-quota-vastly-exceeded", Severity: Critical, Cause: "memory-quota",
			Match: &Match{Code: []string{"R15"}}, Count: 1, Window: 10 * time.Minute, By: []string{"dyno"},
			KeepFiringFor: 10 * time.Minute,
			Summary:       `{{.Dyno}} was killed: far over its memory quota{{with .Memory}} ({{.}}){{end}}`,
		},
		{
			// Only where log-runtime-metrics is on. The window is long, so that the first rise of a garbage
			// collector's sawtooth is no leak: nothing is said before 40 min.
			Name: "memory-forecast", Severity: Info, Cause: "memory-quota",
			Forecast:      &Forecast{Metric: "dyno_memory_ratio", Above: new(1.0), Within: 15 * time.Minute, Window: 2 * time.Hour},
			InhibitedBy:   []string{"memory-quota-exceeded", "memory-quota-vastly-exceeded"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `{{.Dyno}} will be over its memory quota in {{.Eta}}, if it goes on like this`,
		},
	}
}

// symptom is what tells that the app's Redis, its database or the app itself is the trouble, and
// failing requests only follow from it.
func symptom(more ...string) []string {
	return append([]string{
		"redis-connections-exhausted", "redis-exhaustion-suspected", "redis-drops", "postgres-connections-exhausted",
	}, more...)
}

// afterAction is longer than redis-connections-exhausted is kept: the last requests of dynos that we
// stopped fail a little later.
const afterAction = 6 * time.Minute

func routerRules() []Rule {
	return []Rule{
		{
			Name: "app-crashed", Severity: Critical,
			Match: &Match{Code: []string{"H10"}}, Count: 3, Window: time.Minute,
			KeepFiringFor: 5 * time.Minute,
			Summary:       `the app has crashed: {{.Value}} requests were refused with H10 in {{.Window}}`,
		},
		{
			Name: "request-timeouts", Severity: Warning,
			Match: &Match{Code: []string{"H12"}}, Count: 5, Window: 5 * time.Minute,
			Of: &Match{Kind: []string{"router"}}, Ratio: 0.01,
			InhibitedBy: symptom("app-crashed"), MuteWhen: Mute{Action: afterAction},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `{{.Value}} requests timed out (H12) in {{.Window}}`,
		},
		{
			Name: "boot-timeout", Severity: Critical,
			Match: &Match{Code: []string{"R10"}}, Count: 1, Window: 10 * time.Minute,
			KeepFiringFor: 10 * time.Minute,
			Summary:       `a web process did not bind to $PORT within 60 s and was killed (R10)`,
		},
		{
			Name: "no-web-dynos", Severity: Warning,
			Match: &Match{Code: []string{"H14"}}, Count: 3, Window: time.Minute,
			MuteWhen:      Mute{ShutDown: []string{"web"}, Maintenance: 5 * time.Minute},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `there are no web dynos: {{.Value}} requests were refused with H14 in {{.Window}}`,
		},
		{
			// In maintenance mode the router answers 503, and nothing is wrong. Of 50 requests 3 fail by
			// chance, once a day where 0.5 % do; 5 once in half a year.
			Name: "router-errors", Severity: Warning,
			Match: &Match{Kind: []string{"router"}, Status: []Status{"5xx"}}, Count: 5, Window: 5 * time.Minute,
			Of: &Match{Kind: []string{"router"}}, Ratio: 0.05, Volume: 50,
			InhibitedBy:   symptom("app-crashed", "no-web-dynos", "request-timeouts", "boot-timeout"),
			MuteWhen:      Mute{Maintenance: 5 * time.Minute, Action: afterAction},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `{{.Value}} requests failed with 5xx in {{.Window}}`,
		},
	}
}

func otherRules() []Rule {
	return []Rule{
		{
			// Node's cluster master says so when a worker ended and another begins in its place. The
			// dyno stays up, so Heroku says nothing.
			Name: "worker-crash-loop", Severity: Warning,
			Match: &Match{Contains: []string{"sadly passed away. It will be reincarnated"}}, Count: 5, Window: time.Minute,
			InhibitedBy:   symptom(),
			KeepFiringFor: 5 * time.Minute,
			Summary:       `the app's worker processes end and begin again: {{.Value}} times in {{.Window}}`,
		},
		{
			Name: "postgres-connections-exhausted", Severity: Critical, Cause: "postgres-connections",
			Match: &Match{
				Kind: []string{"app", "postgres"},
				Contains: []string{
					"remaining connection slots are reserved", "sorry, too many clients already",
					"too many connections for role", "too many connections for database",
				},
			},
			Count: 1, Window: 2 * time.Minute,
			Metric: "postgres_connections_ratio", Above: new(0.97), Samples: 1, By: []string{"addon"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Postgres {{with .Addon}}{{.}} {{end}}is out of connections{{if .Metric}} ({{percent .Value}} of its limit){{end}}`,
		},
		{
			Name: "log-messages-lost", Severity: Warning,
			Match: &Match{Code: []string{"L10", "L12", "L13"}}, Count: 1, Window: 10 * time.Minute,
			KeepFiringFor: 10 * time.Minute,
			Summary:       `Logplex lost {{.Value}} log messages: what is seen here has holes`,
		},
		{
			// Whatever else is wrong, nobody would be told. Four times a night of 7 h is more than the 27.6 h
			// in which each dyno is restarted, and so heard: a quiet weekend is nobody's trouble.
			Name: "drain-silent", Severity: Warning,
			Silent:  &Silent{Of: "app", Factor: 4, Floor: 15 * time.Minute, Ceiling: longestSilence},
			Summary: `nothing has come from the app's log for {{seconds .Value}}: its drain is gone, or the app is`,
		},
	}
}
