// Package pagerduty tells PagerDuty of incidents by its Events API v2. It is an alert.Notifier.
//
// An incident triggers one PagerDuty alert under its ID as dedup_key, which is acknowledged when
// somebody acknowledges the incident, and resolved when it is over. It triggers again only when its
// severity rises: PagerDuty adds that to the same alert and wakes nobody twice.
//
// Texts are cut to the API's limits: 1024 characters of summary, 255 of dedup_key, 512 KB in all
// (developer.pagerduty.com/docs/events-api-v2). 202 is the API's success; 429 and 5xx are tried again.
// No error holds the routing key.
//
// A Notifier is safe for any number of goroutines.
package pagerduty
