package slack

import (
	"bytes"
	"errors"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
	"drain/alert/plot"
	"drain/internal/simulator/faults"
	simulated "drain/internal/simulator/slack"
)

// figured is a bot that knows all figures but that of web.1.
func figured(t *testing.T, s *simulated.Server, via http.RoundTripper) *Notifier {
	t.Helper()
	n := botOf(t, s, s.Channel, via)
	n.figure = func(app, name string) (plot.Figure, bool) {
		f := plot.Figure{Title: "Memory of " + name, Now: "103 %", From: time.Now(), Step: time.Minute, Shares: []float32{0.5, 1.03}}
		return f, app == "enketo" && name != "web.1"
	}
	return n
}

// leaking is an incident with two alerts whose figures could be drawn, and one that is over.
func leaking() alert.Incident {
	inc := redis()
	inc.App, inc.State = "enketo", alert.Firing
	inc.Alerts = []alert.Alert{
		{Rule: "crashed", State: alert.Firing},
		{Rule: "memory", Key: "web.1", State: alert.Firing, Plot: "web.1"},
		{Rule: "memory", Key: "web.2", State: alert.Firing, Plot: "web.2"},
	}
	return inc
}

// The picture is a reply to the incident's message, and says what it shows to those who can't see it.
func TestPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulated(t)
		n := figured(t, s, inMemory{s})
		receipt, err := n.Notify(t.Context(), leaking(), alert.Receipt{})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Picture(t.Context(), leaking(), receipt); err != nil {
			t.Fatal(err)
		}
		m := s.Messages()
		if len(m) != 2 || m[1].File == nil || m[1].Thread != receipt.TS {
			t.Fatalf("%d messages, want the second to be a picture in the thread: %+v", len(m), m)
		}
		file := m[1].File
		words := "Memory of web.2, from 00:00 to 00:02 UTC: 103 % now, 50 % of the limit at first, 103 % at most."
		if diff := cmp.Diff([]string{"plot.png", "Memory of web.2", words}, []string{file.Name, file.Title, file.Alt}); diff != "" {
			t.Error(diff)
		}
		p, err := png.Decode(bytes.NewReader(file.Data))
		if err != nil || p.Bounds().Dx() != plot.Width || p.Bounds().Dy() != plot.Height {
			t.Errorf("%v, %v", p, err)
		}
	})
}

// Without a figure there is no request.
func TestNoPicture(t *testing.T) {
	s := newSimulated(t)
	s.Faults.Always(faults.Fault{Status: 500})
	over := leaking()
	over.Alerts[2].State = alert.Resolved
	hook, err := New(Options{WebhookURL: "https://hooks.test" + s.Hook, HTTPClient: &http.Client{Transport: inMemory{s}}, Figure: figured(t, s, nil).figure})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]struct {
		n   *Notifier
		inc alert.Incident
	}{
		"nothing to draw": {figured(t, s, inMemory{s}), redis()},
		"over":            {figured(t, s, inMemory{s}), over},
		"no figures":      {botOf(t, s, s.Channel, inMemory{s}), leaking()},
		"a webhook":       {hook, leaking()},
		"too few to draw": {unknown(figured(t, s, inMemory{s})), leaking()},
	} {
		if err := f.n.Picture(t.Context(), f.inc, alert.Receipt{Channel: s.ChannelID, TS: "1.2"}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func unknown(n *Notifier) *Notifier {
	n.figure = func(string, string) (plot.Figure, bool) { return plot.Figure{Shares: []float32{1}}, true }
	return n
}

// What fails before the picture can be there may be tried again; what fails when it may be there may not,
// unless Slack says that it isn't.
func TestPictureErrors(t *testing.T) {
	const (
		never = iota // not with this token
		final
		again
	)
	f := func(name string, at int, fault faults.Fault, want int, says string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulated(t)
				n := figured(t, s, inMemory{s})
				receipt, err := n.Notify(t.Context(), leaking(), alert.Receipt{})
				if err != nil {
					t.Fatal(err)
				}
				if at == 0 {
					s.Revoke("files:write")
				} else {
					s.Faults.Next(at-1, faults.Fault{})
					s.Faults.Next(1, fault)
				}
				err = n.Picture(t.Context(), leaking(), receipt)
				retry, isRetry := errors.AsType[*alert.RetryError](err)
				_, unable := errors.AsType[*alert.UnableError](err)
				if err == nil || isRetry != (want == again) || unable != (want == never) || !strings.Contains(err.Error(), says) {
					t.Errorf("%T %v, want one that says %s", err, err, says)
				}
				if isRetry && fault.RetryAfter != retry.After {
					t.Errorf("a pause of %v, want %v", retry.After, fault.RetryAfter)
				}
				if strings.Contains(err.Error(), "/upload/") || strings.Contains(err.Error(), s.Token) {
					t.Errorf("it tells a secret: %v", err)
				}
			})
		})
	}
	f("scope", 0, faults.Fault{}, never, "files:write")
	for at := 1; at <= 3; at++ {
		f("limited", at, faults.Fault{Status: 429, RetryAfter: 7 * time.Second}, again, "rate limited")
	}
	f("begin", 1, faults.Fault{Status: 503}, again, "503")
	f("send", 2, faults.Fault{Status: 503}, again, "503")
	f("send, nothing there", 2, faults.Fault{Status: 404}, final, "404")
	f("show", 3, faults.Fault{Status: 503}, final, "503")
}

// A URL that isn't Slack's gets neither the token nor the picture.
func TestPictureElsewhere(t *testing.T) {
	w := newWorkspace(t)
	w.answer = func(rw http.ResponseWriter, _ *http.Request) bool {
		_, _ = rw.Write([]byte(`{"ok":true,"file_id":"F1","upload_url":"https://elsewhere.test/upload/secret-ticket"}`))
		return true
	}
	n := w.bot()
	n.figure = figured(t, newSimulated(t), nil).figure
	err := n.Picture(t.Context(), leaking(), alert.Receipt{Channel: "C1", TS: "1.2"})
	if err == nil || strings.Contains(err.Error(), "secret-ticket") || w.log() != "files.getUploadURLExternal" {
		t.Errorf("%v; requests %s", err, w.log())
	}
}
