package parser

// Method is a request's method.
type Method uint8

// The methods that are known. Their String is the value of metric labels.
const (
	MethodOther Method = iota
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodPatch
	MethodDelete
	MethodOptions
	MethodTrace
	MethodCount = iota // how many there are
)

var methodNames = [MethodCount]string{"other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

func (m Method) String() string {
	if int(m) < len(methodNames) {
		return methodNames[m]
	}
	return methodNames[MethodOther]
}

// MethodOf returns the method of that name.
func MethodOf(name []byte) Method {
	if len(name) >= 8 {
		return MethodOther
	}
	var w [8]byte
	copy(w[:], name)
	return methodOf(load(w[:]))
}

// methodOf returns the method whose name, with NULs behind, is a word.
func methodOf(w uint64) Method {
	place := &methodWords[methodPlace(w)]
	if place.word != w {
		return MethodOther
	}
	return place.method
}

// methodPlace is where in methodWords a name is. The factor was looked for until no two are in one.
func methodPlace(w uint64) uint64 { return w * 0x9E3779B97F4A7C15 >> 59 }

var methodWords = newMethodWords()

func newMethodWords() (out [32]struct {
	word   uint64
	method Method
},
) {
	for m := MethodGet; m < MethodCount; m++ {
		w := word((methodNames[m] + "\x00\x00\x00\x00\x00")[:8])
		place := &out[methodPlace(w)]
		place.word, place.method = w, m
	}
	return out
}
