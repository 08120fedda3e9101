package logmetrics

import (
	"strconv"

	"drain/parser"
)

const (
	minStatus = 100
	maxStatus = 599

	// statusSpace is the number of statuses, 0 being "other", rounded up so that an index splits by
	// shifting.
	statusSpace  = 512
	requestSpace = int(parser.MethodCount) * statusSpace
)

// requestIndex numbers the pairs of method and status.
func requestIndex(method parser.Method, status int) uint16 {
	index := int(method) * statusSpace
	if minStatus <= status && status <= maxStatus {
		index += status - minStatus + 1
	}
	return uint16(index)
}

// statuses are what a requestIndex says of a request's status, as far as parser.Requests have one.
var statuses = func() (all struct {
	index [1024]uint16 // with the first method
	class [1024]uint8
},
) {
	for status := range all.index {
		all.index[status] = requestIndex(0, status)
		all.class[status] = classOf(all.index[status])
	}
	return all
}()

// requestLabels is the inverse of requestIndex.
func requestLabels(index uint16) (method, status string) {
	status = "other"
	if s := int(index % statusSpace); s > 0 {
		status = strconv.Itoa(s + minStatus - 1)
	}
	return parser.Method(index / statusSpace).String(), status
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
