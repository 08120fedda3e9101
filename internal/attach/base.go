package attach

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"strings"
)

// ParseBase reads the daemon's own address: https, or http on a loopback address, with a host, and maybe a
// path under which a proxy has the daemon. A drain's URL, which ends in /logs or /logs/APP, is not taken: the
// drain made of it would lead to /logs/APP/logs/APP. No error holds a password.
func ParseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" ||
		u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("no URL like https://drain.example.com: the daemon's own address is expected, without password, query or fragment")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("http://%s: https is expected, or http on a loopback address: passwords and logs would cross the network in the clear", u.Host)
	}
	where := path.Join("/", u.Path)
	if path.Base(where) == "logs" || path.Base(path.Dir(where)) == "logs" {
		behind, _, _ := strings.Cut(where+"/", "/logs/")
		own := url.URL{Scheme: u.Scheme, Host: u.Host, Path: behind}
		return nil, fmt.Errorf("%s is where a drain delivers: the daemon's own address is expected, %s", u, &own)
	}
	return u, nil
}

// loopback says that what is sent to the host stays on this machine.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
