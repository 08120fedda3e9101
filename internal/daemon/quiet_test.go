package daemon

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"
)

// What clients do wrong is for those who ask for it; that nobody new can be served is for everybody,
// though not each time it is tried.
func TestWhatTheServerSaysIsToldByWhoseFaultItIs(t *testing.T) {
	out := &safeBuffer{}
	server := quietLog(zerolog.New(out))
	for range 20 {
		server.Print("http: TLS handshake error from 1.2.3.4:5: EOF")
		server.Print("http: Accept error: accept tcp 127.0.0.1:1: accept4: too many open files; retrying in 5ms")
	}
	if got := strings.Count(out.String(), `"level":"warn"`); got != 5 {
		t.Errorf("%d warnings, want 5:\n%s", got, out)
	}
	if got := strings.Count(out.String(), `"level":"debug"`); got != 20 {
		t.Errorf("%d lines for those who debug, want 20", got)
	}
}
