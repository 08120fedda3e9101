package buttons

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/alert"
)

func TestValue(t *testing.T) {
	at := time.UnixMilli(1_795_316_645_123)
	for _, b := range []Button{
		{Verb: Acknowledge, Incident: `enketo/"redis"/1`, Issued: at},
		{Verb: SilenceDay, Incident: "i", Issued: at},
		{Verb: Approve, Incident: "i", Action: "a/b", Issued: at},
	} {
		got, err := parse(b.Value())
		if diff := cmp.Diff(b, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	}
	if got := (Button{Verb: Acknowledge, Incident: strings.Repeat("i", maxValue)}).Value(); got != "" {
		t.Errorf("a value of %d bytes", len(got))
	}
	for _, bad := range []string{"", "x", "{}", `{"v":"acknowledge"}`, `{"v":"dance","i":"i"}`, `{"v":"approve","i":"i"}`, `{"v":"acknowledge","i":"i","a":"a"}`} {
		if b, err := parse(bad); err == nil {
			t.Errorf("parse(%s) = %+v", bad, b)
		}
	}
}

func TestFor(t *testing.T) {
	now := time.Now()
	f := func(want string, change func(*alert.Incident)) {
		t.Helper()
		inc := alert.Incident{ID: "i", State: alert.Firing}
		change(&inc)
		var got []string
		for _, b := range For(inc, now) {
			if b.Incident != "i" || !b.Issued.Equal(now) {
				t.Errorf("%+v", b)
			}
			got = append(got, b.Label())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	f("Acknowledge, Silence 1 h, Silence 1 d", func(*alert.Incident) {})
	f("Silence 1 h, Silence 1 d", func(inc *alert.Incident) { inc.Acknowledged.By = "jo" })
	f("Acknowledge", func(inc *alert.Incident) { inc.Silenced = "why" })
	ask := []alert.Ask{{ID: "a"}, {ID: "b"}}
	f("Acknowledge, Approve, Refuse, Silence 1 h, Silence 1 d", func(inc *alert.Incident) { inc.Asks = ask })
	offer := []alert.Ask{{ID: "a", Offer: "Put web back to 4"}, {ID: "b"}, {ID: "c", Offer: "Put worker back to 2"}, {ID: "d"}}
	f("Acknowledge, Put web back to 4, Approve, Refuse, Put worker back to 2, Silence 1 h, Silence 1 d", func(inc *alert.Incident) { inc.Asks = offer })
	if b := For(alert.Incident{ID: "i", State: alert.Firing, Asks: offer}, now)[4]; b.Verb != Undo || b.Action != "c" {
		t.Errorf("%+v", b)
	}
	many := slices.Repeat([]alert.Ask{{ID: "a", Offer: "o"}}, 30)
	f("Acknowledge, o, o, o, o, Silence 1 h, Silence 1 d", func(inc *alert.Incident) { inc.Asks = many })
	if b := For(alert.Incident{ID: "i", State: alert.Firing, Asks: offer}, now)[1]; b.Verb != Undo || b.Action != "a" {
		t.Errorf("%+v", b)
	}
	if b := For(alert.Incident{ID: "i", State: alert.Firing, Asks: ask}, now)[1]; b.Action != "a" {
		t.Errorf("the first to be asked is %q", b.Action)
	}
	f("", func(inc *alert.Incident) { inc.State, inc.Asks = alert.Resolved, ask })
}
