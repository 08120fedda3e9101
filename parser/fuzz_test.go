package parser

import (
	"bytes"
	"testing"
	"unsafe"
)

// seed adds the sample lines and bodies, whole and cut.
func seed(f *testing.F) {
	f.Add(mixedBody())
	for _, line := range mixed {
		f.Add([]byte(line))
		f.Add([]byte(frame(line)[:len(line)/2]))
	}
	f.Add([]byte("5 \n\n0 3 <1>2026-11-22T20:00:00Z app[web.1]: \x1b[33mx"))
	f.Add([]byte("7 " + app("one") + "12" + frame(app("two")) + "\nJul 24 05:12:38 a app/web.1: x\n"))
}

// inside reports whether view lies in body, which an empty one always does.
func inside(body, view []byte) bool {
	if len(view) == 0 {
		return true
	}
	start, at := uintptr(unsafe.Pointer(unsafe.SliceData(body))), uintptr(unsafe.Pointer(unsafe.SliceData(view)))
	return at >= start && at+uintptr(len(view)) <= start+uintptr(len(body))
}

func views(l *Line) [][]byte {
	v := [][]byte{
		l.Host, l.App, l.Proc, l.Msg, l.Type, l.Code, l.Source, l.Addon, l.Dyno, l.LostSince, l.Text(),
		l.Router.Method, l.Router.Path, l.Router.Dyno, l.Router.Desc, l.Router.RequestID,
	}
	for _, s := range l.Samples {
		if unsafe.SliceData(s.Name) != unsafe.SliceData(memoryBytes) && unsafe.SliceData(s.Name) != unsafe.SliceData(memoryRatio) {
			v = append(v, s.Name)
		}
	}
	return v
}

// checkLine holds for every line, whatever the input.
func checkLine(t *testing.T, l *Line) {
	t.Helper()
	switch {
	case len(l.Msg) > MaxFrame:
		t.Errorf("a text of %d bytes", len(l.Msg))
	case l.Fault != FaultNone && (l.Kind != KindOther || l.Type != nil || l.Code != nil || len(l.Samples) > 0 || l.Router.Pairs):
		t.Errorf("fault %q, but kind %s, code %q", l.Fault, l.Kind, l.Code)
	case l.Kind == KindApp && (l.Code != nil || len(l.Samples) > 0 || l.Lost > 0 || l.Router.Pairs):
		t.Errorf("app text speaks for the platform: %+v", l)
	case (l.Type != nil) != (l.Kind == KindApp || l.Kind == KindDyno || l.Kind == KindRuntime):
		t.Errorf("kind %s of process type %q", l.Kind, l.Type)
	case l.Lost > 0 && l.Kind != KindLogplex:
		t.Errorf("kind %s lost %d", l.Kind, l.Lost)
	case l.Nanos != 0 && l.Time().UnixNano() != l.Nanos:
		t.Errorf("at %v, which is not %d ns", l.Time(), l.Nanos)
	}
}

func FuzzScanner(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		s := NewScanner(body)
		frames, end := 0, 0
		for s.Scan() {
			frames++
			l := s.Line()
			checkLine(t, l)
			for _, v := range views(l) {
				if !inside(body, v) {
					t.Fatalf("%q is no part of the body", v)
				}
			}
			// The frames, each with its length, and the whitespace between are the body again.
			if s.Offset() < end || len(skipSpace(body[end:s.Offset()])) > 0 {
				t.Fatalf("something is left out between %d and %d", end, s.Offset())
			}
			if n, rest, fault := cutLength(body[s.Offset():]); fault == FaultNone {
				end = len(body) - len(rest) + min(n, len(rest))
			} else {
				end = len(body)
			}
		}
		if len(skipSpace(body[end:])) > 0 || frames != s.Frames() {
			t.Fatalf("stopped at %d of %d, %d frames of %d", end, len(body), frames, s.Frames())
		}
		s.Reset(body)
		if diff := unlikeSifted(s, NewScanner(body)); diff != "" {
			t.Fatal(diff)
		}
		if !bytes.Equal(before, body) {
			t.Fatal("the body was changed")
		}
	})
}

func FuzzReader(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text))
		for lines := 0; r.Next(); lines++ {
			checkLine(t, r.Line())
			if lines > len(text) {
				t.Fatal("more lines than bytes")
			}
		}
		if r.Err() != nil || r.Next() {
			t.Fatalf("it did not end: %v", r.Err())
		}
	})
}

func FuzzTexts(f *testing.F) {
	for _, line := range mixed {
		f.Add([]byte(line))
	}
	f.Add([]byte("Scaled to web@1:Basic by user x"))
	f.Add([]byte("Rollback to v10 by user x"))
	f.Add([]byte("State changed from up to crashed"))
	f.Add([]byte("web-abc-123"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var views [][]byte
		for key, value := range Pairs(text) {
			if len(key) == 0 {
				t.Errorf("a pair without a key: %q", value)
			}
			views = append(views, key, value)
		}
		for typ, n := range Scaled(text) {
			if n < 0 || !isTypeName(typ) {
				t.Errorf("%q scaled to %d", typ, n)
			}
			views = append(views, typ)
		}
		version, _ := Release(text)
		from, to, _ := StateChange(text)
		typ, _ := Dyno(text)
		Deploy(text)
		if kind, ok := ParseKind(string(text)); ok && kind.String() != string(text) {
			t.Errorf("%q is kind %s", text, kind)
		}
		for _, v := range append(views, version, from, to, typ) {
			if !inside(text, v) {
				t.Errorf("%q is no part of the text", v)
			}
		}
	})
}
