// Package webhook posts incidents as signed JSON to any URL. It is an alert.Notifier.
//
// An incident is told of twice, when it begins and when it is over, and again if it comes back. The body is a [Message]; its
// fields are promises, and new ones may be added. Headers are those of the Standard Webhooks
// specification (standardwebhooks.com), so its libraries can check them:
//
//	webhook-id         the same for each try to tell the same thing: whoever has seen it may ignore it
//	webhook-timestamp  seconds since 1970, when this try was made
//	webhook-signature  "v1," and base64 of HMAC-SHA256 over id "." timestamp "." body
//
// A receiver computes the signature over the raw body with the shared secret, compares it in constant
// time, and refuses a timestamp more than 5 minutes away. A secret that begins with "whsec_" is the
// base64 of the key; any other is the key itself.
//
// Only 2xx is a success. Redirects are not followed. Delivery is at least once: what is not known to
// have arrived is sent again, possibly with newer content under the same id.
//
// A Notifier is safe for any number of goroutines.
package webhook
