// Package logmetrics turns log lines into Prometheus series: the app's own (heroku_…) and how many
// lines of what kind and with what fault were read (drain_lines_total, drain_line_faults_total).
//
// A goroutine that has a delivery takes a [Batch], adds its lines and commits it. Adding notes what is
// to be counted in memory of the batch's own: it takes no lock, calls nothing of client_golang and,
// once that memory has grown, allocates nothing but for a name never seen before. Commit counts it in
// the app's state under that app's lock, taken once, and straight there the times and dynos of requests
// that were set aside: some nanoseconds for each. [Metrics] is a prometheus.Collector: a scrape
// copies one app's numbers at a time under the same lock and writes them out after, so it holds up
// nobody for long.
//
// # What is counted
//
// Counters only grow, as long as their series is there. A dyno's series go 15 min after the last
// router or metrics line that named it, an add-on's 15 min after its last metrics line, an app's 24 h
// after its last line; a series that comes back starts at 0. One-off dynos (run, scheduler, release)
// are one dyno named for their type. A gauge never goes back to a line with an older time than the one
// it shows; a line from the future counts as one of now.
//
// # Bounds
//
// All label values that come from lines or deliveries are valid UTF-8 of bounded length. At most
// Options.MaxSeries series and Options.MaxApps apps are kept; what would exceed them is left out and
// counted in drain_series_refused_total. A histogram counts as its classic buckets, sum and count. An
// app takes some 6 KiB besides its series. Codes that Heroku does not document become "other" after
// 32 of them in an app.
//
// It won't parse, judge, log or keep a line.
package logmetrics
