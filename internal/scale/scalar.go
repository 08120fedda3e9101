package scale

import (
	"fmt"
	"strconv"
)

// Mode says how far a Policy goes.
type Mode string

// The modes. Approve and Automatic are DryRun where no durable ledger remembers what was done.
const (
	DryRun    Mode = "dry_run"   // says what it would do
	Approve   Mode = "approve"   // asks
	Automatic Mode = "automatic" // acts
)

// UnmarshalText takes one of the modes.
func (m *Mode) UnmarshalText(text []byte) error {
	switch v := Mode(text); v {
	case DryRun, Approve, Automatic:
		*m = v
		return nil
	}
	return fmt.Errorf("%q is no mode; use dry_run, approve or automatic", text)
}

// Restore says whether what was shed is brought back.
type Restore string

// The ways to restore.
const (
	RestoreAutomatic Restore = "automatic"
	RestoreApprove   Restore = "approve"
	RestoreNever     Restore = "never"
)

// UnmarshalText takes one of the ways to restore.
func (r *Restore) UnmarshalText(text []byte) error {
	switch v := Restore(text); v {
	case RestoreAutomatic, RestoreApprove, RestoreNever:
		*r = v
		return nil
	}
	return fmt.Errorf("%q is no way to restore; use automatic, approve or never", text)
}

// Step is the most dynos that one action takes away. The zero value is all of them.
type Step int

const allAtOnce = "all"

// UnmarshalText takes "all" or a whole number from 1.
func (s *Step) UnmarshalText(text []byte) error {
	if string(text) == allAtOnce {
		*s = 0
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no step; use all, or a whole number of dynos from 1", text)
	}
	*s = Step(n)
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (s Step) MarshalText() ([]byte, error) {
	if s == 0 {
		return []byte(allAtOnce), nil
	}
	return strconv.AppendInt(nil, int64(s), 10), nil
}
