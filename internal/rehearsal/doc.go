// Package rehearsal tests the built-in rules on whole days of made-up apps, in virtual time: what is
// normal on Heroku makes no alert, and what goes wrong is found by the right rule, in time.
//
// Its tests write log lines as Heroku does and read them as the daemon does: parser, rules.Set,
// rules.Engine. There is no code here that is not a test.
package rehearsal
