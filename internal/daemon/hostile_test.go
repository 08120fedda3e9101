package daemon

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"drain/internal/config"
)

// ordinary is a client that knows nothing of what others do: three lines, answered and counted.
func (r *running) ordinary(t *testing.T, password string) {
	t.Helper()
	if status := r.post(t, "/logs/ordinary", password, "", h12, h12, h12); status != 204 {
		t.Errorf("an ordinary POST: %d, want 204", status)
	}
	r.ordinaries += 3
	if got := r.metric(t, `heroku_router_requests_total{app="ordinary",method="GET",status="503"}`); got != r.ordinaries {
		t.Errorf("counted %g of %g lines of ordinary POSTs", got, r.ordinaries)
		r.ordinaries = got
	}
}

// loud returns what was logged for people: debug is what somebody asked for.
func (r *running) loud() string {
	var out strings.Builder
	for line := range strings.Lines(r.log.String()) {
		if !strings.Contains(line, `"level":"debug"`) {
			out.WriteString(line)
		}
	}
	return out.String()
}

// quietly fails the test if what it runs is told of in the log.
func (r *running) quietly(t *testing.T, run func()) {
	t.Helper()
	before := r.loud()
	run()
	if said, _ := strings.CutPrefix(r.loud(), before); said != "" {
		t.Errorf("logged: %.300s", said)
	}
}

const auth = "Authorization: Bearer p"

func startGuarded(t *testing.T) *running {
	// Quick to raise, so that the log tells nothing of the ordinary clients' H12.
	return start(t, Options{
		Env:    config.Env{DrainPassword: "p"},
		Config: &config.Config{Disable: []string{"request-timeouts", "router-errors"}},
	})
}

// Each request is answered with the status that fits and counted as what it is, and the next client notices nothing.
func TestHostileRequests(t *testing.T) {
	r := startGuarded(t)
	r.post(t, "/logs/enketo", "wrong", "", h12) // the log tells of one a minute
	first := body(h12)
	whole := append(bytes.Clone(first), first...)
	length := func(n string) string { return "Content-Length: " + n }
	post := func(headers ...string) string {
		return "POST /logs/enketo HTTP/1.1\nHost: drain\n" + auth + "\n" + strings.Join(headers, "\n") + "\n\n"
	}
	tooMany := strings.TrimSuffix(strings.Repeat("x: y\n", 20_000), "\n")

	before := 0.0
	f := func(name, head string, body []byte, wantLines float64, want ...int) {
		t.Run(name, func(t *testing.T) {
			r.quietly(t, func() {
				p := r.dial(t)
				p.send(head, body)
				p.CloseWrite()
				for _, status := range want {
					p.want(status)
				}
				if rest := p.answer(); rest != 0 {
					t.Errorf("one more answer, %d", rest)
				}
				r.ordinary(t, "p")
			})
			now := r.metric(t, `heroku_errors_total{app="enketo",code="H12"}`)
			if got := now - before; got != wantLines {
				t.Errorf("counted %g lines, want %g", got, wantLines)
			}
			before = now
		})
	}
	n := fmt.Sprint(len(whole))
	chunked := fmt.Appendf(nil, "%x\r\n%s\r\n0\r\n\r\n", len(whole), whole)

	// Headers.
	f("a header of 64 KiB", post("Cookie: "+strings.Repeat("x", 64<<10), length(n)), whole, 0, 431)
	f("a header of 1 MiB", post("Cookie: "+strings.Repeat("x", 1<<20), length(n)), whole, 0, 431)
	f("20 000 headers", post(tooMany, length(n)), whole, 0, 431)
	f("20 000 headers of a stranger", "POST /logs/enketo HTTP/1.1\nHost: drain\n"+tooMany+"\n\n", nil, 0, 431)
	f("a header without a colon", post("nonsense", length(n)), whole, 0, 400)
	f("a header of control characters", post("X: \x00\x1b", length(n)), whole, 0, 400)
	f("no Host", "POST /logs/enketo HTTP/1.1\n"+auth+"\n"+length(n)+"\n\n", whole, 0, 400)
	f("a password of 6 KiB", strings.Replace(post(length("0")), "Bearer p", "Bearer "+strings.Repeat("p", 6<<10), 1), nil, 0, 401)
	f("TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n", nil, 0, 400)
	f("HTTP/2", "PRI * HTTP/2.0\n\nSM\n\n", nil, 0, 400)
	f("half a request", "POST /logs/enketo HTTP/1.1\nHost: dr", nil, 0, 400)

	// Lengths of the body.
	f("a length over what can be", post(length("9223372036854775807")), whole, 0, 413)
	f("a length that overflows", post(length("9223372036854775808")), whole, 0, 400)
	f("a length that overflows 64 bits", post(length("18446744073709551617")), whole, 0, 400)
	f("a negative length", post(length("-1")), whole, 0, 400)
	f("a signed length", post(length("+"+n)), whole, 0, 400)
	f("a length of nothing", post(length("")), whole, 0, 400)
	f("leading zeros in the length", post(length("000000"+n)), whole, 2, 204)
	f("two lengths", post(length(n), length("1")), whole, 0, 400)
	f("the same length twice", post(length(n), length(n)), whole, 2, 204)
	f("a length and chunks", post(length("3"), "Transfer-Encoding: chunked"), chunked, 2, 204)
	f("a length beyond the end", post(length("4000000")), whole, 0, 503)
	f("half a body", post(length(n)), whole[:len(whole)/2], 0, 503)

	// What is not said to be there can't be read: it is no request, and none is made of it.
	f("a length before the end", post(length(fmt.Sprint(len(first)))), whole, 1, 204, 400)
	f("a request in what is refused", post(length("5000000")), []byte(post(length(n))+string(whole)), 0, 413)

	// Encodings.
	f("chunks", post("Transfer-Encoding: chunked"), chunked, 2, 204)
	f("a chunk a byte", post("Transfer-Encoding: chunked"), chunks1(whole), 2, 204)
	f("a chunk of 2^64 bytes", post("Transfer-Encoding: chunked"), append([]byte("FFFFFFFFFFFFFFFF\r\n"), whole...), 0, 503)
	f("a chunk of more than 2^64 bytes", post("Transfer-Encoding: chunked"), append([]byte("1FFFFFFFFFFFFFFFF\r\n"), whole...), 0, 503)
	f("a chunk of minus 1 byte", post("Transfer-Encoding: chunked"), append([]byte("-1\r\n"), whole...), 0, 503)
	f("chunks without end", post("Transfer-Encoding: chunked"), chunked[:len(chunked)-5], 0, 503)
	f("a chunk extension of 1 MiB", post("Transfer-Encoding: chunked"), append([]byte("1;"+strings.Repeat("x", 1<<20)), chunked...), 0, 503)
	f("an encoding HTTP has not", post("Transfer-Encoding: x", length(n)), whole, 0, 501)
	f("an encoding we have not", post("Content-Encoding: br", length(n)), whole, 0, 415)
	f("text said to be gzip", post("Content-Encoding: gzip", length(n)), whole, 0, 400)

	// Wrong, and harmless.
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=x", "text/html; charset=\"", "nonsense", ""} {
		f("type "+kind, post("Content-Type: "+kind, length(n)), whole, 2, 204)
	}
	f("a count of messages that is none", post("Logplex-Msg-Count: -7", length(n)), whole, 2, 204)
	f("an expectation", post("Expect: 200-ok", length(n)), whole, 0, 417)
	f("HTTP/1.0", strings.Replace(post(length(n)), "HTTP/1.1", "HTTP/1.0", 1), whole, 2, 204)

	// 50 at once, each answered in its turn.
	one := strings.ReplaceAll(post(length(n)), "\n", "\r\n") + string(whole)
	statuses := make([]int, 50)
	for i := range statuses {
		statuses[i] = 204
	}
	f("pipelined", "", []byte(strings.Repeat(one, len(statuses))), 2*float64(len(statuses)), statuses...)
}

// chunks1 is a body in chunks of a byte.
func chunks1(body []byte) []byte {
	var out bytes.Buffer
	for _, c := range body {
		out.Write([]byte{'1', '\r', '\n', c, '\r', '\n'})
	}
	out.WriteString("0\r\n\r\n")
	return out.Bytes()
}

// Lengths inside the body are the sender's too. What stands in front of a bad one is counted, the
// fault is, and nothing behind it is guessed at.
func TestHostileFrames(t *testing.T) {
	r := startGuarded(t)
	good := string(body(h12))
	f := func(name, body, fault string, wantLines, wantFaults float64) {
		t.Run(name, func(t *testing.T) {
			lines, faults := `heroku_errors_total{app="enketo",code="H12"}`, fmt.Sprintf("drain_line_faults_total{fault=%q}", fault)
			beforeLines, beforeFaults := r.metric(t, lines), r.metric(t, faults)
			r.quietly(t, func() {
				p := r.dial(t)
				p.frame("", []byte(body), auth)
				p.want(204)
				r.ordinary(t, "p")
			})
			if got := r.metric(t, lines) - beforeLines; got != wantLines {
				t.Errorf("counted %g lines, want %g", got, wantLines)
			}
			if got := r.metric(t, faults) - beforeFaults; got != wantFaults {
				t.Errorf("counted %g faults of %q, want %g", got, fault, wantFaults)
			}
		})
	}
	f("huge", good+"999999999 "+good, "truncated", 1, 1)
	f("too many digits", good+"9999999999 "+good, "length", 1, 1)
	f("overflow", good+"18446744073709551999 "+good, "length", 1, 1)
	f("negative", good+"-5 "+good, "length", 1, 1)
	f("signed", good+"+5 "+good, "length", 1, 1)
	f("leading zeros", good+"00"+good, "length", 1, 1)
	f("one too long", good+fmt.Sprint(len(good))+strings.TrimLeft(good, "0123456789"), "truncated", 1, 1)
	f("no space", good+"99<134>1", "length", 1, 1)
	f("nothing but a length", good+"99", "truncated", 1, 1)
	f("nothing but digits", strings.Repeat("9", 1<<20), "length", 0, 1)
	f("nothing but white space", strings.Repeat("\n", 1<<20), "length", 0, 0)
	f("no length", h12, "length", 0, 1)
	f("empty", "", "length", 0, 0)
	f("beyond MaxFrame", "70000 "+strings.Repeat("x", 70_000)+good, "oversize", 1, 1)
	f("zeros", strings.Repeat("\x00", 1<<20), "length", 0, 1)
	million := 1_000_000
	if testing.Short() {
		million /= 10
	}
	f("a million empty frames", strings.Repeat("0 ", million)+good, "empty", 1, float64(million))
	f("a million lines of nothing", strings.Repeat("1 x", million)+good, "priority", 1, float64(million))
}

// bomb is n bytes of zeros, packed.
func bomb(t *testing.T, n int64) []byte {
	t.Helper()
	return pack(t, io.LimitReader(zeros{}, n))
}

func pack(t *testing.T, from io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.Copy(w, from); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A body unpacks to 4 MiB at most, whatever it claims to hold, and no more than that is ever made of it.
func TestGzipBombs(t *testing.T) {
	r := startGuarded(t)
	fits := bomb(t, 4<<20)
	bombs := [][]byte{bomb(t, 9<<20), bytes.Repeat(fits, 25)} // gzip's members follow each other
	r.ordinary(t, "p")

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.quietly(t, func() {
		for _, packed := range bombs {
			p := r.dial(t)
			p.frame("", packed, auth, "Content-Encoding: gzip")
			p.want(413)
			r.ordinary(t, "p")
		}
	})
	runtime.ReadMemStats(&after)
	// Growing to 4 MiB by doubling makes 8 MiB of buffers in all. Unpacked whole they would be 32 and 256 MiB.
	if made := (after.TotalAlloc - before.TotalAlloc) / uint64(len(bombs)); made > 20<<20 {
		t.Errorf("a bomb costs %d MiB of allocations, want at most 20", made>>20)
	} else {
		t.Logf("a bomb costs %d KiB of allocations", made>>10)
	}
	if got := r.metric(t, `drain_ingest_refused_total{reason="too_large"}`); got != float64(len(bombs)) {
		t.Errorf("%g refused as too large, want %d", got, len(bombs))
	}
	p := r.dial(t)
	p.frame("", fits, auth, "Content-Encoding: gzip")
	p.want(204)
}
