package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// remote is a daemon asked through its HTTP API.
type remote struct {
	base, password string
	local          bool // on a loopback address, where no password may be needed
}

// newRemote refuses a URL by which the password would cross a network in the clear.
func newRemote(base, password string) (*remote, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("https://HOST of the daemon is expected, without user or password; the password is ADMIN_PASSWORD")
	}
	local := u.Hostname() == "localhost" || strings.HasPrefix(u.Hostname(), "127.") || u.Hostname() == "::1"
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return nil, fmt.Errorf("https is expected for the daemon, or http on a loopback address, not %s://%s", u.Scheme, u.Host)
	}
	return &remote{strings.TrimSuffix(base, "/"), password, local}, nil
}

// get reads the JSON at path into v.
func (r *remote) get(ctx context.Context, path string, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return fmt.Errorf("asking the daemon: %w", err)
	}
	if r.password != "" {
		req.SetBasicAuth("drain", r.password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the daemon: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the daemon for %s: %s; ADMIN_PASSWORD must be the daemon's", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		return fmt.Errorf("asking the daemon for %s: JSON is expected: %w", path, err)
	}
	return nil
}
