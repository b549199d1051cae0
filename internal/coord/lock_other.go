//go:build !unix

package coord

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/braid-compute/braid/internal/lock"
)

// checkPrivate makes sure that a folder is one. Folders of a user are the user's own here.
func checkPrivate(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", path)
	}
	return err
}

// takeLock makes a file that cannot be removed as long as it is open. That of a dead process can.
func takeLock(path string) (io.Closer, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, lock.ErrHeld
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, lock.ErrHeld
	}
	return f, err
}
