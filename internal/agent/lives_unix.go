//go:build unix

package agent

import "syscall"

// lives reports whether there is a process with this number.
func lives(process uint32) bool { return syscall.Kill(int(process), 0) != syscall.ESRCH }
