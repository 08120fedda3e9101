package budget

import (
	"encoding/json"
	"fmt"
	"slices"
)

// memory is what a Budget learnt, as it outlives a process.
type memory struct {
	Version int           `json:"version"` // of this form, 1
	Release int           `json:"release"`
	Addons  []addonMemory `json:"addons"`
}

type addonMemory struct {
	Addon      string  `json:"addon,omitempty"`
	Attachment string  `json:"attachment,omitempty"`
	Stays      []*stay `json:"stays"`
}

// Unsaved says whether something was learnt since the last call of Learnt that is worth keeping: at most
// once an hour for each add-on, and where a formation is new.
func (b *Budget) Unsaved() bool { return b.unsaved }

// Learnt returns what was learnt, for Recall.
func (b *Budget) Learnt() ([]byte, error) {
	b.unsaved = false
	m := memory{Version: 1, Release: b.release, Addons: []addonMemory{}}
	for _, a := range b.addons {
		if len(a.stays) > 0 {
			m.Addons = append(m.Addons, addonMemory{a.name, a.attachment, a.stays})
		}
	}
	return json.Marshal(m)
}

// Recall takes up what another Budget of the same app learnt. Where something was learnt of an add-on
// already, that stands. An error says what about it can't be; then nothing is taken.
func (b *Budget) Recall(learnt []byte) error {
	var m memory
	if err := json.Unmarshal(learnt, &m); err != nil {
		return fmt.Errorf("learnt budget: %w", err)
	}
	if m.Version != 1 {
		return fmt.Errorf("learnt budget: version %d, want 1", m.Version)
	}
	for _, a := range m.Addons {
		if len(a.Stays) > maxStays+maxBounds+1 || slices.ContainsFunc(a.Stays, func(s *stay) bool { return s == nil || !s.sound() }) {
			return fmt.Errorf("learnt budget: add-on %.80q has stays that can't be", a.Addon)
		}
	}
	b.release = max(b.release, m.Release)
	for _, kept := range m.Addons {
		if a := b.find(kept.Addon, kept.Attachment); a != nil && len(a.stays) == 0 {
			a.stays, a.outdated = kept.Stays, true
		}
	}
	return nil
}

// sound says whether s could have been made here.
func (s *stay) sound() bool {
	return len(s.Dynos) <= maxProcesses && s.Every > 0 && s.Limit > 0 && s.Full >= 0 &&
		0 < len(s.Readings) && len(s.Readings) <= min(keepReadings, s.Count)
}
