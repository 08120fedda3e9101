package parser

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The files of testdata are real lines, collected from public places; a line that starts with "###"
// says where the next ones come from, and is none itself.

// deserved reports whether a line of testdata is no log line at all: the bare output of a Redis
// client or a database, as somebody pasted it, and a router's text without anything in front.
func deserved(file, line string) bool {
	switch file {
	case "redis_exhaustion_local_experiment.txt", "redis_oom_pool_readonly_local_experiment.txt":
		return true
	case "redis_exhaustion_real.txt":
		return strings.HasPrefix(line, "Error: Auth error:") || strings.HasPrefix(line, "    at Command.RedisClient.do_auth") ||
			strings.HasPrefix(line, "ERR max number of clients reached (Redis::CommandError)")
	case "redis_oom_real.txt":
		return !strings.HasPrefix(line, "Jan 17 10:15:43 ")
	case "near_miss_postgres_connections.txt":
		return strings.HasPrefix(line, "2016-12-20 11:14:09 CST [25669-1]") || strings.HasPrefix(line, "pq: ")
	case "router_h_codes.txt":
		return strings.HasPrefix(line, `at=error code=H14 desc="No web processes running"`)
	}
	return false
}

func testdata(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files in testdata, %v", len(files), err)
	}
	contents := map[string][]byte{}
	for _, name := range files {
		if filepath.Base(name) == ".gitattributes" {
			continue
		}
		contents[filepath.Base(name)], err = os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
	}
	return contents
}

// Each line alone, and each file at once without its comments, is read without a fault that the
// line doesn't deserve.
func TestTestdata(t *testing.T) {
	for file, content := range testdata(t) {
		if filepath.Ext(file) == ".logplex1" {
			continue
		}
		var kept bytes.Buffer
		want := 0
		for line := range strings.Lines(string(content)) {
			if strings.HasPrefix(line, "###") || strings.TrimSpace(line) == "" {
				continue
			}
			kept.WriteString(line)
			faults := 0
			r := NewReader(strings.NewReader(line))
			for r.Next() {
				want++
				if r.Line().Fault != FaultNone {
					faults++
				}
				if r.Line().Kind == KindOther && r.Line().Fault == FaultNone {
					t.Errorf("%s: nobody said %s", file, line)
				}
			}
			if (faults > 0) != deserved(file, strings.TrimSuffix(line, "\n")) {
				t.Errorf("%s: %d faults, last %q: %s", file, faults, r.Line().Fault, line)
			}
		}
		got := 0
		for r := NewReader(&kept); r.Next(); got++ {
			l := r.Line()
			if l.Fault != FaultNone && l.Fault != FaultFormat {
				t.Errorf("%s at once: fault %q: %s", file, l.Fault, l.Msg)
			}
		}
		if got != want {
			t.Errorf("%s: %d lines one by one, %d at once", file, want, got)
		}
	}
}

func TestTestdataBodies(t *testing.T) {
	content := testdata(t)
	f := func(file string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, read(t, bytes.NewReader(content[file]))); diff != "" {
			t.Errorf("%s (-want +got)\n%s", file, diff)
		}
	}
	const (
		started = "app app[web.3] Starting process with command `bundle exec rackup config.ru -p 24405`"
		changed = "app app[web.3] State changed from starting to up"
	)
	f("goodeggs_single.logplex1", "dyno heroku[web.1] State changed from starting to crashed")
	f("eauc_sample3.logplex1", changed, started)
	f("eauc_sample0.logplex1",
		`app app[web.3] at=info method=HEAD path="/api/monitor/" host=api-staging.myotest.cloud request_id=fec8bbaa-1787-4f16-8897-62dbb7e7b220 fwd="104.238.136.194" dyno=web.1 connect=1ms service=115ms status=200 bytes=1742 protocol=https`,
		changed, started,
		"app app[web.3] source=web.1 dyno=heroku.55681600.4fce2580-ea9f-492a-8837-a6f161bae67b sample#memory_total=254.70MB sample#memory_rss=242.35MB sample#memory_cache=3.37MB sample#memory_swap=8.99MB sample#memory_pgpgin=134057pages sample#memory_pgpgout=89550pages sample#memory_quota=512.00MB")

	// The captures of eauc lost their last newline. A file may; the body of a POST may not.
	s := NewScanner(content["eauc_sample3.logplex1"])
	if !s.Scan() || s.Line().Fault != FaultNone || !s.Scan() || s.Line().Fault != FaultTruncated || s.Scan() {
		t.Errorf("eauc_sample3.logplex1: want a good and a truncated line")
	}
}

// What the lines say, summed up by file.
func TestTestdataContents(t *testing.T) {
	content := testdata(t)
	f := func(file, want string) {
		t.Helper()
		var got []string
		for r := NewReader(bytes.NewReader(content[file])); r.Next(); {
			if l := r.Line(); l.Code != nil {
				got = append(got, string(l.Proc)+":"+string(l.Code))
			}
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", file, diff)
		}
	}
	f("memory_r14_r15.txt", "web.1:R14 web.1:R14 web.1:R14 web.1:R14 web.1:R15 worker.1:R15")
	f("runtime_r_codes_l_codes.txt", "web.1:R10 worker.1:R12 run.1:R16 web.1:R17 logplex:L10 logplex:L11 log-shuttle:L12 log-shuttle:L13 logplex:L14 logplex:L10 worker.1:R12")
	f("router_h_codes.txt", "router:H27 router:H27 router:H13 router:H12 router:H12 router:H20 router:H20 router:H20 router:H20")
	f("router_v2.txt", "router:H18")
	f("api_events.txt", "router:H81")
	f("rawframes_2019_2024_misc.txt", "web.1:R10 logplex:L10 logplex:L10")
	f("papertrail_worker_scale_r12.txt", "worker.1:R12")
	f("redis_exhaustion_real.txt", "")
}
