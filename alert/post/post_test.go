package post

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"drain/alert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "s3cr3ts3cr3t"

// send makes one request to a server that answers by h.
func send(t *testing.T, h http.HandlerFunc) error {
	t.Helper()
	return sendWithin(t, time.Minute, h)
}

func sendWithin(t *testing.T, timeout time.Duration, h http.HandlerFunc) error {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	to, err := URL(strings.Replace(srv.URL, "://", "://user:"+secret+"@", 1) + "/" + secret)
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{Name: "there", HTTP: srv.Client(), Timeout: timeout, Secrets: []string{secret}})
	err = c.Send(t.Context(), to, http.Header{"X-Id": {"7"}}, []byte(`{"a":1}`))
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the error holds the secret: %v", err)
	}
	return err
}

func TestSend(t *testing.T) {
	err := send(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		if r.Method != http.MethodPost || string(body) != `{"a":1}` || r.Header.Get("Content-Type") != "application/json" ||
			r.Header.Get("X-Id") != "7" || user != "user" || password != secret {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	f := func(status int, retryAfter, want string, again bool, after time.Duration) {
		t.Helper()
		err := send(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", retryAfter)
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "no\n"+secret)
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: error %v, want %q", status, err, want)
			return
		}
		retry, is := errors.AsType[*alert.RetryError](err)
		late := time.Duration(0)
		if strings.HasSuffix(retryAfter, "GMT") {
			late = 30 * time.Second // a date has no fractions, and this machine may be slow
		}
		if is != again || is && (retry.After > after || retry.After < after-late) {
			t.Errorf("%d, Retry-After %q: %#v; want again %v, after %v", status, retryAfter, err, again, after)
		}
		if e, ok := errors.AsType[*StatusError](err); !ok || e.Code != status {
			t.Errorf("%d: no StatusError: %#v", status, err)
		}
	}
	f(400, "", `HTTP status 400: "no [redacted]"`, false, 0)
	f(401, "", "HTTP status 401", false, 0)
	f(404, "9", "HTTP status 404", false, 0)
	f(301, "", "redirects are not followed", false, 0)
	f(307, "", "redirects are not followed", false, 0)
	f(408, "", "HTTP status 408", true, 0)
	f(425, "", "HTTP status 425", true, 0)
	f(429, "7", "HTTP status 429", true, 7*time.Second)
	f(429, "", "HTTP status 429", true, limitedPause)
	f(429, "soon", "HTTP status 429", true, limitedPause)
	f(429, "99999999", "HTTP status 429", true, maxPause)
	f(500, "", "HTTP status 500", true, 0)
	f(503, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat), "HTTP status 503", true, time.Minute)
	f(503, time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat), "HTTP status 503", true, 0)
}

func TestLongAnswerIsCut(t *testing.T) {
	err := send(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, strings.Repeat("x", 10*maxAnswer))
	})
	if err == nil || len(err.Error()) > 2*maxQuoted {
		t.Errorf("error of %d bytes", len(err.Error()))
	}
}

func TestNoAnswer(t *testing.T) {
	f := func(want string, timeout time.Duration, h http.HandlerFunc) {
		t.Helper()
		err := sendWithin(t, timeout, h)
		if _, again := errors.AsType[*alert.RetryError](err); !again || !strings.Contains(err.Error(), want) {
			t.Errorf("error %#v, want one to retry with %q", err, want)
		}
	}
	f("no answer in time", 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // until the client has gone, the context doesn't end otherwise
		<-r.Context().Done()
	})
	f("EOF", time.Minute, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

	to, err := URL("http://user:" + secret + "@127.0.0.1:1/" + secret)
	if err != nil {
		t.Fatal(err)
	}
	err = New(Options{Name: "there"}).Send(context.Background(), to, nil, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "there: 127.0.0.1:1: dial") || strings.Contains(err.Error(), secret) {
		t.Errorf("error %v", err)
	}
}

func TestURL(t *testing.T) {
	for _, raw := range []string{"", "host", "ftp://h/" + secret, "http://", "http://u:%zz@" + secret} {
		if _, err := URL(raw); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("URL(%q): %v", raw, err)
		}
	}
}
