package parser

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// from returns the Line of a text by a sender.
func from(app, proc, text string) *Line {
	return parsed("<134>1 2026-11-22T20:00:00Z host " + app + " " + proc + " - " + text)
}

func TestRouter(t *testing.T) {
	f := func(text, code string, want Router) {
		t.Helper()
		l := from("heroku", "router", text)
		if l.Fault != FaultNone || l.Kind != KindRouter || string(l.Code) != code {
			t.Errorf("%s\nfault %q kind %s code %q", text, l.Fault, l.Kind, l.Code)
		}
		if diff := cmp.Diff(want, l.Router); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
	b := func(s string) []byte { return []byte(s) }
	const ms = time.Millisecond

	f(`at=info method=GET path="/x?y=1" host=h request_id=r1 fwd="203.0.113.1" dyno=web.1 connect=0ms service=3ms status=200 bytes=6979 protocol=https`, "",
		Router{Method: b("GET"), Path: b("/x?y=1"), RequestID: b("r1"), Dyno: b("web.1"), Connect: 0, Service: 3 * ms, Status: 200, Bytes: 6979, Pairs: true})
	f(`at=error code=H12 desc="Request timeout" method=POST path="/poll" host=h request_id=r1 fwd="203.0.113.1" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https`, "H12",
		Router{Method: b("POST"), Path: b("/poll"), Desc: b("Request timeout"), RequestID: b("r1"), Dyno: b("web.1"), Connect: ms, Service: 30 * time.Second, Status: 503, Bytes: 0, Pairs: true})

	// Empty values, sock= in front, numbers without ms (H25), unquoted path (2014).
	f(`at=error code=H10 desc="App crashed" method=GET path="/" dyno= connect= service= status=503 bytes=`, "H10",
		Router{Method: b("GET"), Path: b("/"), Desc: b("App crashed"), Connect: -1, Service: -1, Status: 503, Bytes: -1, Pairs: true})
	f(`sock=backend at=error code=H18 desc="Server Request Interrupted" status=200 bytes=0`, "H18",
		Router{Desc: b("Server Request Interrupted"), Connect: -1, Service: -1, Status: 200, Bytes: 0, Pairs: true})
	f(`at=error code=H25 connect=0 service=397 status=502`, "H25",
		Router{Connect: 0, Service: 397 * ms, Status: 502, Bytes: -1, Pairs: true})
	f(`at=info method=GET path=/logs/x?a=b bytes=28054625`, "",
		Router{Method: b("GET"), Path: b("/logs/x?a=b"), Connect: -1, Service: -1, Status: -1, Bytes: 28054625, Pairs: true})

	// Any order; the first of two counts; a text in front.
	f(`status=503 dyno=web.2 code=H12 at=error code=H13 dyno=web.3 status=200`, "H12",
		Router{Dyno: b("web.2"), Connect: -1, Service: -1, Status: 503, Bytes: -1, Pairs: true})
	f(`- at=info status=200`, "", Router{Connect: -1, Service: -1, Status: 200, Bytes: -1, Pairs: true})
	f(`[sd x="y"] at=info status=200`, "", Router{Connect: -1, Service: -1, Status: 200, Bytes: -1, Pairs: true})

	// What is no number and no code.
	f(`at=info connect=1s service=-3ms status=2xx bytes=1.5`, "", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=info service=99999999999999ms status=`, "", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=error code=R14`, "", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=error code=H1`, "", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=error code=`, "", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=error code=H151`, "H151", Router{Connect: -1, Service: -1, Status: -1, Bytes: -1, Pairs: true})
	f(`at=info path="/x code=H12 y" status=200`, "", Router{Path: b("/x code=H12 y"), Connect: -1, Service: -1, Status: 200, Bytes: -1, Pairs: true})

	// No pairs: the form of 2010 to 2012, and nothing.
	f(`Error H12 (Request timeout) -> GET example.com/ dyno=web.1 queue=0 wait=0ms service=0ms bytes=0`, "", Router{})
	f(``, "", Router{})
	f(`=x`, "", Router{})
}

func TestRouterOnlyFromRouter(t *testing.T) {
	const text = `at=error code=H12 status=503`
	for _, sender := range [][2]string{{"app", "router"}, {"app", "web.1"}, {"heroku", "web.1"}, {"app", "api"}, {"x", "router"}} {
		if l := from(sender[0], sender[1], text); l.Kind == KindRouter || l.Code != nil || l.Router.Pairs {
			t.Errorf("%s[%s]: kind %s, code %q", sender[0], sender[1], l.Kind, l.Code)
		}
	}
}
