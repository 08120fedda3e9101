package parser

import "testing"

func TestKinds(t *testing.T) {
	f := func(app, proc, text string, want Kind, typ string) {
		t.Helper()
		l := from(app, proc, text)
		if l.Fault != FaultNone || l.Kind != want || string(l.Type) != typ {
			t.Errorf("%s[%s]: %s: want %s %q, got %s %q, fault %q", app, proc, text, want, typ, l.Kind, l.Type, l.Fault)
		}
	}
	f("app", "web.1", "hello", KindApp, "web")
	f("app", "web.1", "source=web.1 sample#load_avg_1m=0.1", KindApp, "web")
	f("app", "web-7f9c4b5d6-x2k8p", "hello", KindApp, "web")
	f("heroku", "web.1", "Starting process", KindDyno, "web")
	f("heroku", "imports_worker.2", "source=imports_worker.2 sample#load_avg_1m=0.1", KindRuntime, "imports_worker")
	f("heroku", "web.1", "- source=web.1 sample#load_avg_1m=0.1", KindRuntime, "web")
	f("heroku", "release.xxxx", "Process exited with status 137", KindDyno, "release")
	f("heroku", "router", "at=info", KindRouter, "")
	f("app", "router", "at=info", KindOther, "")
	f("app", "api", "Release v1 created", KindAPI, "")
	f("heroku", "api", "Release v1 created", KindAPI, "")
	f("app", "api.1", "hello", KindApp, "api")
	f("app", "heroku-redis", "source=REDIS", KindRedis, "")
	f("app", "redis", "hello", KindRedis, "")
	f("app", "redis-cubed-98704", "hello", KindRedis, "")
	f("app", "redis.1", "hello", KindRedis, "")
	f("app", "heroku-postgres", "source=DATABASE", KindPostgres, "")
	f("app", "postgres.1105947", "[YELLOW] [12-1]", KindPostgres, "")
	f("app", "heroku-pgbouncer", "source=pgbouncer", KindAddon, "")
	f("app", "heroku-kafka", "source=KAFKA", KindAddon, "")
	f("app", "memcachier", "source=MEMCACHIER sample#x=1", KindAddon, "")
	f("app", "slug-compiler", "Slug compilation started", KindOther, "")
	f("app", "-", "hello", KindOther, "")
	f("heroku", "logplex", "Error L10 (x)", KindLogplex, "")
	f("app", "log-shuttle", "Error L12: x", KindLogplex, "")
	f("myapp", "log-shuttle", "Error L12: x", KindLogplex, "")
	f("myapp", "web.1", "hello", KindOther, "")
}

func TestKindNames(t *testing.T) {
	for k := range Kind(KindCount) {
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Errorf("%s reads back as %s, %t", k, got, ok)
		}
	}
	if _, ok := ParseKind("nobody"); ok {
		t.Error("ParseKind knows nobody")
	}
	if got := Kind(KindCount).String(); got != "other" {
		t.Errorf("a kind out of range is called %q", got)
	}
}

func TestDyno(t *testing.T) {
	f := func(proc, want string) {
		t.Helper()
		typ, ok := Dyno([]byte(proc))
		if string(typ) != want || ok != (want != "") {
			t.Errorf("%s: want %q, got %q %t", proc, want, typ, ok)
		}
	}
	// Cedar
	f("web.1", "web")
	f("web.12", "web")
	f("run.1234", "run")
	f("scheduler.8317", "scheduler")
	f("release.xxxx", "release")
	f("imports_worker.2", "imports_worker")
	f("my-worker.2", "my-worker")
	f("my-big-worker.2", "my-big-worker")
	f("Web2.1", "Web2")
	f("router.1", "router")
	// Fir
	f("web-abc-123", "web")
	f("web-zaz-z09", "web")
	f("web-7f9c4b5d6-x2k8p", "web")
	f("my-worker-7f9c4b5d6-x2k8p", "my-worker")
	// Nobody's
	f("", "")
	f("web", "")
	f("web.", "")
	f(".1", "")
	f("a.b.1", "")
	f("web.1/2", "")
	f("web 2.1", "")
	f("web.-", "")
	f("-", "")
	f("--", "")
	f("-a-b", "")
	f("web-abc", "")
	f("web-ABC-123", "")
	f("web-abc-", "")
	f("we/b-abc-123", "")
	// The platform's own
	f("api", "")
	f("router", "")
	f("logplex", "")
	f("log-shuttle", "")
	f("slug-compiler", "")
	f("postgres.1105947", "")
	f("heroku-redis", "")
	f("heroku-big-kafka", "")
	f("heroku-redis.1", "")
	f("redis", "")
	f("redis.1", "")
	f("redis-cubed-98704", "")
}

func TestOneOff(t *testing.T) {
	for _, typ := range []string{"run", "scheduler", "release"} {
		if OneOff(typ) != typ || OneOff([]byte(typ)) != typ {
			t.Errorf("%s: %q", typ, OneOff(typ))
		}
	}
	for _, typ := range []string{"", "web", "runner", "Run", "re"} {
		if got := OneOff([]byte(typ)); got != "" {
			t.Errorf("%s: %q", typ, got)
		}
	}
}
