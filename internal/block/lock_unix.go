//go:build unix

package block

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// lockNew makes a file and locks it for as long as it is open in this process. It gets its name when it is locked, so
// that nobody finds it unlocked while its owner lives.
func lockNew(path string) (io.Closer, error) {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = lock(f); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// tryLock takes over the lock of a dead process, and reports whether a living one holds it.
func tryLock(path string) (held bool, release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return err == unix.EWOULDBLOCK, nil, err
	}
	return false, func() { f.Close() }, nil
}

func lock(f *os.File) error {
	for {
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
