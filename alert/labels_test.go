package alert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLabelSet(t *testing.T) {
	a := Alert{
		App: "enketo", Rule: "memory-quota-exceeded", Cause: "memory-quota", Severity: Warning,
		Labels: map[string]string{"dyno": "web.1", "app": "another", "code": ""},
	}
	want := map[string]string{
		"app": "enketo", "rule": "memory-quota-exceeded", "cause": "memory-quota", "severity": "warning", "dyno": "web.1",
	}
	if diff := cmp.Diff(want, a.LabelSet()); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsAreRedactedAndKept(t *testing.T) {
	d := New(Options{})
	d.Send(Alert{Seq: 1, State: Firing, Key: "a", Labels: map[string]string{"addon": "redis://u:hunter2@host"}})
	d.Send(Alert{Seq: 2, State: Firing, Key: "b"})
	d.Send(Alert{Seq: 3, State: Resolved, Key: "a"})
	want := []map[string]string{nil, {"addon": "redis://[redacted]@host"}}
	alerts := d.Open()[0].Alerts
	if diff := cmp.Diff(want, []map[string]string{alerts[0].Labels, alerts[1].Labels}); diff != "" {
		t.Error(diff)
	}
}
