package logmetrics

import "strconv"

// The methods shown; any other is "other".
var methods = [...]string{"other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

// methodIndex returns a method's place in methods.
func methodIndex(method []byte) int {
	switch string(method) {
	case "GET":
		return 1
	case "HEAD":
		return 2
	case "POST":
		return 3
	case "PUT":
		return 4
	case "PATCH":
		return 5
	case "DELETE":
		return 6
	case "OPTIONS":
		return 7
	case "TRACE":
		return 8
	}
	return 0
}

const (
	minStatus = 100
	maxStatus = 599

	// statusSpace is the number of statuses, 0 being "other", rounded up so that an index splits by
	// shifting.
	statusSpace  = 512
	requestSpace = len(methods) * statusSpace
)

// requestIndex numbers the pairs of method and status.
func requestIndex(method []byte, status int) uint16 {
	index := methodIndex(method) * statusSpace
	if minStatus <= status && status <= maxStatus {
		index += status - minStatus + 1
	}
	return uint16(index)
}

// requestLabels is the inverse of requestIndex.
func requestLabels(index uint16) (method, status string) {
	status = "other"
	if s := int(index % statusSpace); s > 0 {
		status = strconv.Itoa(s + minStatus - 1)
	}
	return methods[index/statusSpace], status
}

// The status classes; a request without a status is "other".
var classes = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// classOf returns the place in classes of a requestIndex's status.
func classOf(index uint16) uint8 {
	if s := index % statusSpace; s > 0 {
		return uint8((s + minStatus - 1) / 100)
	}
	return 0
}
