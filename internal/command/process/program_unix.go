//go:build unix

package process

import (
	"time"

	"golang.org/x/sys/unix"
)

// Program is one program to be run.
type Program struct {
	Path string   // of the file; absolute
	Argv []string // its arguments, its name first
	Env  []string // its whole environment
	Dir  string   // its working folder; "" for that of this process

	Stdin, Stdout, Stderr int // descriptors that it gets copies of

	Time   time.Duration // after which it is stopped; 0: none
	Grace  time.Duration // between SIGTERM and SIGKILL
	Memory int64         // bytes of private memory that each of its processes may have; 0: no limit
}

// Reason says why a program did not run to an end of its own.
type Reason string

const (
	NotStarted  Reason = "start" // it could not be started
	TimeLimit   Reason = "time"  // it took longer than it may
	Interrupted Reason = "stop"  // the whole run was stopped
)

// Result says how a program ended.
type Result struct {
	Code   int    // exit code; -1 if there is none
	Signal int    // that ended it, or 0
	Why    Reason // it did not end by itself, or ""
	Err    error  // with NotStarted

	Began time.Time
	Wall  time.Duration
	CPU   time.Duration // of user and system
	Peak  int64         // bytes of memory that its largest process had at once; 0 if unknown
}

// OK reports whether the program ended by itself and with exit code 0.
func (r *Result) OK() bool { return r.Code == 0 && r.Signal == 0 && r.Why == "" }

// SignalName is the name of a signal, such as "SIGTERM".
func SignalName(n int) string {
	if name := unix.SignalName(unix.Signal(n)); name != "" {
		return name
	}
	return unix.Signal(n).String()
}
