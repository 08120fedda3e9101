package ingest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAppPassword(t *testing.T) {
	// The vector comes from Python's hmac and base64.
	if got, want := AppPassword("correct-horse", "enketo"), "o7X5j6YmjGLm1qX2EN0dYGL3St1G4lMz"; got != want {
		t.Errorf("AppPassword = %q, want %q", got, want)
	}
}

func basic(userinfo string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(userinfo))
}

func TestAdmit(t *testing.T) {
	keys := newKeyring("new", "old")
	f := func(app, authorization string, wantOwn, wantOK bool) {
		t.Helper()
		for range 2 { // the second time from what is remembered
			if own, ok := keys.admit(authorization, app); own != wantOwn || ok != wantOK {
				t.Errorf("admit(%q, %q) = %v, %v; want %v, %v", authorization, app, own, ok, wantOwn, wantOK)
			}
		}
	}
	ofNew, ofOld := AppPassword("new", "enketo"), AppPassword("old", "enketo")

	// The bare password delivers for any app, as nobody's own.
	f("enketo", basic("drain:new"), false, true)
	f("enketo", basic("drain:old"), false, true)
	f("other", basic(":new"), false, true)
	f("", basic("any user:new"), false, true)
	f("enketo", "Bearer new", false, true)
	f("enketo", "bearer   new ", false, true)

	// An app's own password delivers for that app.
	f("enketo", basic("drain:"+ofNew), true, true)
	f("enketo", basic("drain:"+ofOld), true, true)
	f("enketo", "Bearer "+ofNew, true, true)
	f("other", basic("drain:"+ofNew), false, false)
	f("", basic("drain:"+AppPassword("new", "")), false, false)

	// Anything else is wrong.
	f("enketo", "", false, false)
	f("enketo", "Basic", false, false)
	f("enketo", "Basic ", false, false)
	f("enketo", basic("new"), false, false)
	f("enketo", basic("new:"), false, false)
	f("enketo", basic("drain:"), false, false)
	f("enketo", basic("drain:New"), false, false)
	f("enketo", basic("drain:new:"), false, false)
	f("enketo", basic("drain:ne"), false, false)
	f("enketo", "Basic new", false, false)
	f("enketo", "Basic !!!", false, false)
	f("enketo", "Digest new", false, false)
	f("enketo", "Bearer "+strings.Repeat("x", 10_000), false, false)
	f("enketo", "Bearer "+ofNew[:31], false, false)
}

func TestPasswordWithColon(t *testing.T) {
	if _, ok := newKeyring("a:b").admit(basic("drain:a:b"), "enketo"); !ok {
		t.Error("the password ends at its own colon")
	}
}

func TestDerivedAreBounded(t *testing.T) {
	keys := newKeyring("master")
	for i := range 100 {
		keys.admit("Bearer wrong", fmt.Sprintf("made-up-%d", i))
	}
	if n := len(keys.derived); n != 0 {
		t.Errorf("%d apps are remembered that never showed a right password", n)
	}
	for i := range maxDerived {
		keys.derived[fmt.Sprintf("app-%d", i)] = []digest{{}}
	}
	if own, _ := keys.admit("Bearer "+AppPassword("master", "enketo"), "enketo"); !own {
		t.Error("own password refused")
	}
	if n := len(keys.derived); n != maxDerived {
		t.Errorf("%d apps are remembered, want %d", n, maxDerived)
	}
}

func TestAdmitDoesNotAllocate(t *testing.T) {
	keys := newKeyring("new", "old")
	bare, own := basic("drain:old"), basic("drain:"+AppPassword("old", "enketo"))
	keys.admit(own, "enketo")
	for _, authorization := range []string{bare, own} {
		if n := testing.AllocsPerRun(100, func() { keys.admit(authorization, "enketo") }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

func TestRequire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		f := func(h http.Handler, password string, want int) {
			t.Helper()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.SetBasicAuth("admin", password)
			w := httptest.NewRecorder()
			start := time.Now()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("status %d, want %d", w.Code, want)
			}
			refused := w.Code == http.StatusUnauthorized
			if asked := w.Header().Get("WWW-Authenticate") != ""; asked != refused {
				t.Errorf("asks for a password: %v, want %v", asked, refused)
			}
			if delayed := time.Since(start) >= time.Second; delayed != refused {
				t.Errorf("delayed: %v, want %v", delayed, refused)
			}
		}
		two := Require(next, "admin", "", "metrics")
		f(two, "admin", http.StatusTeapot)
		f(two, "metrics", http.StatusTeapot)
		f(two, "", http.StatusUnauthorized)
		f(two, "other", http.StatusUnauthorized)

		none := Require(next, "")
		f(none, "", http.StatusUnauthorized)
	})
}
