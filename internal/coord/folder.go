package coord

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/braid-compute/braid/internal/lock"
)

// folder is a folder that one process uses at a time, and only one user may enter.
type folder struct {
	dir    string
	lock   io.Closer
	remove bool
}

// openFolder takes a folder for this process. An empty path is a new one that close removes.
func openFolder(dir string) (*folder, error) {
	f := &folder{dir: dir}
	if dir == "" {
		d, err := os.MkdirTemp("", "braid-coord-")
		if err != nil {
			return nil, fmt.Errorf("no folder for its server can be made; set Dir or TMPDIR: %w", err)
		}
		f.dir, f.remove = d, true
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder of its server cannot be made: %w", err)
	}
	if err := checkPrivate(f.dir); err != nil {
		return nil, err
	}
	owned, err := takeLock(filepath.Join(f.dir, lock.File))
	if err != nil {
		if errors.Is(err, lock.ErrHeld) {
			return nil, fmt.Errorf("folder %s: %w by another process: connect with that one, end it, or choose another folder", f.dir, ErrHeld)
		}
		return nil, fmt.Errorf("folder %s cannot be used: %w", f.dir, err)
	}
	f.lock = owned
	return f, nil
}

func (f *folder) path(name ...string) string {
	return filepath.Join(append([]string{f.dir}, name...)...)
}

// close gives the folder up for others.
func (f *folder) close() error {
	err := f.lock.Close()
	if f.remove {
		err = errors.Join(err, os.RemoveAll(f.dir))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder %s: %w", f.dir, err)
	}
	return nil
}
