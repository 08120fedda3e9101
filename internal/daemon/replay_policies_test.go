package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"drain/internal/config"
	"drain/parser"
)

// tape writes a captured log. Minutes count from noon.
type tape struct{ strings.Builder }

func (l *tape) at(minute float64, app, proc, format string, args ...any) *tape {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Duration(minute * float64(time.Minute)))
	fmt.Fprintf(l, "%s %s[%s]: %s\n", at.Format(time.RFC3339Nano), app, proc, fmt.Sprintf(format, args...))
	return l
}

func (l *tape) scaled(minute float64, web int) *tape {
	return l.at(minute, "app", "api", "Scaled to web@%d:Basic by user a@example.com", web)
}

// redis says each minute what the Redis does.
func (l *tape) redis(from, to, used, limit int) *tape {
	for m := from; m < to; m++ {
		l.at(float64(m), "app", "heroku-redis", "source=REDIS addon=redis-x sample#active-connections=%d sample#max-connections=%d", used, limit)
	}
	return l
}

// memory says how much of its memory a dyno has, in percent.
func (l *tape) memory(minute float64, dyno string, percent float64) *tape {
	return l.at(minute, "heroku", dyno, "source=%s dyno=heroku.1.2 sample#memory_total=%.2fMB sample#memory_rss=%.2fMB sample#memory_swap=0.00MB sample#memory_quota=512.00MB",
		dyno, 5.12*percent, 5.12*percent)
}

// actions replays a log and lists what policies answered: "12:15 scale web 4 → 1 act".
func (l *tape) actions(t *testing.T, policy string) (got []string) {
	t.Helper()
	cfg, err := config.Parse("drain.yaml", []byte("apps: {enketo: {redis: {REDIS: {per_dyno: {web: 26, cron: 6}}}}}\npolicies:\n"+policy))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReplay(cfg, "enketo", func(rec Record) {
		if rec.Event != "action" {
			return
		}
		who := rec.Process
		if rec.Dyno != "" {
			who = rec.Dyno
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %d → %d %s %s", rec.At.Format("15:04"), rec.Verb, who, rec.From, rec.To, rec.Verdict, rec.Why)))
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := parser.NewReader(strings.NewReader(l.String()))
	for lines.Next() {
		r.Add(lines.Line())
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	r.End()
	return got
}

func check(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

const (
	shed      = `  - {name: shed, on: redis-connections-exhausted, app: enketo, process: web, mode: automatic, restore: automatic`
	automatic = shed + `}`
)

// exhausted is 4 dynos on a Redis that is full from 12:15 to 12:25, and then larger.
func exhausted(limit int) *tape {
	l := new(tape).scaled(0, 4)
	l.redis(14, 25, 38, 38)
	return l.redis(25, 90, 26, limit)
}

// Nobody acted. What the policy would have done is taken as done once, and brought back when there is room.
func TestReplayOfAnAppLeftAlone(t *testing.T) {
	check(t, "a larger plan", exhausted(198).actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 2 act", // max_step: all restores one at a time
		"12:50 restore web 2 → 3 act",
		"12:55 restore web 3 → 3 hold per_hour", // one of four is left to shedding
		"13:14 restore web 3 → 4 act")
	check(t, "the same plan", exhausted(38).actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 1 hold no_room")
	check(t, "two at a time", exhausted(198).actions(t, shed+`, max_step: 2}`),
		"12:14 scale web 4 → 2 act max_step",
		"12:30 restore web 2 → 2 hold not_over_long",
		"12:45 restore web 2 → 4 act")
	check(t, "a dry run", exhausted(198).actions(t, strings.Replace(automatic, "mode: automatic", "mode: dry_run", 1)),
		"12:14 scale web 4 → 1 dry_run",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 2 dry_run", "12:50 restore web 2 → 3 dry_run", "12:55 restore web 3 → 3 hold per_hour", "13:14 restore web 3 → 4 dry_run")
	check(t, "approved", exhausted(198).actions(t, strings.Replace(automatic, "restore: automatic", "restore: approve, max_step: 3", 1)),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 4 ask")
	check(t, "never", exhausted(198).actions(t, strings.Replace(automatic, "restore: automatic", "restore: never", 1)),
		"12:14 scale web 4 → 1 act")
	check(t, "no figures", new(tape).scaled(0, 4).redis(14, 25, 38, 38).redis(25, 32, 26, 198).at(50, "app", "web.1", "well").actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:50 restore web 1 → 1 hold stale_evidence")
}

// A line of what was decided is drain's own doing, and the policy goes on from there. Any other is
// somebody's, and has the last word.
func TestReplayOfAnAppThatWasScaled(t *testing.T) {
	log := func(minute float64, web int) *tape {
		l := new(tape).scaled(0, 4)
		l.redis(14, 16, 38, 38).scaled(minute, web)
		return l.redis(int(minute)+1, 30, 38, 38).redis(30, 60, 26, 198)
	}
	check(t, "ours, and it didn't help", log(15.5, 1).actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:21 scale web 1 → 1 hold cooldown",
		"12:26 scale web 1 → 1 hold fits",
		"12:30 scale web 1 → 1 hold evidence",
		"12:35 restore web 1 → 1 hold not_over_long",
		"12:50 restore web 1 → 2 act", "12:55 restore web 2 → 3 act")
	check(t, "somebody's", log(15.5, 2).actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:15 restore web 2 → 2 dropped foreign_change",
		"12:19 scale web 2 → 2 hold foreign_change",
		"12:26 scale web 2 → 1 act",
		"12:35 restore web 1 → 1 hold not_over_long",
		"12:50 restore web 1 → 2 act")
	check(t, "too late to be ours", log(17.5, 1).actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:17 restore web 1 → 1 dropped foreign_change",
		"12:19 scale web 1 → 1 hold foreign_change",
		"12:28 scale web 1 → 1 hold fits",
		"12:30 scale web 1 → 1 hold evidence")
	check(t, "a person who was asked has more time", log(17.5, 1).actions(t, strings.Replace(automatic, "mode: automatic", "mode: approve", 1)),
		"12:14 scale web 4 → 1 ask",
		"12:23 scale web 1 → 1 hold cooldown",
		"12:28 scale web 1 → 1 hold fits",
		"12:30 scale web 1 → 1 hold evidence",
		"12:35 restore web 1 → 1 hold not_over_long",
		"12:50 restore web 1 → 2 act", "12:55 restore web 2 → 3 act")
	check(t, "after all is restored nothing is dropped", exhausted(198).scaled(90.5, 3).actions(t, shed+", max_step: 3}"),
		"12:14 scale web 4 → 1 act", "12:30 restore web 1 → 1 hold not_over_long", "12:45 restore web 1 → 4 act")
}

// The incident comes back while dynos are missing: the wait doubles, and never more come back than there
// were before the first.
func TestReplayOfAFlap(t *testing.T) {
	l := new(tape).scaled(0, 4)
	l.redis(14, 25, 38, 38).redis(25, 47, 26, 198).redis(47, 52, 198, 198).redis(52, 110, 26, 198)
	check(t, "it came back", l.actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 2 act",
		"12:50 scale web 2 → 2 hold fits",
		"12:52 scale web 2 → 2 hold evidence",
		"12:57 restore web 2 → 2 hold not_over_long",
		"13:27 restore web 2 → 3 act",
		"13:32 restore web 3 → 4 act")

	l = new(tape).scaled(0, 4)
	l.redis(14, 25, 38, 38).redis(25, 47, 26, 198).redis(47, 52, 38, 38).redis(52, 150, 26, 198)
	check(t, "it came back, and more was shed", l.actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:45 restore web 1 → 2 act",
		"12:50 scale web 2 → 1 act",
		"12:57 restore web 1 → 1 hold not_over_long",
		"13:27 restore web 1 → 2 act",
		"13:32 restore web 2 → 2 hold per_hour",
		"13:45 restore web 2 → 3 act",
		"13:50 restore web 3 → 4 act")
	l = new(tape).scaled(0, 4)
	l.redis(14, 25, 38, 38).redis(25, 33, 26, 198).redis(33, 36, 38, 38).redis(36, 48, 26, 198)
	check(t, "it came back before anything was restored", l.actions(t, automatic),
		"12:14 scale web 4 → 1 act",
		"12:30 restore web 1 → 1 hold not_over_long",
		"12:33 scale web 1 → 1 hold fits",
		"12:36 scale web 1 → 1 hold evidence",
		"12:41 restore web 1 → 1 hold not_over_long")
}

// The most expendable type goes first, and comes back last.
func TestReplayOfSeveralTypes(t *testing.T) {
	l := new(tape).at(0, "app", "api", "Scaled to web@2:Basic cron@2:Basic by user a@example.com")
	l.redis(14, 15, 38, 38).at(14.5, "app", "api", "Scaled to cron@1:Basic by user a@example.com")
	l.redis(15, 21, 38, 38).at(20.3, "app", "api", "Scaled to web@1:Basic by user a@example.com")
	l.redis(21, 60, 26, 198)
	check(t, "cron before web", l.actions(t, strings.Replace(automatic, "process: web", "process: [cron, web]", 1)),
		"12:14 scale cron 2 → 1 act floor",
		"12:20 scale web 2 → 1 act",
		"12:26 restore cron 1 → 1 hold not_over_long",
		"12:26 restore web 1 → 1 hold not_over_long",
		"12:41 restore cron 1 → 1 hold order",
		"12:41 restore web 1 → 2 act",
		"12:46 restore cron 1 → 2 act")
}

// A restart is of the dyno with the most memory, and of none where that isn't enough or too few would run.
func TestReplayRestarts(t *testing.T) {
	policy := `  - {name: relieve, verb: restart, on: memory-quota-exceeded, app: enketo, process: web, mode: automatic`
	log := func(percent float64) *tape {
		l := new(tape).scaled(0, 2)
		for m := 14; m < 30; m++ {
			at := float64(m)
			l.redis(m, m+1, 30, 38)
			l.memory(at+0.1, "web.1", 60).memory(at+0.2, "web.2", percent).at(at+0.3, "heroku", "web.2", "Error R14 (Memory quota exceeded)")
		}
		return l
	}
	check(t, "one is heavy", log(120).actions(t, policy+`}`), "12:14 restart web.2 2 → 2 act")
	check(t, "too few would run", log(120).actions(t, policy+`, min: 2}`), "12:14 restart web 2 → 2 hold floor")
	check(t, "none is heavy", log(70).actions(t, policy+`}`), "12:14 restart web 2 → 2 hold evidence")
	check(t, "one action at a time", log(120).actions(t, policy+"}\n"+strings.Replace(automatic, "redis-connections-exhausted", "memory-quota-exceeded", 1)),
		"12:14 restart web.2 2 → 2 act",
		"12:14 scale web 2 → 2 hold in_flight",
		"12:19 scale web 2 → 2 hold cooldown",
		"12:24 scale web 2 → 2 hold evidence")
}
