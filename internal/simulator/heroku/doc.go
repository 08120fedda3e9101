// Package heroku is Heroku's Platform API, version 3, for one simulated app: as much of it as the
// drain uses, with the JSON of the schema in heroku-go v5.5.0.
//
// It is stricter than Heroku where Heroku forgives what would hurt later: whatever the client got
// wrong (method, path, credentials, Accept, body, an unknown key, coming back before Retry-After) is
// answered as Heroku answers a bad request and reported to Options.Violate.
//
// A [Server] is an http.Handler, safe for concurrent use, and starts no goroutine. The rate limit is
// Heroku's and runs in real time. It also answers what two APIs beside it do: whether an add-on is
// ready, and whether autoscaling is on.
//
// Not simulated: OAuth, ETags, changing sizes, creating and deleting anything but log drains.
package heroku
