package launch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/lock"
)

const (
	// maxSocket is the longest path of a Unix socket that every system takes: 104 bytes on macOS with the final zero.
	maxSocket = 103
	// nameRoom is what a folder's path leaves for the names in it.
	nameRoom = 32
)

// Dir is a folder that only this user may enter, for sockets and other things that last as long as the process.
type Dir struct {
	path    string
	lock    io.Closer
	sweeper sync.WaitGroup
	close   func() error
}

// Folder makes a folder of mode 0700 with a short path, and removes those that dead processes of this user left. It is
// below the directory for temporary files, or below another one where that is too long a path or cannot be written. A lock in
// it says that its owner lives; a process that is killed leaves the folder to the next.
func Folder() (*Dir, error) {
	var errs []error
	for _, base := range bases() {
		d, err := folderIn(base)
		if err == nil {
			return d, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("launch: no private folder can be made; set TMPDIR to a short path that can be written: %w", errors.Join(errs...))
}

func folderIn(base string) (*Dir, error) {
	home, err := homeIn(base)
	if err != nil {
		return nil, err
	}
	path, err := makeFolder(home)
	if err != nil {
		return nil, err
	}
	owned, err := lock.New(filepath.Join(path, lock.File))
	if err != nil {
		os.RemoveAll(path)
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	d := &Dir{path: path, lock: owned}
	d.sweeper.Go(func() { sweep(home, path) })
	d.closes()
	return d, nil
}

// closes says what Close does.
func (d *Dir) closes() {
	d.close = sync.OnceValue(func() error {
		d.sweeper.Wait()
		d.lock.Close() // some systems cannot remove an open file
		err := os.RemoveAll(d.path)
		os.Remove(filepath.Dir(d.path)) // fails while others are in it
		return err
	})
}

// makeFolder makes a folder in the user's home of folders. Another process may remove the home, when it was the last in
// it, just before.
func makeFolder(home string) (path string, err error) {
	for range 10 {
		if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
		// Others may write to the directory above, so what is there already may be a trap.
		if err := checkPrivate(home); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if path, err = os.MkdirTemp(home, ""); !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	return path, err
}

// Path returns the folder's path, or the path of something in it.
func (d *Dir) Path(name ...string) string {
	return filepath.Join(append([]string{d.path}, name...)...)
}

// Socket returns the path for a Unix socket in the folder. The error says if it is longer than a system takes.
func (d *Dir) Socket(name string) (string, error) {
	path := d.Path(name)
	if len(path) > maxSocket {
		return "", fmt.Errorf("launch: socket %s: the path has %d bytes, more than %d; choose a shorter name", path, len(path), maxSocket)
	}
	return path, nil
}

// Touch makes the lock and files of the folder as new as can be: some systems remove what is old from the directory for temporary
// files. Those that are not there are left out.
func (d *Dir) Touch(names ...string) {
	now := time.Now()
	for _, name := range append(names, lock.File) {
		_ = os.Chtimes(d.Path(name), now, now)
	}
}

// Close removes the folder with all that is in it.
func (d *Dir) Close() error { return d.close() }

// Held reports whether the process lives that made a folder with [Folder]. The error wraps fs.ErrNotExist if it is no such
// folder, or not any more.
func Held(folder string) (bool, error) {
	held, release, err := lock.Try(filepath.Join(folder, lock.File))
	if held {
		return true, nil
	}
	if release != nil {
		release()
	}
	return false, err
}

// sweep removes the folders in a home whose owners are dead, but for this process's own and those that are kept.
func sweep(home, own string) {
	lock.Sweep(home, func(path string) bool { return path == own || isKept(path) })
}
