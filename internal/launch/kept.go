package launch

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/lock"
)

// A kept folder is one that a process finds again which takes the place of another: it has the same path for the same name, and is left alone for
// some time when its owner was killed.

const (
	keptPrefix = "up-"
	// keptAge is for how long a kept folder is left alone after the last sign of life of its owner.
	keptAge = time.Hour
)

// Keep takes over the folder of a name, with what an earlier process of the name has left in it, and makes it if there is none. The error is
// ErrClaimed if a living process has it.
func Keep(name string) (*Dir, error) {
	for range 10 { // whoever sweeps may remove it, and the home, just before
		home, err := Home(true)
		if err == nil {
			path := filepath.Join(home, keptName(name))
			var d *Dir
			if d, err = takeOver(path); err == nil {
				d.sweeper.Go(func() { sweep(home, path) })
				return d, nil
			}
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("launch: the folder of %q: %w", name, err)
		}
	}
	return nil, fmt.Errorf("launch: the folder of %q comes and goes all the time", name)
}

// keptName is short, so that there is room for sockets.
func keptName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return keptPrefix + hex.EncodeToString(sum[:4])[:7]
}

func takeOver(path string) (*Dir, error) {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := checkPrivate(path); err != nil {
		return nil, err
	}
	owned, err := lockKept(filepath.Join(path, lock.File))
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: owned}
	d.Touch()
	d.closes()
	return d, nil
}

// lockKept takes over the lock of a folder, or makes it.
func lockKept(path string) (io.Closer, error) {
	held, release, err := lock.Try(path)
	switch {
	case held:
		return nil, ErrClaimed
	case err == nil && release != nil:
		return closer(release), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	_ = os.Remove(path + ".new") // of one that was killed while it made it
	return lock.New(path)
}

// closer is a Closer that cannot fail.
type closer func()

func (c closer) Close() error {
	c()
	return nil
}

// isKept reports whether a folder without an owner is to be left alone for somebody who takes it over.
func isKept(path string) bool {
	if !strings.HasPrefix(filepath.Base(path), keptPrefix) {
		return false
	}
	info, err := os.Stat(filepath.Join(path, lock.File))
	if err != nil {
		info, err = os.Stat(path) // it is being made
	}
	return err == nil && time.Since(info.ModTime()) < keptAge
}

// Leave gives the folder up and leaves what is in it, for the next who keeps it.
func (d *Dir) Leave() error {
	d.sweeper.Wait()
	return d.lock.Close()
}

// RemoveKept removes what a dead process has left in the folder of a name, if there is something.
func RemoveKept(name string) error {
	home, err := Home(false)
	if err == nil {
		path := filepath.Join(home, keptName(name))
		if _, err = os.Lstat(path); err == nil {
			var d *Dir
			if d, err = takeOver(path); err == nil {
				return d.Close()
			}
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
