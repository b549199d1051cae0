//go:build !unix && !windows

package machine

import "time"

// ProcessCPU returns the CPU time, user and system, that all threads of this process have used since it began. It is 0
// on systems that do not tell.
func ProcessCPU() time.Duration { return 0 }

func childrenCPU() time.Duration { return 0 }
