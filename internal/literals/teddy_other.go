//go:build !amd64

package literals

func hasTeddy() bool { return false }

func next(*masks, []byte, int) (at int, places uint32) { return 0, 0 }
