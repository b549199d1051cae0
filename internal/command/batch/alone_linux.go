package batch

import "golang.org/x/sys/unix"

// leases says whether the system grants leases of files.
const leases = true

// alone reports whether nobody else has a file open, as a lease of it is granted only then. It is not known on disks without leases.
func alone(fd int) (alone, known bool) {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK)
	if err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return err == nil, err == nil || err == unix.EAGAIN
}
