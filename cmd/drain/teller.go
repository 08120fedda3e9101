package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// actor is who a line of the story is about.
type actor struct{ name, colour string }

var (
	fromDemo  = actor{"demo", "\x1b[1m"}
	fromApp   = actor{"heroku", "\x1b[36m"}
	fromDrain = actor{"drain", "\x1b[32m"}
	fromSlack = actor{"slack", "\x1b[35m"}
)

const (
	plainText = "\x1b[0m"
	faint     = "\x1b[2m"
	wipe      = "\r\x1b[K"
)

// teller writes the story: with colour and a line that follows the figures on a terminal, as plain
// lines elsewhere. It is safe for concurrent use.
type teller struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	began    time.Time
	status   string
}

func newTeller(out io.Writer) *teller {
	return &teller{out: out, terminal: isTerminal(out) && os.Getenv("NO_COLOR") == "", began: time.Now()}
}

// say writes one line of the story.
func (t *teller) say(who actor, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := time.Since(t.began).Seconds()
	if !t.terminal {
		fmt.Fprintf(t.out, "%5.1fs %-6s %s\n", at, who.name, text)
		return
	}
	fmt.Fprintf(t.out, "%s%s%5.1fs%s %s%-6s%s %s\n%s", wipe, faint, at, plainText, who.colour, who.name, plainText, text, t.status)
}

// live replaces the line that follows the figures.
func (t *teller) live(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.terminal {
		return
	}
	t.status = fmt.Sprintf("%s%5.1fs %s%s", faint, time.Since(t.began).Seconds(), text, plainText)
	fmt.Fprint(t.out, wipe, t.status)
}

// end takes the live line away.
func (t *teller) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.terminal {
		fmt.Fprint(t.out, wipe)
	}
	t.status = ""
}

// config shows the configuration that is used.
func (t *teller) config(src []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range bytes.Lines(src) {
		if t.terminal {
			fmt.Fprintf(t.out, "%s  %s%s", faint, line, plainText)
		} else {
			fmt.Fprintf(t.out, "  %s", line)
		}
	}
	fmt.Fprintln(t.out)
}
