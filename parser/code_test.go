package parser

import "testing"

func TestCodes(t *testing.T) {
	f := func(app, proc, text, want string) {
		t.Helper()
		if l := from(app, proc, text); string(l.Code) != want || want == "" && l.Code != nil {
			t.Errorf("%s[%s]: %s: want %q, got %q", app, proc, text, want, l.Code)
		}
	}
	f("heroku", "web.1", "Error R14 (Memory quota exceeded)", "R14")
	f("heroku", "web.1", "- Error R14 (Memory quota exceeded)", "R14")
	f("heroku", "web.1", `[sd x="y"] Error R14 (Memory quota exceeded)`, "R14")
	f("heroku", "worker-7f9c4b5d6-x2k8p", "Error R12 (Exit timeout) -> At least one process failed", "R12")
	f("heroku", "web.1", "Error R151 (Something new)", "R151")
	f("heroku", "web.1", "Error R1 (x)", "")
	f("heroku", "web.1", "Error R1234 (x)", "")
	f("heroku", "web.1", "Error R14", "")
	f("heroku", "web.1", "Error R14x (x)", "")
	f("heroku", "web.1", "Error H12 (Request timeout)", "")
	f("heroku", "web.1", "Error L10 (output buffer overflow): 1 messages", "")
	f("heroku", "web.1", "said Error R14 (Memory quota exceeded)", "")
	f("heroku", "web.1", "Error ", "")

	// An app may print what it likes.
	f("app", "web.1", "Error R14 (Memory quota exceeded)", "")
	f("app", "run.3", "Error R13 (Attach error) -> Failed to attach to process", "")
	f("app", "api", "Error R14 (Memory quota exceeded)", "")
	f("app", "heroku-redis", "Error R14 (Memory quota exceeded)", "")
	f("app", "web.1", "Error L10 (output buffer overflow): 1 messages dropped since x.", "")

	f("heroku", "logplex", "Error L10 (output buffer overflow): 1 messages dropped since x.", "L10")
	f("heroku", "logplex", "- Error L10 (output buffer overflow): 1 messages dropped since x.", "L10")
	f("heroku", "logplex", "L11 (Tail buffer overflow) -> This tail session dropped 1101 messages since x", "L11")
	f("app", "log-shuttle", "Error L12: 222 messages dropped since x.", "L12")
	f("heroku", "logplex", `Error L14 (certificate validation): error="bad certificate"`, "L14")
	f("heroku", "logplex", "Error R14 (Memory quota exceeded)", "")
}

func TestLoss(t *testing.T) {
	f := func(proc, text string, lost uint64, since string) {
		t.Helper()
		if l := from("heroku", proc, text); l.Lost != lost || string(l.LostSince) != since {
			t.Errorf("%s: want %d since %q, got %d since %q", text, lost, since, l.Lost, l.LostSince)
		}
	}
	const l10 = "Error L10 (output buffer overflow): "
	f("logplex", l10+"500 messages dropped since 2013-04-17T19:04:46+00:00.", 500, "2013-04-17T19:04:46+00:00")
	f("logplex", "- "+l10+"500 messages dropped since 2013-04-17T19:04:46+00:00.", 500, "2013-04-17T19:04:46+00:00")
	f("logplex", l10+"1 messages dropped since 2023-02-11T20:46:37.307999+00:00.", 1, "2023-02-11T20:46:37.307999+00:00")
	f("logplex", l10+"drain 'd.cfcd3264-1' dropped 302626 messages since 2020-06-12T14:40:59.280571+00:00.", 302626, "2020-06-12T14:40:59.280571+00:00")
	f("log-shuttle", "Error L12: 222 messages dropped since 2013-11-04T21:31:32.125756+00:00.", 222, "2013-11-04T21:31:32.125756+00:00")
	f("log-shuttle", "- Error L12: 3 messages dropped since 2020-01-01T00:00:00Z", 3, "2020-01-01T00:00:00Z")
	f("log-shuttle", "Error L13: 111 messages lost since 2013-11-04T21:31:32.125756+00:00.", 111, "2013-11-04T21:31:32.125756+00:00")

	f("logplex", "L11 (Tail buffer overflow) -> This tail session dropped 1101 messages since 2011-05-03T17:35:00+00:00", 0, "")
	f("logplex", l10+"many messages dropped since 2013-04-17T19:04:46+00:00.", 0, "")
	f("logplex", l10+"-5 messages dropped since 2013-04-17T19:04:46+00:00.", 0, "")
	f("logplex", l10+"99999999999999999999 messages dropped since 2013-04-17T19:04:46+00:00.", 0, "")
	f("logplex", l10+"5 messages dropped.", 5, "")
	f("logplex", l10, 0, "")
	f("web.1", l10+"500 messages dropped since 2013-04-17T19:04:46+00:00.", 0, "")
}
