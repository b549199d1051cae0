package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// scratch makes a file in memory without a name.
func scratch() (fd int, err error) {
	fd, err = unix.MemfdCreate("braid-output", unix.MFD_CLOEXEC)
	return fd, os.NewSyscallError("memfd_create", err)
}

// punch gives back the memory behind a range of a file.
func punch(fd int, from, length int64) error {
	return unix.Fallocate(fd, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, length)
}
