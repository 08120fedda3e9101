package heroku

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	pageSize = 200 // without a Range
	pageMax  = 1000
)

// ranges is the grammar of Range: "id a..; max=10,order=desc", the start exclusive after "]".
var ranges = regexp.MustCompile(`^(\w*) ?(\]?)([^.\]; ]*)\.\.(?:; ?(.*))?$`)

// page cuts items to the request's Range. keys are the fields a client may sort by; a key orders as
// text, so numbers are padded. The rest is pointed at by Next-Range, which heroku-go can't see.
func page[T any](w http.ResponseWriter, r *http.Request, items []T, keys map[string]func(T) string) (int, any, error) {
	field, start, exclusive, limit, desc := "id", "", false, pageSize, false
	if header := r.Header.Get("Range"); header != "" {
		m := ranges.FindStringSubmatch(header)
		if m == nil {
			return 0, nil, unsatisfiable(header)
		}
		field, exclusive, start = cmp.Or(m[1], "id"), m[2] != "", m[3]
		for opt := range strings.SplitSeq(m[4], ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(opt), "=")
			n, err := strconv.Atoi(value)
			switch {
			case name == "max" && err == nil && n > 0 && n <= pageMax:
				limit = n
			case name == "order" && (value == "asc" || value == "desc"):
				desc = value == "desc"
			case opt != "":
				return 0, nil, unsatisfiable(header)
			}
		}
	}
	key, ok := keys[field]
	if !ok {
		return 0, nil, unsatisfiable(field)
	}
	sign := 1
	if desc {
		sign = -1
	}
	slices.SortStableFunc(items, func(a, b T) int { return sign * cmp.Compare(key(a), key(b)) })
	items = slices.DeleteFunc(items, func(x T) bool {
		c := sign * cmp.Compare(key(x), start)
		return start != "" && (c < 0 || c == 0 && exclusive)
	})
	if len(items) == 0 {
		return http.StatusOK, []T{}, nil // not null
	}
	status := http.StatusOK
	if len(items) > limit {
		items = items[:limit]
		status = http.StatusPartialContent
		next := fmt.Sprintf("%s ]%s..; max=%d", field, key(items[limit-1]), limit)
		if desc {
			next += ",order=desc"
		}
		w.Header().Set("Next-Range", next)
	}
	w.Header().Set("Content-Range", fmt.Sprintf("%s %s..%s", field, key(items[0]), key(items[len(items)-1])))
	return status, items, nil
}

func unsatisfiable(what string) error {
	return refuse(http.StatusRequestedRangeNotSatisfiable, "requested_range_not_satisfiable", "Range %q can't be satisfied.", what)
}
