package ingest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever is sent on a connection, and in whatever pieces: the answers and what is judged are the same
// behind a Lane as with net/http alone.
func TestALaneIsNetHTTP(t *testing.T) {
	with, without := &record{}, &record{}
	options := Options{MaxBody: 8 << 10, Penalty: time.Microsecond, FrameIDs: 4}
	options.Sink = with
	h, _ := newHandler(t, options)
	laned := listenLane(t, h)
	options.Sink = without
	h2, _ := newHandler(t, options)
	server := httptest.NewServer(routes(h2))
	t.Cleanup(server.Close)
	alone := server.Listener.Addr().String()

	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		var sent strings.Builder
		for i := range rapid.IntRange(1, 5).Draw(t, "requests") {
			sent.WriteString(drawRequest(t, fmt.Sprintf("%d-%d", round, rapid.IntRange(0, i).Draw(t, "frame"))))
		}
		cuts := rapid.SliceOfN(rapid.IntRange(1, sent.Len()), 0, 3).Draw(t, "cuts")
		want, got := converse(t, alone, sent.String(), cuts), converse(t, laned, sent.String(), cuts)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("to %q\n%s", sent.String(), diff)
		}
		if diff := cmp.Diff(judged(without), judged(with)); diff != "" {
			t.Fatalf("judged of %q\n%s", sent.String(), diff)
		}
	})
}

// drawRequest draws a request that is mostly plain.
func drawRequest(t *rapid.T, frame string) string {
	body := strings.Repeat("x", rapid.SampledFrom([]int{0, 1, 100, 4000, 8192, 8193, 300_000}).Draw(t, "size"))
	text := "POST /logs/enketo HTTP/1.1\r\nHost: drain\r\nAuthorization: Bearer secret\r\nLogplex-Frame-Id: " + frame +
		"\r\nLogplex-Msg-Count: 1\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n"
	change := rapid.SampledFrom([][2]string{
		{},
		{},
		{},
		{},
		{},
		{"POST /logs/enketo", "GET /healthz"},
		{"/logs/enketo", "/logs"},
		{"/logs/enketo", "/logs/Enketo"},
		{"/logs/enketo", "/nowhere"},
		{"secret", "wrong"},
		{"HTTP/1.1", "HTTP/1.0"},
		{"Host: drain\r\n", ""},
		{"Host: drain", "host:drain\r\nConnection: close"},
		{"Host: drain", "Host: drain\r\nConnection: Keep-Alive"},
		{"Content-Length", "content-length"},
		{"Content-Length: ", "Content-Length: 0"},
		{"Content-Length: ", "Content-Length: -"},
		{"Content-Length: ", "Content-Length: 1"},
		{"\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"},
		{"\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n"},
		{"\r\n\r\n", "\r\nContent-Encoding: br\r\n\r\n"},
		{"\r\n\r\n", "\r\nX: y\x00\r\n\r\n"},
		{"\r\n\r\n", "\r\n folded\r\n\r\n"},
		{"\r\n\r\n", "\n\n"},
		{"\r\n\r\n", "\r\nExpect: 200-ok\r\n\r\n"},
	}).Draw(t, "change")
	return strings.Replace(text, change[0], change[1], 1) + body
}

// told is what a client sees of an answer, but for its Date.
type told struct {
	Status int
	Closes bool
	Header http.Header
}

// converse sends text in pieces and ends the sending side. It returns all answers.
func converse(t *rapid.T, addr, text string, cuts []int) (got []told) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, n := range cuts {
			n = min(n, len(text))
			if _, err := conn.Write([]byte(text[:n])); err != nil {
				return
			}
			text = text[n:]
		}
		_, _ = conn.Write([]byte(text)) // a server that has closed doesn't take it
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	in := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			break
		}
		answer.Body.Close()
		answer.Header.Del("Date")
		// Of a repeat that is cut short net/http says nothing, and closes the connection all the same.
		got = append(got, told{answer.StatusCode, answer.Close && answer.StatusCode != http.StatusNoContent, answer.Header})
	}
	conn.Close()
	<-sent
	return got
}

// judged returns what was judged since it was asked last.
func judged(r *record) (got []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.got {
		got = append(got, fmt.Sprintf("%q %q %d %t %d bytes", d.App, d.FrameID, d.MsgCount, d.Own, len(d.Body)))
	}
	r.got = nil
	return got
}
