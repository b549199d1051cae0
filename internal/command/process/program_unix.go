//go:build unix

package process

import (
	"fmt"
	"os"
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
	NotStarted  Reason = "start"  // it could not be started
	TimeLimit   Reason = "time"   // it took longer than it may
	Interrupted Reason = "stop"   // the whole run was stopped
	NotKept     Reason = "output" // it did, but what it wrote could not be read or kept
)

// Result says how a program ended.
type Result struct {
	Code   int    // exit code; -1 if there is none
	Signal int    // that ended it, or 0
	Why    Reason // it did not end by itself, or ""
	Err    error  // with NotStarted and NotKept

	Began time.Time
	Wall  time.Duration
	CPU   time.Duration // of user and system
	Peak  int64         // bytes of memory that its largest process had at once; 0 if unknown

	Read, Written int64 // bytes from and to disks; what the system's memory answers does not count, what it took to write later does
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

// IsFull reports whether the disk of a file is full.
func IsFull(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Bavail == 0
}

// Explain says more about why the program, which was found, could not be started.
func (p *Program) Explain(err error) error {
	if p.Dir != "" {
		if info, err := os.Stat(p.Dir); err != nil {
			return fmt.Errorf("the folder to run in: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("the folder to run in: %s is a file", p.Dir)
		}
	}
	switch err {
	case unix.ENOEXEC:
		return fmt.Errorf("%s is no program that this system runs: %w; a script begins with a line such as #!/bin/sh", p.Path, err)
	case unix.ENOENT:
		return fmt.Errorf("%s, or the interpreter that its first line names, is not there: %w", p.Path, err)
	case unix.E2BIG:
		return fmt.Errorf("the arguments and the environment are larger than this system allows: %w; pass the data in a file", err)
	}
	return err
}
