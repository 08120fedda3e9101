package parser

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// usual are lines that nearly all others are like.
var usual = []string{
	`<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/" host=a.herokuapp.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="1.2.3.4" dyno=web.1 connect=0ms service=3ms status=200 bytes=0 protocol=https`,
	`<158>1 2026-11-22T20:00:02.89855+00:00 host heroku router - at=info method=OPTIONS path="/api/Schlachter 1951/books?x=1&y=dyno=web.9" host=www.example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="203.0.113.78, 203.0.113.79,203.0.113.80" dyno=web.12 connect=7001ms service=38264ms status=404 bytes=2805462 protocol=http` + "\n",
	`<134>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/x" host=an-app-with-a-name-56ae06ddc8d1.herokuapp.com request_id=5d374025-71dc-ca16-4940-7ed81fead076 fwd="" dyno=web.1 connect=0ms service=1ms status=304 bytes=15225 protocol=http2.0 tls=true tls_version=unknown` + "\n",
	`<134>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/x" host=www.example.com request_id=5d374025-71dc-ca16-4940-7ed81fead076 fwd="2001:db8::1" dyno=web.1 connect=0ms service=1ms status=304 bytes=15225 protocol=http1.1 tls=true tls_version=tls1.3` + "\n",
	`<134>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/x" host=example.com request_id=5d374025-71dc-ca16-4940-7ed81fead076 fwd="2001:db8::1" dyno=web.1 connect=0ms service=1ms status=304 bytes=15225 protocol=https tls=true tls_version=tls1.3` + "\r\n",
	`<158>1 2026-11-22T20:00:02+00:00 host heroku router - at=info method=GET path="/api/users/1686318645/get_friends_progress" host=services.example.com fwd="203.0.113.3" dyno=web.3 connect=8ms service=90ms status=200 bytes=7534` + "\n",
	`<158>1 2026-11-22T20:00:02.998551+00:00 host heroku router - at=error code=H12 desc="Request timeout" method=POST path="/poll" host=www.example.com request_id=50a4bf5b-0932-45bd-89ff-95a4fb89cc3d fwd="203.0.113.74" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https` + "\n",
	`<158>1 2026-11-22T20:00:02.998551+00:00 host heroku router - sock=client at=warning code=H27 desc="Client Request Interrupted" method=GET path="/" host=h request_id=50a4bf5b-0932-45bd-89ff-95a4fb89cc3d fwd="203.0.113.74" dyno=web.1 connect=0ms service=1215ms status=499 bytes=5354 protocol=https` + "\n",
	`<190>1 2026-11-22T20:00:03.66229+00:00 host app web.1 - {"level":"info","sample#memory_rss":"1MB"}` + "\n",
	`<13>1 2026-11-22T20:00:03.6+00:00 host app worker.12 - ` + "\n",
	`<0>1 2026-11-22T20:00:04+00:00 host app dramatiq.1 - - x` + "\r\n",
	`<45>1 2026-11-22T20:00:04.123456+00:00 host heroku web.1 - State changed from up to crashed` + "\n",
	`<45>1 2026-11-22T20:00:05.589963+00:00 host heroku web.1 - Process running mem=870M(170.1%)` + "\n",
	`<45>1 2026-11-22T20:00:05.592108+00:00 host heroku run.8317 - Error R14 (Memory quota exceeded)` + "\n",
	`<134>1 2026-11-22T20:00:06.835127+00:00 host heroku web.1 - source=web.1 dyno=heroku.261104379.cd817c77-4f8e-4e68-b42a-3dea4e04d99c sample#memory_total=221.47MB sample#memory_rss=217.77MB sample#memory_cache=3.70MB sample#memory_swap=0.00MB sample#memory_pgpgin=149293pages sample#memory_pgpgout=123257pages sample#memory_quota=512.00MB` + "\n",
	`<134>1 2026-11-22T20:00:08+00:00 host app heroku-redis - source=REDIS addon=redis-rugged-24473 sample#active-connections=4 sample#max-connections=18 sample#connection-percentage-used=0.22222 sample#load-avg-5m= sample#memory-total=16167800kB sample#memory-redis=5116080bytes sample#hit-rate=0.0013079 sample#evicted-keys=0`,
	`<133>1 2026-11-22T20:00:07.193493+00:00 host app api - Scaled to web@4:Standard-1X worker@0:Basic by user user@example.com` + "\n",
	`<172>1 2026-11-22T20:00:01.398833+00:00 host heroku logplex - Error L10 (output buffer overflow): 12 messages dropped since 2026-11-22T19:59:37.307999+00:00.`,
}

// unlikeGeneral tells how reading a body differs from the general scan alone: with and without what
// only some processors can do, and with headers that are new and such as were read before.
func unlikeGeneral(body []byte) string {
	can := canCut
	defer func() { canCut = can }()
	general := NewScanner(nil)
	for _, canCut = range []bool{false, can} {
		s := NewScanner(nil)
		for range 2 {
			for _, unlike := range []func(got, want *Scanner) string{unlike, unlikeSifted} {
				s.Reset(body)
				general.Reset(body)
				if diff := unlike(s, general); diff != "" {
					return diff
				}
			}
		}
	}
	return ""
}

// unlike tells how what one Scanner reads differs from what the general scan of another does.
func unlike(got, want *Scanner) string {
	for want.scanAny() {
		if !got.Scan() || got.Offset() != want.Offset() || got.Frames() != want.Frames() {
			return fmt.Sprintf("%q: want frame %d at %d, got %d at %d", want.body, want.Frames(), want.Offset(), got.Frames(), got.Offset())
		}
		if diff := unlikeLine(got, want); diff != "" {
			return diff
		}
	}
	if got.Scan() {
		return fmt.Sprintf("%q: a frame at %d after the last", want.body, got.Offset())
	}
	return ""
}

// unlikeLine tells how the Lines of two Scanners differ.
func unlikeLine(got, want *Scanner) string {
	a, b := got.line, want.line
	if got.lean && len(a.Samples) == 0 && *a.Known() == *b.Known() {
		a.Samples, a.Numbers = b.Samples, b.Numbers
	}
	if len(a.Samples)+len(b.Samples) == 0 {
		a.Samples, b.Samples = nil, nil // the memory of other lines' doesn't count
	}
	if !reflect.DeepEqual(b, a) {
		return fmt.Sprintf("%q (-want +got)\n%s", want.body, cmp.Diff(b, a))
	}
	return ""
}

// Lines of the usual forms are read the usual way: else they would be right, only slow.
func TestUsualIsTaken(t *testing.T) {
	for _, line := range usual {
		s := NewScanner([]byte(frame(line) + strings.Repeat(" ", 150)))
		if !s.scanUsual() {
			t.Errorf("the header isn't: %s", line)
		}
		learnt := strings.Contains(line, ".898551+") || strings.Contains(line, ".89855+") && !strings.HasPrefix(line, "<0>")
		s.next = 0
		if got := s.scanSeen(&Sieve{}); learnt && canCut && !got {
			t.Errorf("the header isn't, when it comes again: %s", line)
		}
		text := bytes.TrimRight([]byte(line), "\r\n")
		text = text[bytes.Index(text, []byte("host ")):]
		if s.Line().Kind != KindRouter {
			continue
		}
		names := len("host heroku router - ")
		end := len(text) - transportLen((*[64]byte)(text[len(text)-64:]))
		if !new(Line).parseWords(text, names, end) {
			t.Errorf("the request isn't: %s", line)
		}
		most := bytes.HasPrefix(text[names:], []byte("at=info ")) && bytes.Contains(text, []byte(" request_id="))
		if want := most && learnt && canCut; s.cut.request != want {
			t.Errorf("the request is cut: %t, want %t: %s", s.cut.request, want, line)
		}
	}
	for _, sample := range []string{
		"sample#load_avg_1m=0.00", "sample#memory_total=221.47MB", "sample#memory_pgpgin=149293pages", "sample#memory-total=16167800kB",
		"sample#connection-percentage-used=0.22222", "sample#db-size-percentage-used=0.02767", "sample#memory-redis=5116080bytes", "sample#evicted-keys=0",
	} {
		if end := len(sample); new(Line).cutSamples([]byte(sample+strings.Repeat(" ", 150)), 0, end) < end {
			t.Errorf("the sample isn't: %s", sample)
		}
	}
}

// Nothing of a line is left in the next, whichever they are.
func TestUsualEqualsGeneral(t *testing.T) {
	lines := append(append([]string{}, usual...), mixed...)
	for _, one := range lines {
		for _, two := range lines {
			if diff := unlikeGeneral([]byte(frame(one) + frame(two) + frame(one) + frame(usual[0]))); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

// Lines that look usual, and what is behind them.
func TestUsualNearly(t *testing.T) {
	f := func(body string) {
		t.Helper()
		if diff := unlikeGeneral([]byte(body)); diff != "" {
			t.Error(diff)
		}
	}
	rest := frame(usual[1]) // that may be taken for part of the line
	const head = "<190>1 2026-11-22T20:00:03.662290+00:00 host "
	for _, proc := range []string{
		"redis.1", "redisx.1", "postgres.1", "postgresx.1", "heroku-redis.1", "web.", ".1", "web.1x", "web.1.1", "web-1", "Web.1", "w2b.1",
		"abcdefgh.1", "abcdefghi.1", "web.1234567", "web.12345678", "a.1", "api", "-", "logplex", "web-7f9c4b5d6-x2k8p",
	} {
		for _, app := range []string{"app", "heroku", "appx", "herokux", "myapp"} {
			for _, msg := range []string{" - x", " - ", " -", "", " x y", "  - x", " - source=a sample#x=1", " - - source=a sample#x=1MB"} {
				f(frame(head+app+" "+proc+msg) + rest)
				f(frame(head+app+" "+proc+msg) + " " + rest)
			}
		}
	}
	for _, line := range append([]string{head + "heroku router -", head + "heroku router - "}, usual...) {
		f(frame(line) + " " + rest)
		f("0" + frame(line) + rest)
		for cut := range 20 {
			f(frame(line)[:len(frame(line))-cut])
		}
	}

	const request = `<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - at=info method=GET path="/a" host=example.com request_id=407b828f-ec16-bfef-cff3-25e749e57945 fwd="203.0.113.1, 203.0.113.2" dyno=web.1 connect=0ms service=3ms status=200 bytes=944 protocol=http1.1 tls=true tls_version=tls1.3`
	for _, change := range []struct{ old, new string }{
		{`at=info method=GET path="/a" host=example.com `, ""},
		{`at=info `, ""},
		{`method=GET `, ""},
		{`path="/a" `, ""},
		{`host=example.com `, ""},
		{`"/a"`, `"/a" dyno=web.2 x="y"`},
		{`"/a"`, `"/a\"`},
		{`"/a"`, `"/a\" dyno=web.2 "`},
		{`"/a"`, `""`},
		{`"/a"`, `/a`},
		{`"/a"`, `"/a"b"`},
		{`GET`, `"GET"`},
		{`GET`, `LONGMETHOD`},
		{`=example.com`, `="example.com dyno=web.2"`},
		{`=example.com`, `=a dyno=web.2`},
		{`=example.com`, `=`},
		{`=example.com`, `="`},
		{`=example.com`, `=` + strings.Repeat("long.", 10)},
		{`=407b828f`, `="07b828f`},
		{`=407b828f`, `=407 828f`},
		{`-25e749e57945`, `-25e749e5 945`},
		{`-bfef-`, `- =f-`},
		{`-cff3-`, `-cf 3-`},
		{`-25e749e57945`, ``},
		{`cff3`, `cff34`},
		{`"203.0.113.1, 203.0.113.2"`, `"203.0.113.1\"`},
		{`"203.0.113.1, 203.0.113.2"`, `"a" dyno=web.2 b="c"`},
		{`"203.0.113.1, 203.0.113.2"`, `x"`},
		{`"203.0.113.1, 203.0.113.2"`, `"`},
		{`"203.0.113.1, 203.0.113.2"`, `"` + strings.Repeat("203.0.113.1, ", 12) + `"`},
		{` fwd=`, ` fwx=`},
		{` fwd=`, ` x fwd=`},
		{`web.1`, ``},
		{`web.1`, `"web.1"`},
		{`web.1`, `web=1`},
		{`web.1`, `w b.1`},
		{`web.1`, `web.12345678`},
		{`=web.1`, ``},
		{`dyno=`, `dyn=`},
		{`=0ms`, `=`},
		{`=0ms`, `=0`},
		{`=0ms`, `=12345ms`},
		{`=0ms`, `=1s`},
		{` connect=`, `connect=`},
		{` connect=`, ` connect:`},
		{`=3ms`, `=`},
		{`=3ms`, `=12345678ms`},
		{`=3ms`, `=123456789ms`},
		{`=3ms`, `=x3ms`},
		{`=200`, `=`},
		{`=200`, `=12345`},
		{`=200`, `=2xx`},
		{`=944`, `=`},
		{`=944`, `=12345678`},
		{`=944`, `=9x4`},
		{` protocol=`, `protocol=`},
		{` protocol=`, ` code=H12 protocol=`},
		{`http1.1`, `http2.0`},
		{`http1.1`, `http3.0`},
		{`http1.1`, `https`},
		{`http1.1`, ``},
		{` tls=true`, ``},
		{` tls=true`, ` code=H12 tls=true`},
		{` tls=true`, ` tls=true tls=true`},
		{`=tls1.3`, `=tls1.3 code=H12 x=0123456789`},
		{`=tls1.3`, `=tls1.3 tls=true tls_version=tls1.3`},
		{` tls=true`, ` tls=false`},
		{` tls_version=tls1.3`, ``},
		{`=tls1.3`, `=`},
		{`=tls1.3`, `=unknown`},
		{`=tls1.3`, `="unknown"`},
		{`=tls1.3`, `=a code=H12`},
		{`=tls1.3`, `=tls1.3 code=H12`},
		{`at=info`, `at=error code=H12 desc="x y"`},
		{`at=info`, `at=error code=R12 code=H12 code=H13 desc="" desc="x" desc="z" cause="c"`},
		{`at=info`, `sock=x at=info status=1`},
		{`at=info`, `at="info" x`},
	} {
		f(frame(strings.Replace(request, change.old, change.new, 1)) + rest)
		f(frame(strings.Replace(request, change.old, change.new, 1)))
	}
	f(frame(`<158>1 2026-11-22T20:00:02.898551+00:00 host heroku router - fwd="203.0.113.1, 203.0" dyno=abcdefg connect=1234ms service=1234567ms status=200 bytes=1234567 protocol=http1.1 tls=true tls_version=unknown`))
	for _, sample := range []string{"sample#=1", "sample#a 5", "sample#a =5", "sample#a"} {
		f(frame(head+"app heroku-redis - source=R "+sample+" sample#b=1") + rest)
	}
}

// TIMESTAMPs, right and wrong.
func TestUsualTimes(t *testing.T) {
	for _, stamp := range []string{
		"2026-11-22T20:00:02+00:00", "2026-11-22T20:00:02.+00:00", "2026-11-22T20:00:02.8+00:00", "2026-11-22T20:00:02.898551+00:00",
		"2026-11-22T20:00:02.8985514+00:00", "2026-11-22T20:00:02.898551402+00:00", "2026-11-22T20:00:02.898551Z", "2026-11-22T20:00:02Z",
		"2026-11-22T20:00:02.898551+01:00", "2026-11-22T20:00:02.898551-00:30", "2026-11-22T20:00:60.898551+00:00", "2026-11-22T20:00:99+00:00",
		"2026-11-22T20:00.02.898551+00:00", "2026-11-22T20:00:0x.898551+00:00", "2026-11-22T20:00:02.89855x+00:00", "2026-11-22T20:00:02,898551+00:00",
		"2026-02-30T20:00:02.898551+00:00", "2026-11-22t20:00:02.898551+00:00", "-", "",
	} {
		line := "<190>1 " + stamp + " host app web.1 - " + strings.Repeat("x", 60)
		if diff := unlikeGeneral([]byte(frame(usual[0]) + frame(line) + frame(line))); diff != "" {
			t.Error(diff)
		}
	}
}

// Numbers with as many digits as may be, and what may stand behind.
func TestUsualNumbers(t *testing.T) {
	const nines = "9876543210"
	for whole := range len(nines) {
		for fraction := range len(nines) {
			for _, point := range []string{"", "."} {
				for _, unit := range []string{"", "MB", "kB", "bytes", "pages", "M", "k", "byte", "pagex", "bxtes", "B", "%", "GB", "-", "\n"} {
					value := nines[:whole] + point + nines[:fraction] + unit
					line := "<134>1 2026-11-22T20:00:08+00:00 host app heroku-redis - source=R sample#a=" + value + " sample#" + strings.Repeat("b", 3*whole+fraction) + "=" + value
					if diff := unlikeGeneral([]byte(frame(line) + frame(usual[0]))); diff != "" {
						t.Fatal(diff)
					}
				}
			}
		}
	}
}

// Lines that somebody changed a little.
func TestUsualChanged(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"", " ", "  ", `"`, `\`, `\"`, `" `, "=", ".", "-", "#", "!", "\n", "\r\n", "\x00", "\xa3", "0", "7", "12345678", "123456789",
		"ms", " dyno=web.9", ` status=500`, " code=H12", ` desc="x y"`, ` path="`, ` fwd="`, ` host=`, ` method=`, ` connect=`, ` request_id=`, " bytes=5",
		" protocol=https", " tls=true tls_version=tls1.3", "at=info ", "sock=client ", "redis", "postgres", "heroku-", "host ", "app ", " - ", "source=",
		"sample#", "sample#=1 ", "sample#x=1.5MB ", "5. ", ".5", "1.23456789", "kB", "bytes",
	})
	rapid.Check(t, func(t *rapid.T) {
		var body strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "lines") {
			line := rapid.SampledFrom(usual).Draw(t, "line")
			for range rapid.IntRange(0, 3).Draw(t, "changes") {
				at := rapid.IntRange(0, len(line)).Draw(t, "at")
				to := min(len(line), at+rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 3, 4, 7, 50}).Draw(t, "cut"))
				line = line[:at] + pieces.Draw(t, "piece") + line[to:]
			}
			body.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "\n", "0"}).Draw(t, "between") + frame(line))
		}
		if diff := unlikeGeneral([]byte(body.String())); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSpaceless(t *testing.T) {
	for n := range 60 {
		b := bytes.Repeat([]byte("x"), n+40)
		if !spaceless(b, n) {
			t.Errorf("%d bytes: a space where none is", n)
		}
		for i := range b {
			b[i] = ' '
			if spaceless(b, n) != (i >= n) {
				t.Errorf("%d bytes: the space at %d", n, i)
			}
			b[i] = 'x'
		}
	}
}

// FuzzUsual has a line between two others: what is left of the one before must not show, and what
// stands behind must not be read as part of it.
func FuzzUsual(f *testing.F) {
	for _, line := range usual {
		f.Add(line, "")
		f.Add(line[:len(line)/2], line[len(line)/2:])
	}
	f.Fuzz(func(t *testing.T, line, next string) {
		for _, before := range []string{usual[1], usual[14], mixed[0]} {
			if diff := unlikeGeneral([]byte(frame(before) + frame(line) + frame(next))); diff != "" {
				t.Fatal(diff)
			}
			if diff := unlikeGeneral([]byte(frame(line) + next)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
