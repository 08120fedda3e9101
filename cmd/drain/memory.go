package main

import (
	"io/fs"

	"github.com/rs/zerolog"

	"drain/internal/memlimit"
	"drain/internal/residency"
)

// limitMemory has the collector keep below the control group's limit, unless the owner has said
// GOMEMLIMIT, "off" included. Without it the heap may double before it is looked at, and on a small
// dyno that is R14. set is debug.SetMemoryLimit.
func limitMemory(root fs.FS, getenv func(string) string, set func(int64) int64, log zerolog.Logger) {
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	if limit, ok := memlimit.Find(root); ok {
		set(limit)
		log.Info().Int64("bytes", limit).Msg("memory limit taken from the control group")
	}
}

// leaveStartBehind has only those of the program's pages count as its memory that it still needs.
func leaveStartBehind(log zerolog.Logger) {
	bytes, err := residency.Trim()
	log.Debug().Err(err).Int64("bytes", bytes).Msg("unmapped what the start needed of the program's file")
}
