package buttons

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

// The example of Slack's own documentation.
func TestSignatureOfTheDocumentation(t *testing.T) {
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
		"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
		"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
		"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body))
	if want := "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestSigned(t *testing.T) {
	now := time.Unix(1_795_316_645, 0)
	const body = "payload=x"
	f := func(what string, want bool, change func(h http.Header, secret, body *string)) {
		t.Helper()
		secret, raw, h := "s", body, http.Header{}
		h.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Unix(), 10))
		if change != nil {
			change(h, &secret, &raw)
		}
		if h.Get("X-Slack-Signature") == "" {
			h.Set("X-Slack-Signature", sign("s", h.Get("X-Slack-Request-Timestamp"), []byte(body)))
		}
		if got := signed(secret, h, []byte(raw), now); got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	at := func(d time.Duration) func(http.Header, *string, *string) {
		return func(h http.Header, _, _ *string) {
			h.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Add(d).Unix(), 10))
		}
	}
	f("right", true, nil)
	f("5 min old", true, at(-5*time.Minute))
	f("older", false, at(-5*time.Minute-time.Second))
	f("from the future", false, at(5*time.Minute+time.Second))
	f("another body", false, func(_ http.Header, _, body *string) { *body += " " })
	f("another secret", false, func(_ http.Header, secret, _ *string) { *secret = "t" })
	f("another time than signed", false, func(h http.Header, _, _ *string) {
		h.Set("X-Slack-Signature", sign("s", h.Get("X-Slack-Request-Timestamp"), []byte(body)))
		h.Set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Unix()+1, 10))
	})
	f("no time", false, func(h http.Header, _, _ *string) { h.Del("X-Slack-Request-Timestamp") })
	f("no number", false, func(h http.Header, _, _ *string) { h.Set("X-Slack-Request-Timestamp", "now") })
	f("no signature", false, func(h http.Header, _, _ *string) { h.Set("X-Slack-Signature", "v0=") })
	f("another version", false, func(h http.Header, _, _ *string) {
		h.Set("X-Slack-Signature", "v1"+sign("s", h.Get("X-Slack-Request-Timestamp"), []byte(body))[2:])
	})
}
