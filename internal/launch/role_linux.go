package launch

import (
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// put makes a standard descriptor a copy of an open file; Dup3 exists on every architecture, Dup2 does not.
func put(f *os.File, fd int) error {
	return os.NewSyscallError("dup3", unix.Dup3(int(f.Fd()), fd, 0))
}

// nameThread sets the name that top and pgrep show, which is otherwise that of /proc/self/exe. It works because init
// functions run on the process's first thread.
func nameThread(argument0 string) {
	name, err := unix.BytePtrFromString(filepath.Base(argument0))
	if err == nil {
		unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(name)), 0, 0, 0)
	}
}

// attended weakens the signal that the kernel sends upon the starter's death: from here on the end of standard input says
// that, and leaves time to take along the process group, which a deadly signal would leave behind. What remains wakes a
// worker that somebody has stopped. The kernel would do so itself, unless the orphan falls to a process of its own session.
func attended() { unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGCONT), 0, 0, 0) }
