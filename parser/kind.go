package parser

// Kind says who a line is from, judged by APPNAME and PROCID.
type Kind uint8

// The kinds. Their String is the value of metric labels and of `kind:` in rules.
const (
	KindOther    Kind   = iota // nobody known
	KindApp                    // an app's own text: APPNAME app and a dyno
	KindRouter                 // APPNAME heroku, PROCID router
	KindDyno                   // lifecycle, R-codes, "Process running mem=": APPNAME heroku and a dyno
	KindRuntime                // log-runtime-metrics: as KindDyno, and the text starts with source=
	KindAPI                    // PROCID api under either APPNAME
	KindRedis                  // PROCID heroku-redis, redis, redis-*, redis.*
	KindPostgres               // PROCID heroku-postgres, postgres.<n>
	KindAddon                  // any other add-on: PROCID heroku-*, or no dyno and the text starts with source=
	KindLogplex                // PROCID logplex or log-shuttle, under any APPNAME
	KindCount    = iota        // how many there are
)

var kindNames = [KindCount]string{"other", "app", "router", "dyno", "runtime", "api", "redis", "postgres", "addon", "logplex"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "other"
}

// ParseKind is the inverse of String.
func ParseKind(s string) (Kind, bool) {
	for k, name := range kindNames {
		if name == s {
			return Kind(k), true
		}
	}
	return KindOther, false
}

// classify says who a line is from, and the process type if it is a dyno. The text only tells
// metrics from other words of a sender that an app cannot be.
func classify(app, proc, text []byte) (kind Kind, typ []byte) {
	switch string(proc) {
	case "logplex", "log-shuttle": // log-shuttle puts the app's own name into APPNAME
		return KindLogplex, nil
	}
	platform := string(app) == "heroku"
	if !platform && string(app) != "app" {
		return KindOther, nil
	}
	switch string(proc) {
	case "router":
		if platform {
			return KindRouter, nil
		}
		return KindOther, nil
	case "api":
		return KindAPI, nil
	case "heroku-redis", "redis":
		return KindRedis, nil
	case "heroku-postgres":
		return KindPostgres, nil
	}
	typ, dyno := Dyno(proc)
	switch {
	case dyno && !platform:
		return KindApp, typ
	case dyno && hasPrefix(text, "source="):
		return KindRuntime, typ
	case dyno:
		return KindDyno, typ
	case hasPrefix(proc, "redis-"), hasPrefix(proc, "redis."):
		return KindRedis, nil
	case hasPrefix(proc, "postgres."):
		return KindPostgres, nil
	case hasPrefix(proc, "heroku-"), hasPrefix(text, "source="):
		return KindAddon, nil
	}
	return KindOther, nil
}
