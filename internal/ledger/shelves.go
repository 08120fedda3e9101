package ledger

import "time"

// Name names a shelf. In a file it is the bucket's name, so changing one loses what it held.
type Name string

// The shelves.
const (
	Incidents  Name = "incidents"  // what people were told, and where
	Actions    Name = "actions"    // what was done to an app, for cooldowns
	Formations Name = "formations" // wanted quantities; their owner deletes them when restored
	Budgets    Name = "budgets"    // learnt connections per dyno
	Snapshots  Name = "snapshots"  // engines' states
	Apps       Name = "apps"       // when an app was last heard from
	Upgrades   Name = "upgrades"   // the last change of a plan of each app, done or not
	Silences   Name = "silences"   // their owner deletes them when they are over
	Buttons    Name = "buttons"    // that were pressed, so that none counts twice
	Claims     Name = "claims"     // whose drains are, as somebody said; their owner deletes those taken back
)

const day = 24 * time.Hour

// retention says how long a shelf keeps a value after its last Put. 0 is until it is deleted.
var retention = map[Name]time.Duration{
	Incidents:  30 * day,
	Actions:    7 * day,
	Formations: 0,
	Budgets:    30 * day,
	Snapshots:  30 * day,
	Apps:       30 * day,
	Upgrades:   0,
	Silences:   0,
	Buttons:    day,
	Claims:     0,
}
