package parser

import (
	"fmt"
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
	return &Sieve{Requests: siftedStatuses(), Wanted: func(text []byte) bool { return len(text)%3 == 0 }}
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
