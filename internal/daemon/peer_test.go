package daemon

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// peer is a client that sends the bytes it is told to, right or wrong.
type peer struct {
	*net.TCPConn
	t  *testing.T
	in *bufio.Reader
}

func (r *running) dial(t *testing.T) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute)) // a hang fails the test instead of stopping it
	return &peer{conn.(*net.TCPConn), t, bufio.NewReader(conn)}
}

// send ends each line of the head with CRLF, and sends the body as it is. That the other side stops
// reading is no failure: it may have answered.
func (p *peer) send(head string, body []byte) {
	_, _ = p.Write(append([]byte(strings.ReplaceAll(head, "\n", "\r\n")), body...))
}

// frame posts to enketo; headers are "Name: value", and a Content-Length or a Transfer-Encoding among
// them takes the place of the right one.
func (p *peer) frame(id string, body []byte, headers ...string) {
	var head bytes.Buffer
	head.WriteString("POST /logs/enketo HTTP/1.1\nHost: drain\n")
	if id != "" {
		fmt.Fprintf(&head, "Logplex-Frame-Id: %s\n", id)
	}
	length := fmt.Sprintf("Content-Length: %d\n", len(body))
	for _, h := range headers {
		if name, _, _ := strings.Cut(h, ":"); name == "Content-Length" || name == "Transfer-Encoding" {
			length = ""
		}
		head.WriteString(h + "\n")
	}
	p.send(head.String()+length+"\n", body)
}

// answer reads one answer; 0 if the connection ended instead.
func (p *peer) answer() (status int) {
	p.t.Helper()
	resp, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		p.t.Errorf("the body of the answer: %v", err)
	}
	return resp.StatusCode
}

func (p *peer) want(status int) {
	p.t.Helper()
	if got := p.answer(); got != status {
		p.t.Errorf("status %d, want %d", got, status)
	}
}

func basic(userinfo string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(userinfo))
}
