//go:build !unix

package lock

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// New makes a file that cannot be removed as long as it is open.
func New(path string) (io.Closer, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}

// Try removes the file of a dead process, and reports whether a living one has it open.
func Try(path string) (held bool, release func(), err error) {
	if err := os.Remove(path); err != nil {
		return !errors.Is(err, fs.ErrNotExist), nil, err
	}
	return false, nil, nil
}
