package rules

import "time"

// RedisCause is the cause of every rule about Redis connections: they make one incident.
const RedisCause = "redis-connections"

// Builtin returns the rules that are on unless replaced or disabled by name.
func Builtin() []Rule {
	return []Rule{
		{
			Name: "redis-connections-exhausted", Severity: Critical, Cause: RedisCause,
			// Only these words are certain. Over TLS an exhausted Redis says nothing (Redis drops the
			// connection before the handshake), so the add-on's own numbers decide as well.
			Match: &Match{
				Kind: []string{"app"}, IgnoreCase: true,
				Contains: []string{"max number of clients reached", "max number of clients + cluster connections reached"},
			},
			Count: 1, Window: 2 * time.Minute,
			Metric: "redis_connections_ratio", Above: new(0.97), Samples: 1, By: []string{"addon"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis {{with .Addon}}{{.}} {{end}}is out of connections{{if .Metric}} ({{percent .Value}} of its limit){{end}}`,
		},
		{
			Name: "redis-connections-high", Severity: Warning, Cause: RedisCause,
			Metric: "redis_connections_ratio", Above: new(0.8), Samples: 2, By: []string{"addon"},
			KeepFiringFor: 5 * time.Minute,
			Summary:       `Redis {{.Addon}} uses {{percent .Value}} of its connections`,
		},
		{
			Name: "memory-quota-exceeded", Severity: Warning, Cause: "memory-quota",
			Match: &Match{Code: []string{"R14"}}, Count: 1, Window: 5 * time.Minute, By: []string{"dyno"},
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
			Name: "app-crashed", Severity: Critical,
			Match: &Match{Code: []string{"H10"}}, Count: 3, Window: time.Minute,
			KeepFiringFor: 5 * time.Minute,
			Summary:       `the app has crashed: {{.Value}} requests were refused with H10 in {{.Window}}`,
		},
		{
			Name: "request-timeouts", Severity: Warning,
			Match: &Match{Code: []string{"H12"}}, Count: 5, Window: 5 * time.Minute,
			Of: &Match{Kind: []string{"router"}}, Ratio: 0.01,
			KeepFiringFor: 5 * time.Minute,
			Summary:       `{{.Value}} requests timed out (H12) in {{.Window}}`,
		},
		{
			Name: "log-messages-lost", Severity: Warning,
			Match: &Match{Code: []string{"L10", "L12", "L13"}}, Count: 1, Window: 10 * time.Minute,
			KeepFiringFor: 10 * time.Minute,
			Summary:       `Logplex lost {{.Value}} log messages: what is seen here has holes`,
		},
	}
}
