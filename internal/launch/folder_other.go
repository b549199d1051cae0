//go:build !unix

package launch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// bases lists where folders may be made, best first. The directory for temporary files is the user's own here.
func bases() []string { return []string{os.TempDir()} }

func homeName() string { return "braid" }

func checkPrivate(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", path)
	}
	return err
}

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
