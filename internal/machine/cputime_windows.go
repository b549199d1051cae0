package machine

import (
	"time"

	"golang.org/x/sys/windows"
)

// ProcessCPU returns the CPU time, user and system, that all threads of this process have used since it began. It is 0
// on systems that do not tell.
func ProcessCPU() time.Duration {
	var created, ended, kernel, user windows.Filetime
	if windows.GetProcessTimes(windows.CurrentProcess(), &created, &ended, &kernel, &user) != nil {
		return 0
	}
	return interval(kernel) + interval(user)
}

// interval reads a Filetime that is a length of time; its own method Nanoseconds is for dates.
func interval(t windows.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// childrenCPU is not told by Windows.
func childrenCPU() time.Duration { return 0 }
