package ingest

import "strings"

// appOf returns the app a path names: "" for /logs.
func appOf(path string) (app string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/logs")
	if !ok || rest == "" {
		return "", ok
	}
	app, ok = strings.CutPrefix(rest, "/")
	return app, ok && isAppName(app)
}

// isAppName reports whether app could name an app. The Platform API's schema says
// ^[a-z][a-z0-9-]{1,28}[a-z0-9]$; shorter names are let through since they do no harm, and refusing
// one would lose its log.
func isAppName(app string) bool {
	if app == "" || len(app) > 30 || app[0] < 'a' || app[0] > 'z' || app[len(app)-1] == '-' {
		return false
	}
	for _, c := range []byte(app) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
