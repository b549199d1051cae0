package launch

import "syscall"

// attributes put a process into a group of its own, so that Ctrl-C reaches this process only.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
