//go:build !amd64

package literals

func hasTeddy() bool { return false }

func hasSkip() bool { return false }

func next(*masks, []byte, int) (at int, places uint32) { return 0, 0 }

func skip(*masks, []byte) (from int) { return 0 }
