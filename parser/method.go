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
	return methodOf(load(w[:]) | uint64(len(name))<<56)
}

// methodOf returns the method whose name is a word, with its length in the last byte.
func methodOf(w uint64) Method {
	place := &methodWords[methodPlace(w)]
	if place.word != w {
		return MethodOther
	}
	return place.method
}

// methodPlace is where in methodWords a name is.
func methodPlace(w uint64) uint64 { return w * methodSpread >> methodShift }

const (
	methodSpread = 0x781f9c58d6645fa9 // was looked for until no two methods were in one place
	methodShift  = 60
)

// methodWord is a method and its name, with its length in the last byte.
type methodWord struct {
	word   uint64
	method Method
}

var methodWords = newMethodWords()

func newMethodWords() (out [1 << (64 - methodShift)]methodWord) {
	for m := MethodGet; m < MethodCount; m++ {
		name := methodNames[m]
		w := word((name + "\x00\x00\x00\x00\x00")[:8]) | uint64(len(name))<<56
		out[methodPlace(w)] = methodWord{w, m}
	}
	return out
}
