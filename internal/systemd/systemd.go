package systemd

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Manager is the service manager that started this process, or nobody.
type Manager struct {
	send     func(state string) error
	close    func() error
	watchdog time.Duration // 0: nobody waits for signs of life
}

// Open finds the manager in NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; pid is this process's. It
// fails if what is there can't be used: a manager that hears nothing would kill us later.
func Open(getenv func(string) string, pid int) (*Manager, error) {
	m := &Manager{send: func(string) error { return nil }, close: func() error { return nil }}
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return m, nil
	}
	// A leading @ is an abstract name, for net as for systemd.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	if m.watchdog, err = watchdog(getenv, pid); err != nil {
		_ = conn.Close() // nothing was sent
		return nil, err
	}
	m.send = func(state string) error {
		if _, err := conn.Write([]byte(state)); err != nil {
			return fmt.Errorf("tell systemd %s: %w", state, err)
		}
		return nil
	}
	m.close = conn.Close
	return m, nil
}

func watchdog(getenv func(string) string, pid int) (time.Duration, error) {
	usec := getenv("WATCHDOG_USEC")
	// The variables are inherited: they may be meant for the process that started us.
	if usec == "" || getenv("WATCHDOG_PID") != "" && getenv("WATCHDOG_PID") != strconv.Itoa(pid) {
		return 0, nil
	}
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n <= 0 || n > int64(time.Duration(1<<63-1)/time.Microsecond) {
		return 0, fmt.Errorf("WATCHDOG_USEC: %q, want microseconds above 0", usec)
	}
	return time.Duration(n) * time.Microsecond, nil
}

// Ready says that the process serves, at first or again after Reloading.
func (m *Manager) Ready() error { return m.send("READY=1") }

// Reloading says that the configuration is being read; Ready must follow.
func (m *Manager) Reloading() error { return m.send("RELOADING=1") }

// Stopping says that the process ends of its own accord or because it was told to.
func (m *Manager) Stopping() error { return m.send("STOPPING=1") }

// Close closes the socket. Nothing may be said after it.
func (m *Manager) Close() error { return m.close() }

// Watch gives a sign of life at every half of the interval that systemd waits for one, as long as
// alive returns nil. It hands each failure to tell and goes on: whether the process is killed is
// systemd's to decide. alive's context ends when its sign would come too late. Watch returns when ctx ends,
// at once if nobody waits for signs.
func (m *Manager) Watch(ctx context.Context, alive func(context.Context) error, tell func(error)) {
	if m.watchdog == 0 {
		return
	}
	half := m.watchdog / 2
	ticker := time.NewTicker(half)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := m.sign(ctx, half, alive); err != nil && ctx.Err() == nil {
			tell(err)
		}
	}
}

func (m *Manager) sign(ctx context.Context, most time.Duration, alive func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := alive(ctx); err != nil {
		return fmt.Errorf("no sign of life for systemd: %w", err)
	}
	return m.send("WATCHDOG=1")
}
