//go:build unix

package local

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
)

// lives reports whether a process is there and has not ended: one that its parent has not taken notice of yet has.
func lives(pid uint32) bool {
	if errors.Is(syscall.Kill(int(pid), 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.FormatUint(uint64(pid), 10) + "/stat")
	if err != nil {
		return true // there is no /proc here
	}
	// The name of the process is in parentheses and may have some itself; the state follows. (proc_pid_stat(5).)
	_, state, ok := bytes.Cut(stat[max(bytes.LastIndexByte(stat, ')'), 0):], []byte(") "))
	return !ok || len(state) == 0 || state[0] != 'Z' && state[0] != 'X'
}

// killGroup ends a process with its process group.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
