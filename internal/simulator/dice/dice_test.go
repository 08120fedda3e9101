package dice

import (
	"regexp"
	"testing"
	"time"
)

func TestSameSeedSameRolls(t *testing.T) {
	a, b, c := New(7, 1), New(7, 1), New(7, 2)
	same := true
	for range 100 {
		x, y, z := a.UUID(), b.UUID(), c.UUID()
		if x != y {
			t.Fatalf("same seed and stream rolled %s and %s", x, y)
		}
		same = same && x == z
	}
	if same {
		t.Error("two streams of one seed rolled the same")
	}
}

func TestUUIDForm(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$`)
	d := New(1, 1)
	for range 100 {
		if id := d.UUID(); !form.MatchString(id) {
			t.Fatalf("UUID() = %q", id)
		}
	}
}

func TestBounds(t *testing.T) {
	d := New(3, 3)
	for range 10_000 {
		if v := d.Between(time.Second, 2*time.Second); v < time.Second || v >= 2*time.Second {
			t.Fatalf("Between(1s, 2s) = %v", v)
		}
		if v := d.Gap(time.Second); v < 0 || v > 10*time.Second {
			t.Fatalf("Gap(1s) = %v, want within 0 to 10s", v)
		}
	}
	if d.Chance(0) || !d.Chance(1) {
		t.Error("Chance(0) or Chance(1) is wrong")
	}
}
