//go:build linux

// Wake tells what it costs a process here to write to another one, on the other processor, that is awake
// or asleep: what every answer costs a server whose clients wait on the same machine. On a virtual machine
// the interrupt that wakes a processor can take more time than all else that an answer takes.
package main

import (
	"fmt"
	"log"
	"runtime"
	"slices"
	"syscall"
	"time"
	"unsafe"
)

const (
	rounds = 2000
	// gap is between two writes, so that the reader has gone back to sleep.
	gap = 50 * time.Microsecond
)

func main() {
	if runtime.NumCPU() < 2 {
		log.Fatal("this takes two processors")
	}
	for _, awake := range []bool{true, false} {
		took, err := writes(awake)
		if err != nil {
			log.Fatal(err)
		}
		state := "asleep"
		if awake {
			state = "awake"
		}
		fmt.Printf("a write to a process that is %-6s: median %v, upper quartile %v\n", state, took[rounds/2], took[3*rounds/4])
	}
}

// writes measures writes to a reader that is awake or asleep, and returns them sorted.
func writes(awake bool) ([]time.Duration, error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(pair[0])
	ready, ended := make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		defer syscall.Close(pair[1])
		ready <- pin(1)
		read(pair[1], awake)
	}()
	err = <-ready
	if err == nil {
		err = pin(0)
	}
	if err != nil {
		return nil, err
	}
	defer runtime.UnlockOSThread()
	took := make([]time.Duration, rounds)
	for i := range took {
		for due := time.Now().Add(gap); time.Now().Before(due); {
		}
		began := time.Now()
		if _, err := syscall.Write(pair[0], []byte{1}); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	if err := syscall.Shutdown(pair[0], syscall.SHUT_WR); err != nil {
		return nil, err
	}
	<-ended
	slices.Sort(took)
	return took, nil
}

// read reads to the end: asleep until there is something, or asking again and again.
func read(fd int, awake bool) {
	flags := 0
	if awake {
		flags = syscall.MSG_DONTWAIT
	}
	for b := make([]byte, 64); ; {
		if n, _, err := syscall.Recvfrom(fd, b, flags); n == 0 && err == nil {
			return
		}
	}
}

// pin keeps the goroutine on a processor.
func pin(cpu int) error {
	runtime.LockOSThread()
	mask := [16]uint64{1 << cpu}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return fmt.Errorf("staying on processor %d: %w", cpu, errno)
	}
	return nil
}
