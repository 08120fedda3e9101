// Package deploy holds no code: it is the files to run drain with, and their tests. Each file is tried
// by what will read it, or by its published rules where that can't be had: Prometheus and promtool,
// systemd-analyze, an empty root directory in the place of a container's. The page is tried here too, in a
// real browser and by axe-core's rules.
package deploy
