//go:build unix && !linux

package process

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// scratch makes a temporary file without a name.
func scratch() (fd int, err error) {
	f, err := os.CreateTemp("", "braid-output-")
	if err != nil {
		return -1, err
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		return -1, err
	}
	fd, err = unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	return fd, os.NewSyscallError("fcntl", err)
}

// punch is not possible everywhere here.
func punch(int, int64, int64) error { return errors.ErrUnsupported }
