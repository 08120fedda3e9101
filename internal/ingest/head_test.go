package ingest

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// logplexHead is what Logplex sends, behind Heroku's router.
const logplexHead = "POST /logs/enketo HTTP/1.1\r\nHost: drain.example.com\r\nConnection: keep-alive\r\n" +
	"Authorization: Basic ZHJhaW46c2VjcmV0\r\nContent-Type: application/logplex-1\r\nLogplex-Msg-Count: 3\r\n" +
	"Logplex-Frame-Id: 09C557EAFCFB6CF2740EE62F62971098\r\nLogplex-Drain-Token: d.73ea7440-270a-435a-a0ea-adf50b4e5f5a\r\n" +
	"User-Agent: Logplex/v72\r\nX-Request-Id: 407b828f-ec16-bfef-cff3-25e749e57945\r\nX-Forwarded-For: 203.0.113.7\r\n" +
	"Content-Length: 350\r\n\r\n"

func TestParseHead(t *testing.T) {
	h, ok := parseHead(logplexHead)
	if !ok {
		t.Fatal("what Logplex sends isn't plain")
	}
	got := [...]string{
		h.path, h.header(headerAuthorization), h.header(headerToken), h.header(headerFrameID), h.header(headerMsgCount), h.header(headerEncoding),
	}
	want := [...]string{
		"/logs/enketo", "Basic ZHJhaW46c2VjcmV0", "d.73ea7440-270a-435a-a0ea-adf50b4e5f5a", "09C557EAFCFB6CF2740EE62F62971098", "3", "",
	}
	if got != want || h.size != 350 {
		t.Errorf("got %q and %d, want %q and 350", got, h.size, want)
	}
}

func TestWhatIsNoPlainHead(t *testing.T) {
	f := func(old, with string) {
		t.Helper()
		text := strings.Replace(logplexHead, old, with, 1)
		if text == logplexHead {
			t.Fatalf("%q isn't there", old)
		}
		if h, ok := parseHead(text); ok {
			t.Errorf("with %q instead of %q it is plain: %+v", with, old, h)
		}
	}
	f("POST", "PUT")
	f("POST", "post")
	f("POST /", "POST  /")
	f("/logs/enketo", "/logs/enketo?x=y")
	f("/logs/enketo", "/logs/%65nketo")
	f("/logs/enketo", "/")
	f("/logs/enketo", "http://drain.example.com/logs/enketo")
	f("HTTP/1.1", "HTTP/1.0")
	f("HTTP/1.1", "HTTP/1.1 ")
	f("HTTP/1.1\r\n", "HTTP/1.1\n")
	f("HTTP/1.1\r\n", "\r\n")
	f("Host: drain.example.com\r\n", "")
	f("Host: drain.example.com\r\n", "Host:\r\n")
	f("Host: drain.example.com\r\n", "Host: a\r\nHost: a\r\n")
	f("Host: drain.example.com\r\n", "Host: a/b\r\n")
	f("keep-alive", "close")
	f("keep-alive", "keep-alive, Upgrade")
	f("Content-Length: 350\r\n", "")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\nContent-Length: 350\r\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\ncontent-length: 351\r\n")
	f("350", "+350")
	f("350", "-1")
	f("350", "35 0")
	f("350", "0x15")
	f("350", "350, 350")
	f("350", "99999999")
	f("Content-Length: 350\r\n", "Content-Length : 350\r\n")
	f("Content-Length: 350\r\n", " Content-Length: 350\r\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\nTransfer-Encoding: chunked\r\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\nTransfer-Encoding: identity\r\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\nExpect: 100-continue\r\n")
	f("Content-Length: 350\r\n", "Content-Length: 350\r\nContent-Encoding: gzip\r\n")
	f("350\r\n", "350\nX: y\r\r\n") // as many of each as of lines
	f("User-Agent: Logplex/v72", "User-Agent Logplex/v72")
	f("User-Agent: Logplex/v72", "User-Agent: Log\tplex/v72")
	f("User-Agent: Logplex/v72", "User-Agent: Logplex\x00/v72")
	f("User-Agent: Logplex/v72", "User-Agent: Logplex\x7f/v72")
	f("User-Agent: Logplex/v72", "User-Agent: Lögplex/v72")
	f("User-Agent: Logplex/v72", "User-Agent: Logplex\rX: /v72")
	f("User-Agent: Logplex/v72", "User-Agent: Logplex\r\n more/v72")
	f("User-Agent: Logplex/v72", ": Logplex/v72")
	f("User-Agent: Logplex/v72", "User(Agent: Logplex/v72")
	f("\r\n\r\n", "\r\n\n")
	f("\r\n\r\n", "\r\n")
	f("\r\n\r\n", "\r\n\r\nX")
	f("Authorization: Basic", "Authorization:\r\nAuthorization: Basic")
	f("Authorization: Basic ZHJhaW46c2VjcmV0\r\n", "Authorization: Basic ZHJhaW46c2VjcmV0\r\nAuthorization: Basic ZHJhaW46c2VjcmV0\r\n")
}

// A head that is read here is one that net/http reads, and it says the same.
func TestAPlainHeadIsNetHTTPsToo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { sameHead(t, drawHead(t)) })
}

// drawHead draws a head that is mostly nearly plain.
func drawHead(t *rapid.T) string {
	text := []byte(logplexHead)
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		to := min(len(text), from+rapid.IntRange(0, 4).Draw(t, "length"))
		by := rapid.OneOf(
			rapid.SampledFrom([]string{
				"", " ", "\r\n", "\n", "\r", ":", ": ", "\t", "\x00", "Host: a\r\n", "Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n",
				"Connection: close\r\n", "Logplex-Frame-Id: 1\r\n", "0", ",", "X: y\r\n", "\x80", "é", "http://a", "%2f", "?",
			}),
			rapid.StringN(0, 3, 3),
		).Draw(t, "by")
		text = append(text[:from:from], by+string(text[to:])...)
	}
	return string(text)
}

func FuzzHead(f *testing.F) {
	f.Add(logplexHead)
	f.Add("POST /logs HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) { sameHead(t, text) })
}

func sameHead(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, text string,
) {
	t.Helper()
	h, ok := parseHead(text)
	if !ok {
		return
	}
	body := strings.Repeat("x", int(min(h.size, 1000)))
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text + body)))
	if err != nil {
		t.Fatalf("%q: net/http doesn't read it: %v", text, err)
	}
	if r.Method != http.MethodPost || r.URL.Path != h.path || r.ContentLength != h.size || r.TransferEncoding != nil || r.Close || !r.ProtoAtLeast(1, 1) {
		t.Fatalf("%q: %+v, for net/http %+v", text, h, r)
	}
	for _, name := range headNames[headConnection:] {
		if values := r.Header[name]; len(values) > 1 || header(r, name) != h.header(name) {
			t.Fatalf("%q: %s is %q, for net/http %q", text, name, h.header(name), values)
		}
	}
	if got, err := io.ReadAll(r.Body); h.size <= 1000 && (err != nil || string(got) != body) {
		t.Fatalf("%q: the body is %q, %v", text, got, err)
	}
}
