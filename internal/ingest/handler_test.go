package ingest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // wrong passwords wait
		h, _ := newHandler(t, Options{MaxBody: 100})
		f := func(r *http.Request, want int) {
			t.Helper()
			if got := serve(h, r); got != want {
				t.Errorf("%s %s: status %d, want %d", r.Method, r.URL, got, want)
			}
		}
		wrong := post("/logs/enketo", "", "Authorization: Bearer wrong")
		nobody := post("/logs/enketo?password=secret", "")
		nobody.Header.Del("Authorization")
		get := post("/logs/enketo", "")
		get.Method = http.MethodGet

		f(post("/logs/enketo", "body"), 204)
		f(post("/logs/enketo", ""), 204)
		f(post("/logs", "body"), 204)
		f(post("/logs/a", "body"), 204)
		f(post("/logs/"+strings.Repeat("a", 30), "body"), 204)
		f(post("/logs/enketo", strings.Repeat("x", 100)), 204)
		f(post("/logs/enketo", "body", "Content-Type: application/x-www-form-urlencoded"), 204)
		f(post("/logs/enketo", "body", "Content-Encoding: identity"), 204)

		f(wrong, 401)
		f(nobody, 401)

		f(post("/logs/", "body"), 404)
		f(post("/logs/Enketo", "body"), 404)
		f(post("/logs/4enketo", "body"), 404)
		f(post("/logs/enketo-", "body"), 404)
		f(post("/logs/enketo_1", "body"), 404)
		f(post("/logs/enketo/", "body"), 404)
		f(post("/logs/enketo/more", "body"), 404)
		f(post("/logs/"+strings.Repeat("a", 31), "body"), 404)
		f(post("/logsenketo", "body"), 404)
		f(post("/", "body"), 404)

		f(get, 405)
		f(post("/logs/enketo", strings.Repeat("x", 101)), 413)
		f(post("/logs/enketo", "body", "Content-Encoding: zstd"), 415)
	})
}

func TestDeliveryIsWhatTheHeadersSay(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	ofEnketo := AppPassword("secret", "enketo")
	sink := &record{}
	h, _ := newHandler(t, Options{
		Sink: sink,
		Now:  func() time.Time { return now },
		Resolve: func(token string) (string, bool) {
			return "enketo", token == "d.known"
		},
	})
	f := func(r *http.Request, want Delivery) {
		t.Helper()
		want.At = now
		if code := serve(h, r); code != 204 {
			t.Fatalf("status %d", code)
		}
		got := sink.deliveries()
		if diff := cmp.Diff(want, got[len(got)-1], cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("delivery (-want +got):\n%s", diff)
		}
	}

	f(post("/logs/enketo", "body", "Logplex-Msg-Count: 3", "Logplex-Frame-Id: 09C5", "Logplex-Drain-Token: d.1"),
		Delivery{App: "enketo", Token: "d.1", FrameID: "09C5", MsgCount: 3, Body: []byte("body")})
	f(post("/logs/enketo", "body", "X-Request-Id: 7"),
		Delivery{App: "enketo", MsgCount: -1, Body: []byte("body")})
	f(post("/logs/enketo", "body", "Authorization: Bearer "+ofEnketo),
		Delivery{App: "enketo", Own: true, MsgCount: -1, Body: []byte("body")})

	// By drain token.
	f(post("/logs", "body", "Logplex-Drain-Token: d.known"),
		Delivery{App: "enketo", Token: "d.known", MsgCount: -1, Body: []byte("body")})
	f(post("/logs", "body", "Logplex-Drain-Token: d.known", "Authorization: Bearer "+ofEnketo),
		Delivery{App: "enketo", Token: "d.known", Own: true, MsgCount: -1, Body: []byte("body")})
	f(post("/logs", "body", "Logplex-Drain-Token: d.unknown"),
		Delivery{Token: "d.unknown", MsgCount: -1, Body: []byte("body")})

	// Counts that are none.
	for _, n := range []string{"-1", "+1", "1.5", "x", "99999999", "1 2"} {
		f(post("/logs/enketo", "", "Logplex-Msg-Count: "+n), Delivery{App: "enketo", MsgCount: -1})
	}
}

func TestOpenWithoutPasswords(t *testing.T) {
	sink := &record{}
	h, err := New(Options{Sink: sink})
	if err != nil {
		t.Fatal(err)
	}
	if !h.Open() {
		t.Error("Open() = false without a password")
	}
	r := httptest.NewRequest(http.MethodPost, "/logs/enketo", strings.NewReader("body"))
	if code := serve(h, r); code != 204 {
		t.Errorf("status %d, want 204", code)
	}
	r = post("/logs/enketo", "body", "Authorization: Bearer "+AppPassword("", "enketo"))
	if code := serve(h, r); code != 204 {
		t.Errorf("status %d, want 204", code)
	}
	for _, d := range sink.deliveries() {
		if d.Own {
			t.Error("a delivery nobody vouches for counts as the app's own")
		}
	}
}

func TestARepeatIsNotJudgedAgain(t *testing.T) {
	sink := &record{}
	h, _ := newHandler(t, Options{Sink: sink})
	for range 3 {
		if code := serve(h, post("/logs/enketo", "body", "Logplex-Frame-Id: 1")); code != 204 {
			t.Errorf("status %d, want 204", code)
		}
	}
	serve(h, post("/logs/other", "body", "Logplex-Frame-Id: 1"))
	serve(h, post("/logs/enketo", "body"))
	serve(h, post("/logs/enketo", "body"))
	if n := len(sink.deliveries()); n != 4 {
		t.Errorf("%d deliveries judged, want 4", n)
	}
}

func TestAPanicReleasesEverything(t *testing.T) {
	panics := true
	h, reg := newHandler(t, Options{Sink: sinkFunc(func(*Delivery) int {
		if panics {
			panic("bad line")
		}
		return 1
	})})
	request := func() *http.Request { return post("/logs/enketo", "body", "Logplex-Frame-Id: 1") }
	if code := serve(h, request()); code != 500 {
		t.Errorf("status %d, want 500", code)
	}
	if n := metric(t, reg, "drain_ingest_in_flight_bytes"); n != 0 || h.InFlight() != 0 {
		t.Errorf("%v bytes and %d deliveries are still in flight", n, h.InFlight())
	}
	panics = false
	if code := serve(h, request()); code != 204 {
		t.Errorf("the retry got %d, want 204", code)
	}
	if n := metric(t, reg, "drain_ingest_duplicates_total"); n != 0 {
		t.Error("the retry counts as a repeat of something that was judged")
	}
}

func TestQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHandler(t, Options{Sink: sinkFunc(func(*Delivery) int {
			time.Sleep(time.Second)
			return 0
		})})
		f := func(wantQuiet time.Duration, wantInFlight int) {
			t.Helper()
			if quiet, n := h.Quiet(), h.InFlight(); quiet != wantQuiet || n != wantInFlight {
				t.Errorf("quiet for %v with %d in flight, want %v and %d", quiet, n, wantQuiet, wantInFlight)
			}
		}
		time.Sleep(5 * time.Second)
		f(5*time.Second, 0)
		go serve(h, post("/logs/enketo", "body"))
		time.Sleep(time.Second / 2)
		f(0, 1)
		time.Sleep(time.Second)
		f(time.Second/2, 0)
		serve(h, post("/logs/enketo", "body", "Authorization: Bearer wrong"))
		f(time.Second*3/2, 0) // a stranger doesn't keep us open
	})
}

func TestNewSaysWhatCannotBe(t *testing.T) {
	f := func(o Options, want string) {
		t.Helper()
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want %q in it", err, want)
		}
	}
	_, reg := newHandler(t, Options{})
	f(Options{}, "Sink")
	f(Options{Sink: &record{}, MaxInFlight: 1 << 20}, "MaxInFlight")
	f(Options{Sink: &record{}, Registerer: reg}, "registering metrics")
}
