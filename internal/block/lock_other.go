//go:build !unix

package block

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// lockNew makes a file that cannot be removed as long as it is open.
func lockNew(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// tryLock removes the file of a dead process, and reports whether a living one has it open.
func tryLock(path string) (held bool, release func(), err error) {
	if err := os.Remove(path); err != nil {
		return !errors.Is(err, fs.ErrNotExist), nil, err
	}
	return false, nil, nil
}
