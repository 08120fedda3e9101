package budget

import "testing"

func TestNextPlan(t *testing.T) {
	f := func(use, limit int, want string, allows int) {
		t.Helper()
		plan, n, ok := NextPlan(use, limit)
		if plan != want || n != allows || ok != (want != "") {
			t.Errorf("%d of %d: %q with %d, want %q with %d", use, limit, plan, n, want, allows)
		}
	}
	f(104, 38, "heroku-redis:premium-2", 198)
	f(60, 38, "heroku-redis:premium-1", 78)
	f(71, 38, "heroku-redis:premium-2", 198) // 0.9 of 78 is 70
	f(0, 38, "heroku-redis:premium-1", 78)
	f(10, 18, "heroku-redis:premium-0", 38)
	f(10, 60_000, "heroku-redis:premium-12", 64_998)
	f(70_000, 64_998, "", 0)
}
