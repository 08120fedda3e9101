package logplex

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// connect makes sure there is a connection young enough to use.
func (d *drain) connect(ctx context.Context) error {
	if d.conn != nil && time.Since(d.used) < idleClose {
		return nil
	}
	d.hangUp()
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := d.opt.Dial(ctx, "tcp", net.JoinHostPort(d.url.Hostname(), cmp.Or(d.url.Port(), "80")))
	if err != nil {
		return err
	}
	d.conn, d.reader = conn, bufio.NewReader(conn)
	d.used, d.failures = time.Now(), 0
	return nil
}

func (d *drain) hangUp() {
	if d.conn != nil {
		d.conn.Close() // nothing of worth is left in it
		d.conn = nil
	}
}

// post sends f on the open connection and reads the answer. An error means that the connection or
// the time broke; the receiver may have had f all the same.
func (d *drain) post(ctx context.Context, f frame) (status int, err error) {
	d.mu.Lock()
	told, since := d.lost, d.since
	d.stats.Requests++
	d.mu.Unlock()

	d.conn.SetDeadline(time.Now().Add(replyTimeout))
	conn := d.conn
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()

	if _, err := d.conn.Write(d.request(f, told, since)); err != nil {
		return 0, fmt.Errorf("sending frame %s: %w", f.id, err)
	}
	resp, err := http.ReadResponse(d.reader, &http.Request{Method: http.MethodPost})
	if err != nil {
		return 0, fmt.Errorf("reading the answer to frame %s: %w", f.id, err)
	}
	if resp.StatusCode/100 == 2 {
		d.settle(f, told)
	}
	d.used = time.Now()
	if resp.ContentLength < 0 {
		// Logplex's client takes such an answer for one without a body, reads what follows as the
		// next answer and crashes, so every second frame comes twice.
		d.opt.Violate("drain %s answered %s without a Content-Length", d.Token, resp.Status)
		d.hangUp()
		return resp.StatusCode, nil
	}
	if _, err := io.CopyN(io.Discard, resp.Body, resp.ContentLength); err != nil || resp.Close {
		d.hangUp()
	}
	return resp.StatusCode, nil
}

// request is the whole request. The L10 line is made anew for each try, so a retried frame keeps
// its id and its messages but not its every byte.
func (d *drain) request(f frame, lost uint64, since time.Time) []byte {
	var l10 []byte
	count := f.msgs
	if lost > 0 {
		l10 = overflow(time.Now(), lost, since)
		count++
	}
	b := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n", d.url.RequestURI(), d.url.Host)
	if d.auth != "" {
		b = fmt.Appendf(b, "Authorization: %s\r\n", d.auth)
	}
	b = fmt.Appendf(b, "Content-Type: application/logplex-1\r\n"+
		"Logplex-Msg-Count: %d\r\nLogplex-Frame-Id: %s\r\nLogplex-Drain-Token: %s\r\n"+
		"User-Agent: Logplex/v72\r\nContent-Length: %d\r\n\r\n", count, f.id, d.Token, len(l10)+len(f.body))
	return append(append(b, l10...), f.body...)
}
