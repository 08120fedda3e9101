package parser

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// siftedStatuses are those that tests set aside.
func siftedStatuses() *Statuses {
	var some Statuses
	for _, status := range []int{0, 20, 200, 222, 302, 404, 999} {
		some.Add(status)
	}
	return &some
}

// sieve is what tests sift with.
func sieve() *Sieve {
	return &Sieve{Requests: siftedStatuses(), Wanted: func(text []byte) bool { return len(text)%3 == 0 }, Numbers: true}
}

// unlikeSifted tells how what one Scanner sifts differs from what the general scan of another reads.
func unlikeSifted(got, want *Scanner) string {
	sieve := sieve()
	at := 0
	more := got.Sift(sieve)
	var nanos []int64                  // of texts
	spoken := make(map[string][]int64) // by dyno
	var asked [DynoPlaces]int
	var first []uint16
	for want.scanAny() {
		if more && got.Offset() == want.Offset() {
			if diff := unlikeLine(got, want); diff != "" {
				return diff
			}
			more = got.Sift(sieve)
			continue
		}
		if l := want.line; l.Kind == KindApp && !sieve.Wanted(l.Msg) {
			nanos = append(nanos, l.Nanos)
			spoken[string(l.Proc)+" "+string(l.Type)] = append(spoken[string(l.Proc)+" "+string(l.Type)], l.Nanos)
			continue
		}
		requests := got.Requests()
		if at >= requests.N {
			return fmt.Sprintf("%q: the frame at %d is lost", want.body, want.Offset())
		}
		l, place := want.line, requests.Dyno[at]
		dyno := &requests.Dynos[place]
		if asked[place] == 0 && dyno.First != l.Nanos {
			return fmt.Sprintf("%q: of %q the first is at %d, not %d", want.body, dyno.Name(), dyno.First, l.Nanos)
		}
		if asked[place]++; asked[place] == 1 {
			first = append(first, place)
		}
		same := Router{
			Method: l.Router.Method, Path: l.Router.Path, RequestID: l.Router.RequestID, Dyno: dyno.Name(),
			Connect: time.Duration(requests.Connect[at]) * time.Millisecond, Service: time.Duration(requests.Service[at]) * time.Millisecond,
			Status: int(requests.Status[at]), Bytes: int64(requests.Bytes[at]), Pairs: true,
		}
		if l.Kind != KindRouter || l.Code != nil || l.Nanos != requests.Nanos[at] || string(l.Router.Method) != requests.Method[at].String() ||
			!sieve.Requests.Has(l.Router.Status) || !reflect.DeepEqual(same, l.Router) {
			return fmt.Sprintf("%q: set aside is %+v at %d with %s, the line is %+v", want.body, same, requests.Nanos[at], requests.Method[at], l)
		}
		at++
	}
	requests := got.Requests()
	if more || at != requests.N {
		return fmt.Sprintf("%q: %d set aside, want %d; another line: %t", want.body, requests.N, at, more)
	}
	texts := got.Texts()
	if !slices.Equal(nanos, texts.Nanos[:texts.N]) {
		return fmt.Sprintf("%q: texts of %v, want %v", want.body, texts.Nanos[:texts.N], nanos)
	}
	said := make(map[string]int)
	for _, speaker := range texts.Speakers {
		name := string(speaker.Proc) + " " + string(speaker.Type)
		if speaker.Texts == 0 || !slices.Contains(spoken[name], speaker.First) || said[name] == 0 && speaker.First != spoken[name][0] {
			return fmt.Sprintf("%q: %d texts of %s, the first at %d, want %v", want.body, speaker.Texts, name, speaker.First, spoken[name])
		}
		said[name] += speaker.Texts
	}
	for name, nanos := range spoken {
		if said[name] != len(nanos) {
			return fmt.Sprintf("%q: %d texts of %s, want %d", want.body, said[name], name, len(nanos))
		}
	}
	if got.Frames() != want.Frames() {
		return fmt.Sprintf("%q: %d frames, want %d", want.body, got.Frames(), want.Frames())
	}
	if !slices.Equal(first, requests.Asked()) {
		return fmt.Sprintf("%q: %v are asked, want %v", want.body, requests.Asked(), first)
	}
	for i := range requests.Dynos {
		if dyno := &requests.Dynos[i]; dyno.Requests != asked[i] {
			return fmt.Sprintf("%q: %d requests of %q, want %d", want.body, dyno.Requests, dyno.Name(), asked[i])
		}
	}
	return ""
}

// changed is a request with a part replaced.
func changed(old, new string) string { return strings.Replace(usual[0], old, new, 1) }

// What is usual is set aside, even the first request of a dyno; else it would be right, only slow.
func TestSiftSetsAside(t *testing.T) {
	if !canCut {
		t.Skip("the processor can't cut requests")
	}
	f := func(line string, want int) {
		t.Helper()
		s := NewScanner(nil)
		for range 2 { // the first time the header isn't known, nor is there room
			s.Reset([]byte(frame(mixed[4]) + strings.Repeat(frame(line), 3) + strings.Repeat(" ", 150)))
			lines := 0
			for s.Sift(sieve()) {
				lines++
			}
			if s.Frames() != 4 {
				t.Fatalf("%d frames", s.Frames())
			}
		}
		if got := s.Requests().N; got != want {
			t.Errorf("%d set aside, want %d: %s", got, want, line)
		}
	}
	f(usual[0], 3)
	for m := MethodGet; m < MethodCount; m++ {
		f(changed("GET", m.String()), 3)
	}
	f(changed("web.1", "web.1234"), 3)
	f(changed("web.1", "web.12345"), 3)
	f(changed("web.1", "web.12345678901"), 3)
	f(changed("=200", "=999"), 3)
	f(changed("connect=0ms", "connect=99999999ms"), 3)
	f(changed("service=3ms", "service=99999999ms"), 3)

	f(changed("GET", "LIST"), 0)
	f(changed("GET", "get"), 0)
	f(changed("GET", "GET\x00"), 0)
	f(changed("GET", "GETGETGE"), 0)
	f(changed("web.1", ""), 0)
	f(changed("web.1", "web.123456789012"), 0)
	f(changed("=200", "=503"), 0)
	f(changed("at=info", "at=error"), 0)
}

// Two dynos of which the first bytes are the same, and the place, are two; and what one body says of a dyno
// isn't left in the next.
func TestSiftTellsDynosApart(t *testing.T) {
	const short = "abcdefgh"
	long := ""
	for i := 0; long == ""; i++ {
		var a, b askedKey
		copy(a[:], short)
		a[15] = byte(len(short))
		name := short + fmt.Sprint(i)
		copy(b[:], name)
		b[15] = byte(len(name))
		if dynoPlace(a) == dynoPlace(b) {
			long = name
		}
	}
	s := NewScanner(nil)
	for i := range 6 {
		one, other := changed("web.1", short), changed("web.1", long)
		if i%2 == 0 {
			one, other = other, one
		}
		body := strings.ReplaceAll(frame(one)+frame(one)+frame(other)+frame(one), ":02.898551", fmt.Sprintf(":02.89855%d", i))
		if diff := sifted(s, body+strings.Repeat(" ", 150)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Of a name longer than a word cutRequest compares only the first; what another app's dyno was called must not
// show.
func TestSiftDynosThatEndInZeros(t *testing.T) {
	s := NewScanner(nil)
	for n := range 7 {
		for _, dyno := range []string{"web.1234\x00" + strings.Repeat("\x00", n), "web.1234" + "1234567"[:n+1], "web.1234"} {
			for range 2 {
				if diff := sifted(s, strings.Repeat(frame(changed("web.1", dyno)), 3)+strings.Repeat(" ", 150)); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	}
}

// sifted tells how what a Scanner sifts differs from what the general scan reads.
func sifted(s *Scanner, body string) string {
	s.Reset([]byte(body))
	return unlikeSifted(s, NewScanner([]byte(body)))
}

// Headers share places, and so a dyno's header may be another's, within a body and from one to the next.
func TestSiftManySpeakers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := NewScanner(nil)
	for range 40 {
		var body strings.Builder
		for range random.IntN(700) {
			fmt.Fprintf(&body, "%s", frame(fmt.Sprintf("<190>1 2026-11-22T20:00:02.%06d+00:00 host app web.%d - %s",
				100000+random.IntN(1e5), random.IntN(1+random.IntN(600)), strings.Repeat("x", 50+random.IntN(3)))))
		}
		if diff := sifted(s, body.String()); diff != "" {
			t.Fatalf("%.3000s", diff)
		}
	}
}

// A header that takes another's place isn't taken for it.
func TestSiftSpeakersThatShare(t *testing.T) {
	const time = "<190>1 2026-11-22T20:00:02.898551+00:00 host "
	var lines []string // of dynos whose headers share their two places
	for i := 0; len(lines) < 3; i++ {
		names := fmt.Sprintf("app web.%d - ", 100+i)
		if keyOf(load([]byte(time)), len(names), load([]byte(names[len(names)-8:])))*spread>>56 == 7 {
			lines = append(lines, frame(time+names+strings.Repeat("x", 50)))
		}
	}
	a, b, c := lines[0], lines[1], lines[2]
	for _, bodies := range [][]string{
		{a, a + b + b + b},            // b takes the place that a spoke in
		{c + a, a + a, c + b + a + a}, // a moves to the place that c spoke in
	} {
		s := NewScanner(nil)
		for _, body := range bodies {
			if diff := sifted(s, body+strings.Repeat(" ", 150)); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// What there is no room for is lines.
func TestSiftManyTexts(t *testing.T) {
	body := strings.Repeat(frame(`<190>1 2026-11-22T20:00:02.898551+00:00 host app web.1 - a text of fifty bytes, which is one that can be kept`), MostTexts+10)
	s := NewScanner([]byte(body + strings.Repeat(" ", 150)))
	lines := 0
	for s.Sift(&Sieve{Wanted: func([]byte) bool { return false }}) {
		lines++
	}
	if Sifts() && (s.Texts().N != MostTexts || lines != 10) {
		t.Errorf("%d texts and %d lines", s.Texts().N, lines)
	}
}

// However many dynos are asked, each request is its dyno's; and what there is no room for is a line.
func TestSiftManyDynos(t *testing.T) {
	var body strings.Builder
	const dynos = 300
	for i := range 3 * MostRequests / 2 {
		body.WriteString(frame(changed("web.1", fmt.Sprintf("web.%d", i*i%dynos))))
	}
	s := NewScanner(nil)
	for range 3 {
		s.Reset([]byte(body.String()))
		if diff := unlikeSifted(s, NewScanner([]byte(body.String()))); diff != "" {
			t.Fatalf("%.3000s", diff)
		}
	}
	if n := s.Requests().N; canCut && n != MostRequests {
		t.Errorf("%d set aside, want %d", n, MostRequests)
	}
}

// A Scanner kept for later must not keep the body it read.
func TestResetLetsGoOfSpeakers(t *testing.T) {
	s := NewScanner([]byte(strings.Repeat(frame(usual[8]), 10) + strings.Repeat(" ", 150)))
	for s.Sift(&Sieve{Wanted: func([]byte) bool { return false }}) {
	}
	if Sifts() && s.Texts().N == 0 {
		t.Fatal("no text was set aside")
	}
	s.Reset(nil)
	if s.Texts().N > 0 {
		t.Error("texts are left")
	}
	speakers := s.Texts().Speakers
	if slices.ContainsFunc(speakers[:cap(speakers)], func(a Speaker) bool { return a.Proc != nil || a.Type != nil }) {
		t.Error("it still holds a dyno's name")
	}
}

func TestMethods(t *testing.T) {
	for m := range Method(MethodCount) {
		if got := MethodOf([]byte(m.String())); got != m {
			t.Errorf("%s is taken for %s", m, got)
		}
	}
	for _, name := range []string{"", "G", "get", "GET\x00", "GETS", "DELETED", "DELETEDE", "OPTIONSS", "\x00"} {
		if got := MethodOf([]byte(name)); got != MethodOther {
			t.Errorf("%q is taken for %s", name, got)
		}
	}
	if got := Method(200).String(); got != "other" {
		t.Errorf("an unknown method is called %q", got)
	}
}

func TestStatuses(t *testing.T) {
	var s Statuses
	s.Add(0)
	s.Add(404)
	s.Add(999)
	for status := -1; status < 2000; status++ {
		if got, want := s.Has(status), status == 0 || status == 404 || status == 999; got != want {
			t.Errorf("%d: %t", status, got)
		}
	}
}
