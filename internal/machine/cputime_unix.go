//go:build unix

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// ProcessCPU returns the CPU time, user and system, that all threads of this process have used since it began. It is 0
// on systems that do not tell.
func ProcessCPU() time.Duration { return usage(unix.RUSAGE_SELF) }

// childrenCPU is the CPU time of the children that were waited for, with their own such children.
func childrenCPU() time.Duration { return usage(unix.RUSAGE_CHILDREN) }

func usage(who int) time.Duration {
	var u unix.Rusage
	if unix.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
