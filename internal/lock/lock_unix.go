//go:build unix

package lock

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// New makes a file and locks it for as long as it is open in this process. It gets its name when it is locked, so that nobody finds it
// unlocked while its owner lives.
func New(path string) (io.Closer, error) {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = Take(f); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Try takes over the lock of a dead process, and reports whether a living one holds it.
func Try(path string) (held bool, release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, nil, err
	}
	if err := Take(f); err != nil {
		f.Close()
		return errors.Is(err, ErrHeld), nil, err
	}
	return false, func() { f.Close() }, nil
}

// Take locks a file for as long as it is open, or returns [ErrHeld].
func Take(f *os.File) error {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return nil
		case unix.EINTR:
		case unix.EWOULDBLOCK:
			return ErrHeld
		default:
			return &os.PathError{Op: "lock", Path: f.Name(), Err: err}
		}
	}
}
