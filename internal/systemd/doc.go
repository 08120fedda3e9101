// Package systemd tells the service manager how the process does, for a unit of Type=notify: that it
// is ready, reloads, stops, and still works (sd_notify(3), systemd.service(5) WatchdogSec=).
//
// [Open] reads what systemd put into the environment. Elsewhere it gives a [Manager] that says nothing,
// so that callers need not ask. Only [Manager.Watch] waits; no method starts a goroutine. All of them may
// be called from any goroutine until [Manager.Close].
//
// It won't take sockets over from systemd, and won't send a status text: what there is to say is on
// the page and in the log.
package systemd
