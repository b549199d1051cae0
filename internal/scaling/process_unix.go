//go:build unix

package scaling

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the program the leader of a process group, so that its children can be ended with it, and Ctrl-C at the
// terminal reaches only us.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup kills what is left of the group.
func endGroup(leader int) {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // most often nothing is left to kill
}
