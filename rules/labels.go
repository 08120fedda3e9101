package rules

// labelSet is a set of the labels that rules are joined on, a bit for each. A router's field is not
// among them: one rule's status is another's path.
type labelSet uint8

// The labels, in the order of Labels' fields.
const (
	labelProcess labelSet = 1 << iota
	labelDyno
	labelAddon
	labelCode
	labelEnd
)

// labelSetOf reads `by:`. The app is no label: an Engine has but one.
func labelSetOf(by []string) (set labelSet) {
	for _, name := range by {
		switch name {
		case "process":
			set |= labelProcess
		case "dyno":
			set |= labelDyno
		case "addon":
			set |= labelAddon
		case "code":
			set |= labelCode
		}
	}
	return set
}

func (s labelSet) names() (out []string) {
	for i, name := range [...]string{"process", "dyno", "addon", "code"} {
		if s&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func (l *Labels) at(label labelSet) *string {
	switch label {
	case labelProcess:
		return &l.Process
	case labelDyno:
		return &l.Dyno
	case labelAddon:
		return &l.Addon
	default:
		return &l.Code
	}
}

// none says whether there are no labels.
func (l *Labels) none() bool {
	return len(l.Process)|len(l.Dyno)|len(l.Addon)|len(l.Code)|len(l.Field) == 0
}

// same is *l == *m. Most are of a dyno, of an add-on or of neither, and have nothing else.
func (l *Labels) same(m *Labels) bool {
	if len(l.Process)|len(l.Code)|len(l.Field)|len(m.Process)|len(m.Code)|len(m.Field) != 0 {
		return *l == *m
	}
	return l.Dyno == m.Dyno && l.Addon == m.Addon
}

// tails is of what the labels end with: a hash, not yet spread.
func (l *Labels) tails() uint64 {
	return tail(l.Process) + tail(l.Dyno) + tail(l.Addon) + tail(l.Code) + tail(l.Field)
}

// tail is a name's last four bytes, which differ the most. Those of web.1 and web.2 differ by 1, which times
// spread puts them far apart.
func tail(name string) uint64 {
	if len(name) < 4 {
		return 0
	}
	end := name[len(name)-4:]
	return uint64(end[3]) | uint64(end[2])<<8 | uint64(end[1])<<16 | uint64(end[0])<<24
}

// only keeps the labels of set.
func (l Labels) only(set labelSet) Labels {
	l.Field = ""
	return l.with(^set, "")
}

// with puts value into the labels of set.
func (l Labels) with(set labelSet, value string) Labels {
	for one := labelProcess; one < labelEnd; one <<= 1 {
		if set&one != 0 {
			*l.at(one) = value
		}
	}
	return l
}

// given are the labels that have a value.
func (l Labels) given() (set labelSet) {
	for one := labelProcess; one < labelEnd; one <<= 1 {
		if *l.at(one) != "" {
			set |= one
		}
	}
	return set
}

// agrees says whether l and o are the same wherever both have a value.
func (l Labels) agrees(o Labels) bool {
	both := l.given() & o.given()
	return l.only(both) == o.only(both)
}

// anyLabel stands for every value of a label, none included. No log line can hold it as a name.
const anyLabel = "\x00"

// nextSubset steps from one subset of set to the next; the first is set itself, the last is empty.
func nextSubset(some, set labelSet) labelSet { return (some - 1) & set }
