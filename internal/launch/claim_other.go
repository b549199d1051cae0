//go:build !unix

package launch

import (
	"errors"
	"io/fs"
	"os"
)

// canWrite reports whether a folder is there.
func canWrite(folder string) bool {
	info, err := os.Stat(folder)
	return err == nil && info.IsDir()
}

// claimFile makes a file that cannot be removed while it is open, in place of that of a dead process.
func claimFile(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, ErrClaimed
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		err = ErrClaimed
	}
	return f, err
}

// createClaimed makes a file that cannot be renamed while it is open, or empties that of a dead process.
func createClaimed(path string) (*os.File, error) {
	if claimed, err := isClaimed(path); claimed && err == nil {
		return nil, ErrClaimed
	}
	return os.Create(path)
}

// removeClaim ends the claim first: an open file cannot be removed.
func removeClaim(c *Claim) error { return errors.Join(c.file.Close(), os.Remove(c.path)) }

// isClaimed reports whether a living process has a file open, as far as its name can tell: a file cannot be renamed then.
func isClaimed(path string) (bool, error) {
	if err := os.Rename(path, path); err != nil {
		return !errors.Is(err, fs.ErrNotExist), nil
	}
	return false, nil
}

// watchClaim returns what reports whether a file is claimed no more.
func watchClaim(path string) (ended func() bool, done func(), err error) {
	if _, err := os.Lstat(path); err != nil {
		return nil, nil, err
	}
	return func() bool {
		claimed, err := isClaimed(path)
		return !claimed || err != nil
	}, func() {}, nil
}
