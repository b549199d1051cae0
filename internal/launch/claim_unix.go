//go:build unix

package launch

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/lock"
)

// canWrite reports whether something can be made in a folder.
func canWrite(folder string) bool { return unix.Access(folder, unix.W_OK|unix.X_OK) == nil }

// claimFile opens and locks a file, making it if need be. The error is fs.ErrNotExist if it was removed meanwhile.
func claimFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	if err = lock.Take(f); errors.Is(err, lock.ErrHeld) {
		err = ErrClaimed
	}
	if err == nil {
		err = stillThere(f, path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// createClaimed opens and locks a file, and empties it. Where there are no locks, as on some networks, it does without.
func createClaimed(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if errors.Is(lock.Take(f), lock.ErrHeld) {
		err = ErrClaimed
	} else {
		err = f.Truncate(0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// stillThere makes sure that a path leads to an open file.
func stillThere(f *os.File, path string) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(path)
	if err == nil && !os.SameFile(opened, named) {
		err = fs.ErrNotExist
	}
	return err
}

func removeClaim(c *Claim) error { return os.Remove(c.path) }

// isClaimed reports whether a living process has a file. Asking takes the lock for a moment, shared with others who ask.
func isClaimed(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return isLocked(f)
}

func isLocked(f *os.File) (bool, error) {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err {
		case nil:
			return false, nil
		case unix.EWOULDBLOCK:
			return true, nil
		case unix.EINTR:
		default:
			return false, err
		}
	}
}

// watchClaim returns what reports whether the owner of a file has ended, which gives up the lock at the latest then.
func watchClaim(path string) (ended func() bool, done func(), err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, nil, err
	}
	return func() bool {
		locked, err := isLocked(f)
		return !locked && err == nil
	}, func() { f.Close() }, nil
}
