package attach

import (
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	right := func(text string) {
		t.Helper()
		if u, err := ParseBase(text); err != nil || u.String() != text {
			t.Errorf("%s: %v, %v", text, u, err)
		}
	}
	right("https://drain.example.com")
	right("https://drain.example.com:8443/behind/")
	right("https://drain.example.com/logs-of-ours")
	right("https://logs")
	right("http://127.0.0.1:8080")
	right("http://127.0.0.1")
	right("http://[::1]:8080/behind")
	right("http://localhost:8080")

	wrong := func(text, want string) {
		t.Helper()
		_, err := ParseBase(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: want %q, got %v", text, want, err)
		}
	}
	const shape = "no URL like https://drain.example.com: the daemon's own address is expected"
	wrong("", shape)
	wrong("drain.example.com", shape)
	wrong("https://:8443", shape)
	wrong("ftp://drain.example.com", shape)
	wrong("https://u:s3cret@drain.example.com", shape)
	wrong("https://u:s3cret@drain.example.com:port", shape)
	wrong("https://drain.example.com?password=s3cret", shape)
	wrong("https://drain.example.com?", shape)
	wrong("https://drain.example.com/#s3cret", shape)

	const ends = "is where a drain delivers: the daemon's own address is expected, https://drain.example.com"
	drains := func(text, own string) {
		t.Helper()
		wrong(text, ends)
		if _, err := ParseBase(text); err != nil && !strings.HasSuffix(err.Error(), " "+own) {
			t.Errorf("%s: want %s to be shown, got %v", text, own, err)
		}
	}
	const own = "https://drain.example.com"
	drains(own+"/logs/enketo", own)
	drains(own+"/logs/enketo/", own)
	drains(own+"/logs%2Fenketo", own)
	drains(own+"/logs", own)
	drains(own+"/logs/", own)
	drains(own+"/logs/logs", own)
	drains(own+"/logs/enketo/logs/enketo", own)
	drains(own+"/behind/logs/enketo", own+"/behind")

	const clear = "https is expected, or http on a loopback address"
	wrong("http://drain.example.com", clear)
	wrong("http://127.0.0.1.example.com:8080", clear)
	wrong("http://10.0.0.1", clear)
}
