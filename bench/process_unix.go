//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the program the leader of a process group, so that its children die with it and Ctrl-C at the terminal
// reaches only us.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
