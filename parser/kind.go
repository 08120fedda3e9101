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
	KindRedis                  // PROCID heroku-redis, redis, redis-*
	KindPostgres               // PROCID heroku-postgres, postgres.<n>
	KindAddon                  // any other add-on: PROCID heroku-*
	KindLogplex                // PROCID logplex or log-shuttle
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
