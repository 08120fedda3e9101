package upgrade

import "context"

// Platform is what an Upgrade needs of Heroku. What changes something sets absolute values, and is sent
// once. Calls fail with a *scale.PlatformError.
type Platform interface {
	// Maintenance says whether the app is in maintenance mode.
	Maintenance(ctx context.Context, app string) (bool, error)
	SetMaintenance(ctx context.Context, app string, on bool) error
	// Formation returns the quantity of each of the app's process types.
	Formation(ctx context.Context, app string) (map[string]int, error)
	// SetFormation sets the quantities of some process types, all or none.
	SetFormation(ctx context.Context, app string, quantities map[string]int) error
	// Running counts the app's dynos of each process type, those going down included.
	Running(ctx context.Context, app string) (map[string]int, error)
	// Redis returns the app's Redis add-on of that name or attachment.
	Redis(ctx context.Context, app, name string) (Redis, error)
	// Plans names the plans there are, e.g. "heroku-redis:premium-2".
	Plans(ctx context.Context) ([]string, error)
	ChangePlan(ctx context.Context, app, addon, plan string) error
	// Ready says whether Heroku has finished changing the add-on. It asks an API that nobody promised.
	Ready(ctx context.Context, addon string) (bool, error)
}

// Redis is an add-on.
type Redis struct {
	Name        string   // redis-rugged-24473
	Plan        string   // heroku-redis:premium-0
	Attachments []string // what the app calls it
	Shared      bool     // another app uses it too
}
