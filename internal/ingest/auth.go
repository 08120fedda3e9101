package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"sync"
)

// AppPassword is the password of one app, derived from the master password: the first 32 characters
// of base64url(HMAC-SHA256(master, "drain/"+app)). It has no character that a drain URL must escape;
// a ":" would even stop Logplex from delivering.
func AppPassword(master, app string) string {
	mac := hmac.New(sha256.New, []byte(master))
	mac.Write([]byte("drain/" + app))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:32]
}

const (
	// maxCredentials bounds what is decoded of an Authorization header, scheme excluded; anything
	// longer is a wrong password.
	maxCredentials = 512

	// maxDerived bounds the apps whose passwords are remembered, about 200 bytes each.
	maxDerived = 10_000
)

// digest stands for a password in comparisons: comparing digests takes the same time whatever the
// passwords and their lengths.
type digest [sha256.Size]byte

// keyring says whether a request carries a password that is right.
type keyring struct {
	masters []string
	bare    []digest // of masters
	proven  proofs

	mu      sync.RWMutex
	derived map[string][]digest // guarded by mu; only of apps that have shown one of them
}

func newKeyring(passwords ...string) *keyring {
	k := &keyring{derived: make(map[string][]digest), proven: newProofs()}
	for _, p := range passwords {
		if p != "" {
			k.masters = append(k.masters, p)
			k.bare = append(k.bare, sha256.Sum256([]byte(p)))
		}
	}
	return k
}

// open reports whether there is no password at all.
func (k *keyring) open() bool { return len(k.bare) == 0 }

// admit judges an Authorization header. own is true where it holds the password derived for app.
func (k *keyring) admit(authorization, app string) (own, ok bool) {
	sum := k.proven.hash(authorization)
	if known := k.proven.find(sum, authorization); known != nil && (!known.own || known.app == app) {
		return known.own, true
	}
	if own, ok = k.examine(authorization, app); ok {
		k.proven.add(sum, authorization, app, own)
	}
	return own, ok
}

// examine is admit for a header not seen before.
func (k *keyring) examine(authorization, app string) (own, ok bool) {
	var buf [maxCredentials]byte
	password, ok := presented(&buf, authorization)
	if !ok {
		return false, false
	}
	sum := digest(sha256.Sum256(password))
	if among(k.bare, &sum) {
		return false, true
	}
	own = app != "" && k.isDerived(app, &sum)
	return own, own
}

func (k *keyring) isDerived(app string, sum *digest) bool {
	k.mu.RLock()
	known := k.derived[app]
	k.mu.RUnlock()
	if known != nil {
		return among(known, sum)
	}

	for _, master := range k.masters {
		known = append(known, sha256.Sum256([]byte(AppPassword(master, app))))
	}
	if !among(known, sum) {
		return false // not remembered, or a flood of made-up apps would push out real ones
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.derived) >= maxDerived {
		for other := range k.derived { // any one: it costs its app one derivation
			delete(k.derived, other)
			break
		}
	}
	k.derived[strings.Clone(app)] = known // the app may be a view of a whole request's head
	return true
}

// among compares sum with each of known in constant time.
func among(known []digest, sum *digest) bool {
	found := 0
	for i := range known {
		found |= subtle.ConstantTimeCompare(known[i][:], sum[:])
	}
	return found == 1
}

// presented returns the password of a Basic (any user name) or Bearer header, decoded into buf.
func presented(buf *[maxCredentials]byte, authorization string) (password []byte, ok bool) {
	scheme, value, _ := strings.Cut(authorization, " ")
	value = strings.Trim(value, " ")
	if value == "" || len(value) > len(buf) {
		return nil, false
	}
	n := copy(buf[:], value)
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return buf[:n], true
	case strings.EqualFold(scheme, "Basic"):
		n, err := base64.StdEncoding.Decode(buf[:], buf[:n])
		if err != nil {
			return nil, false
		}
		for i, c := range buf[:n] {
			if c == ':' {
				return buf[i+1 : n], true
			}
		}
	}
	return nil, false
}
