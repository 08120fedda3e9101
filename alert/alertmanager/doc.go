// Package alertmanager posts alerts to Alertmanagers by their v2 API. It is an alert.Notifier.
//
// Each alert of an incident becomes one alert there. Its labels are alertname (the rule), app, cause,
// severity, key and the alert's own, such as dyno or addon; its annotations are summary,
// description, incident and, once something was done, actions. startsAt is since when it fires,
// generatorURL the page if its address is known. The alert's label set is its identity there, so one
// whose severity changes goes on as another alert, and the old one ends by itself.
//
// An Alertmanager takes an alert that isn't repeated for over: each is sent with an end in
// the near future, 4 × Options.Resend from now, and [Notifier.Run] sends those that fire again every
// Resend. A resolved alert is sent with the time it ended. So an Alertmanager that was away, or was
// told nothing because this process died, is right again within that time.
//
// Every Alertmanager of a cluster must be told, since a cluster doesn't share alerts. It is a success
// if one was: Run makes up for the others.
//
// A Notifier is safe for any number of goroutines.
package alertmanager
