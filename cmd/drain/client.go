package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"drain/internal/attach"
	"drain/internal/config"
	"drain/internal/upgrade"
)

// misdirectedError is the answer of a process that isn't the one to ask, of several behind one address.
type misdirectedError struct{ said string }

func (e *misdirectedError) Error() string {
	return e.said + ", but didn't answer; does it run? A drain needs one web dyno, and no more"
}

// maxAnswer bounds what is read of a daemon's answer, bytes.
const maxAnswer = 16 << 20

// client asks a daemon by its HTTP API.
type client struct {
	base     *url.URL
	password config.Secret
	http     http.Client
}

// checkURL says what is wrong with a daemon's address that a flag, or the environment, has.
func checkURL(name, text string) error {
	if _, err := attach.ParseBase(text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// newClient takes the daemon's address and the password of ADMIN_PASSWORD, or of the file that
// ADMIN_PASSWORD_FILE names.
func newClient(base string, sys system) (*client, error) {
	u, err := attach.ParseBase(base)
	if err != nil {
		return nil, err
	}
	password := sys.getenv("ADMIN_PASSWORD")
	if file := sys.getenv("ADMIN_PASSWORD_FILE"); password == "" && file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("ADMIN_PASSWORD_FILE: %w", err)
		}
		password = strings.TrimSpace(string(text))
	}
	return &client{base: u, password: config.Secret(password), http: http.Client{
		Timeout: 30 * time.Second,
		// A redirect would take the password elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// do sends in as JSON, if it isn't nil, and decodes the answer into out, if that isn't.
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	text, err := c.send(ctx, method, path, in)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("%s: the answer is not drain's: %w", c.base.Host, err)
	}
	return nil
}

// send sends in as JSON, if it isn't nil, and returns the answer.
func (c *client) send(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path).String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.password != "" {
		req.SetBasicAuth("drain", c.password.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.base.Host, err)
	}
	if resp.StatusCode/100 != 2 {
		return nil, c.refused(resp, text)
	}
	return text, nil
}

func (c *client) refused(resp *http.Response, text []byte) error {
	var said struct{ Error string }
	switch err := json.Unmarshal(text, &said); {
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%s: the password is wrong or missing; set ADMIN_PASSWORD as the daemon has it", c.base.Host)
	case err != nil || said.Error == "":
		return fmt.Errorf("%s: %s", c.base.Host, resp.Status)
	case resp.StatusCode == http.StatusMisdirectedRequest:
		return &misdirectedError{said.Error}
	case resp.StatusCode == http.StatusConflict && said.Error == upgrade.ErrOver.Error():
		return upgrade.ErrOver
	default:
		return errors.New(said.Error)
	}
}
