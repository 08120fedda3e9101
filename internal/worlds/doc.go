// Package worlds lets scale and upgrade act on a thousand small Herokus each, in virtual time, and holds
// what reaches Heroku against what may: whatever goes wrong, no app ends otherwise than its owner wants
// without a word.
//
// A world is the simulator's app and Platform API, with the daemon's own client, and all that goes wrong
// there at random: 429 with Retry-After, 5xx, slow and lost answers, refusals, an account that others use
// up, people and autoscaling that change the formation at any moment, deploys, processes that die between
// any two calls, changes that are done long after their answer was lost. A world's seed is its name:
// `go test -run Scaling -worlds 1 -first 17` tries it again, and -worlds 5000 tries more.
// There is no code here that is not a test.
package worlds
