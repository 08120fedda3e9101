// Package buttons is what a Slack message about an incident can be pressed for, and the endpoint that
// Slack tells of it.
//
// A [Button] says what it is for and when it was made; [For] lists those of an incident. A [Handler]
// believes a request only if Slack's signing secret signed its raw body within the last 5 minutes
// (docs.slack.dev/authentication/verifying-requests-from-slack); any other is answered 401 and does
// nothing. Then a press counts if the person is among the approvers, the button is no older than 15
// minutes, and it, or another one for the same action, was not pressed before. Slack may send a
// request twice, and so may whoever records one: what was pressed is remembered by [Claims].
//
// Slack wants an answer within 3 s (docs.slack.dev/interactivity/handling-user-interaction): what is
// done gets 2. What the message itself doesn't show, the person alone is told through the
// request's response_url.
//
// A Handler is safe for concurrent use. Close waits for what is still to be told.
package buttons
