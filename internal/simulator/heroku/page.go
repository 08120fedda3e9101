package heroku

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	pageSize = 200 // without a Range
	pageMax  = 1000
)

// page sorts and cuts items to the request's Range, "version ..; max=10,order=desc". fields are what
// a client may sort by, the first where it doesn't say. Next-Range says that there is more, but
// asking for it is not simulated: heroku-go can't see the header.
func page(w http.ResponseWriter, r *http.Request, items []object, fields ...string) (int, any, error) {
	field, limit, sign := fields[0], pageSize, 1
	if header := r.Header.Get("Range"); header != "" {
		by, options, _ := strings.Cut(header, ";")
		by, ok := strings.CutSuffix(by, "..")
		field = cmp.Or(strings.TrimSpace(by), field)
		for option := range strings.SplitSeq(options, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
			n, err := strconv.Atoi(value)
			switch {
			case name == "max" && err == nil && n > 0 && n <= pageMax:
				limit = n
			case name == "order" && value == "desc":
				sign = -1
			case name != "" && value != "asc":
				ok = false
			}
		}
		if !ok || !slices.Contains(fields, field) {
			return 0, nil, refuse(http.StatusRequestedRangeNotSatisfiable, "requested_range_not_satisfiable",
				"Range %q can't be satisfied.", header)
		}
	}
	slices.SortFunc(items, func(a, b object) int {
		if n, ok := a[field].(int); ok {
			return sign * (n - b[field].(int))
		}
		return sign * cmp.Compare(a[field].(string), b[field].(string))
	})
	if len(items) <= limit {
		return http.StatusOK, append([]object{}, items...), nil // [] rather than null
	}
	w.Header().Set("Next-Range", fmt.Sprintf("%s ]%v..; max=%d", field, items[limit-1][field], limit))
	return http.StatusPartialContent, items[:limit], nil
}
