//go:build unix && !linux

package launch

import (
	"os"

	"golang.org/x/sys/unix"
)

// put makes a standard descriptor a copy of an open file.
func put(f *os.File, fd int) error {
	return os.NewSyscallError("dup2", unix.Dup2(int(f.Fd()), fd))
}

// nameThread does nothing: these systems name a process after its file, which is the right name here.
func nameThread(string) {}

// attended does nothing: these systems send no signal upon the death of a parent.
func attended() {}
