package app

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"drain/internal/simulator/dice"
	"drain/internal/simulator/logplex"
)

// TestStory is the whole story: rest, rush, exhaustion, fewer dynos, recovery.
func TestStory(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		time.Sleep(20 * time.Minute)
		if got, want := l.connections(), "8 and 8 of 38"; got != want {
			t.Errorf("at rest %s, want %s", got, want)
		}
		if n := l.count(".*", `passed away|status=5`); n != 0 {
			t.Errorf("%d lines of trouble at rest", n)
		}

		l.forget()
		l.Rush()
		time.Sleep(3 * time.Minute)
		l.forget()
		time.Sleep(10 * time.Minute)
		samples := l.said("heroku-redis", "source=ENKETO_REDIS_MAIN")
		for _, s := range samples {
			if !strings.Contains(s, "sample#active-connections=38 sample#max-connections=38 sample#connection-percentage-used=1.00000") {
				t.Errorf("in the rush Redis isn't full: %s", s)
			}
		}
		if len(samples) < 8 {
			t.Errorf("%d samples of main in 10m, want one about every 61s", len(samples))
		}
		for _, trouble := range []string{`code=H12 desc="Request timeout" .*service=30000ms status=503`, `code=H13`, `status=500`} {
			if n := l.count("router", trouble); n < 20 {
				t.Errorf("%d router lines with %s, want many", n, trouble)
			}
		}
		good, all := l.count("router", "status=200"), l.count("router", "")
		if good < all/10 || good > all*6/10 {
			t.Errorf("%d of %d requests well, want some", good, all)
		}
		dropped := l.count(`web\.\d`, "^Error: Client network socket disconnected before secure TLS connection was established\n")
		died := l.count(`web\.\d`, `^Worker \d+ sadly passed away\. It will be reincarnated\.\n`)
		reborn := l.count(`web\.\d`, `^Worker \d+ ready for duty at port \d+! \(environment: production\)\n`)
		if dropped < 100 || dropped-died > 32 || died-reborn > 32 {
			t.Errorf("%d handshakes dropped, %d workers died, %d were reborn", dropped, died, reborn)
		}
		if n := l.count(".*", "max number of clients"); n != 0 {
			t.Error("Redis spoke over TLS")
		}

		if err := l.Scale("drain@example.com", Update{"web", 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		l.forget()
		time.Sleep(5 * time.Minute)
		if got, want := l.connections(), "26 and 18 of 38"; got != want {
			t.Errorf("with one dyno %s, want %s", got, want)
		}
		if n := l.count(".*", `passed away|status=5|disconnected`); n != 0 {
			t.Errorf("%d lines of trouble with one dyno", n)
		}
		if n := l.count("router", "dyno=web.1 .*status=200"); n < 400 {
			t.Errorf("%d requests well in 5m, want about 600", n)
		}
	})
}

func TestEvents(t *testing.T) {
	live(t, Options{}, func(t *testing.T, l *life) {
		l.Rush()
		time.Sleep(5 * time.Minute)
		l.Scale("drain@example.com", Update{"web", 1})
		time.Sleep(5 * time.Minute)
		heard := l.heard()
		for _, want := range []string{
			"the survey begins",
			"ENKETO_REDIS_MAIN is full: 38 of 38 connections",
			"web.3 can't connect to ENKETO_REDIS_MAIN",
			"web scaled from 4 to 1 by drain@example.com",
			"web.4 has stopped",
			"ENKETO_REDIS_MAIN has room again",
			"every worker of web.1 is connected again",
		} {
			if !strings.Contains(heard, want) {
				t.Errorf("nothing told of %q in\n%s", want, heard)
			}
		}
		if n := strings.Count(heard, "\n"); n > 30 {
			t.Errorf("%d events, want each told once:\n%s", n, heard)
		}
	})
}

// TestFits is what makes web 1 the answer: 26 of 38 fit, 52 don't.
func TestFits(t *testing.T) {
	for web, want := range map[int]bool{1: true, 2: false, 3: false} {
		live(t, Options{Web: web}, func(t *testing.T, l *life) {
			l.Rush()
			time.Sleep(20 * time.Minute)
			l.forget()
			time.Sleep(5 * time.Minute)
			if got := l.count(".*", "passed away") == 0; got != want {
				t.Errorf("%d web dynos fit: %v, want %v", web, got, want)
			}
			if !want && l.count("heroku-redis", "MAIN .*active-connections=3[78] ") == 0 {
				t.Errorf("%d web dynos: Redis never seen full:\n%s", web, strings.Join(l.said("heroku-redis", "MAIN"), "\n"))
			}
		})
	}
}

func TestSpeedDividesHerokusTime(t *testing.T) {
	live(t, Options{Speed: 10}, func(t *testing.T, l *life) {
		l.Rush()
		time.Sleep(time.Minute)
		if n := l.count("router", ""); n < 800 || n > 1600 {
			t.Errorf("%d requests in 1m, want about 1200", n)
		}
		if n := l.count("heroku-redis", "MAIN"); n < 9 || n > 11 {
			t.Errorf("%d samples in 1m, want about 10", n)
		}
		if n := l.count(`web\.1`, "sample#load_avg_1m"); n < 29 || n > 31 {
			t.Errorf("%d runtime metrics of web.1 in 1m, want 30", n)
		}
		for _, m := range l.lines {
			if d := time.Since(m.Time); d < 0 || d > time.Minute+time.Second {
				t.Errorf("a line from %v ago, want real timestamps", d)
			}
		}
	})
}

func TestSameSeedSameLog(t *testing.T) {
	log := func() (lines []logplex.Message) {
		live(t, Options{}, func(_ *testing.T, l *life) {
			l.Rush()
			time.Sleep(2 * time.Minute)
			synctest.Wait()
			lines = l.lines
		})
		return lines
	}
	if diff := cmp.Diff(log(), log()); diff != "" {
		t.Errorf("two runs differ:\n%.2000s", diff)
	}
}

// TestConnectionsAddUp: whatever is scaled when, a Redis counts the connections its workers hold,
// never more than its limit.
func TestConnectionsAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 6), 1, 12).Draw(rt, "web")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 40_000), len(steps), len(steps)).Draw(rt, "ms")
		wrong := ""
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			a := New(Options{
				Name: "enketo", Web: 2, Speed: 1, Dice: dice.New(9, 9),
				Write: func(logplex.Message) {}, Tell: func(string) {},
			})
			go a.Run(ctx)
			a.Rush()
			for i, n := range steps {
				a.Scale("ada@example.com", Update{"web", n})
				time.Sleep(time.Duration(pauses[i]) * time.Millisecond)
				synctest.Wait()
				a.mu.Lock()
				for j, r := range a.redis {
					held := 0
					for _, d := range a.dynos {
						if d.master != nil {
							held += d.master.held[j]
						}
						for _, w := range d.workers {
							held += w.held[j]
						}
					}
					if held != r.used || r.used > r.limit() {
						wrong = r.Attachment
					}
				}
				a.mu.Unlock()
			}
			cancel()
		})
		if wrong != "" {
			rt.Fatalf("connections of %s don't add up", wrong)
		}
	})
}
