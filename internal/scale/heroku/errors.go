package heroku

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"drain/internal/scale"
)

// failed makes a *scale.PlatformError of what went wrong. Its text is made anew, without the key;
// the error beneath is dropped but for the context's, since whoever unwraps it could print it.
func (c *Client) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	e := &scale.PlatformError{Failure: scale.Temporary}
	text := err.Error()
	if answer, ok := errors.AsType[*answerError](err); ok {
		text = answer.Error() // without heroku-go's and net/http's words around it
		switch e.Failure = failure(answer.status); e.Failure {
		case scale.RateLimited, scale.Temporary:
			e.After = answer.after
		}
	}
	text = c.hide(doing + ": " + text)
	e.Err = errors.New(text)
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, end) {
			e.Err = fmt.Errorf("%s: %w", c.hide(doing), end)
		}
	}
	return e
}

func failure(status int) scale.Failure {
	switch status {
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden:
		return scale.Unauthorized
	case http.StatusNotFound:
		return scale.NotFound
	case http.StatusTooManyRequests:
		return scale.RateLimited
	case http.StatusConflict, http.StatusRequestTimeout:
		return scale.Temporary
	}
	if status >= 500 {
		return scale.Temporary
	}
	return scale.Invalid
}

// clean makes a server's text fit for one line of ours.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 200 {
		s = string(runes[:200]) + "…"
	}
	return strings.TrimSpace(s)
}
