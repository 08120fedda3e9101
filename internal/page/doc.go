// Package page makes the page that people look at: what is wrong, what was done about it, and what
// can't be seen.
//
// [Renderer] is pure: a [View] in, HTML out. All that came from a log or a person is escaped. The page
// is whole without JavaScript, and asks for nothing from elsewhere; [Headers] holds the browser to
// that. It has no inline script or style.
//
// [Live] tells a page that is open what changed since, by server-sent events.
//
// A Renderer and a Live may be used from any goroutine. The package starts no goroutine, knows
// no password and changes nothing: whoever serves it guards it, and takes its forms.
package page
