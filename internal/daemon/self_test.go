package daemon

import (
	"strings"
	"testing"
)

func TestWrote(t *testing.T) {
	own := self{[]byte("drain-0123456789abcdef0123456789abcdef")}
	f := func(want bool, line string) {
		t.Helper()
		if got := own.wrote([]byte(line)); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
	signed := `"instance":"` + string(own.id) + `"`
	f(true, `{"level":"info",`+signed+`,"message":"x"}`)
	f(true, `{"level":"error",`+signed+`}`)
	f(true, `{`+signed+`,"message":"x"}`)
	f(true, `{`+signed)

	f(false, "")
	f(false, `{"level`)
	f(false, `{"level"`)
	f(false, `{"instan`)
	f(false, `{"level":"info","message":"x"}`)
	f(false, `{"level": "info",`+signed+`}`)
	f(false, `{"levels":"info",`+signed+`}`)
	f(false, `{"instances":"`+string(own.id)+`"}`)
	f(false, `{"time":1,`+signed+`}`)
	f(false, ` {"level":"info",`+signed+`}`)
	f(false, strings.Replace(`{"level":"info",`+signed+`}`, "f\"", "e\"", 1))
	f(false, `{"level":"info","message":"`+strings.Repeat("x", ownHead)+`",`+signed+`}`)
}
