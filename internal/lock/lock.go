package lock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File is the name of the lock in a folder that [Sweep] looks at.
const File = "lock"

// ErrHeld is the error of taking a lock that a living process has.
var ErrHeld = errors.New("it is locked by another process")

// UnlockedAge is how old a folder without a lock must be to count as left over: its owner may be about to make it.
const UnlockedAge = time.Hour

// Sweep removes the folders in another one whose owners are dead, but for those to be spared. Whatever cannot be looked at or removed is
// left alone.
func Sweep(folder string, spared func(path string) bool) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if !e.IsDir() || spared(path) {
			continue
		}
		held, release, err := Try(filepath.Join(path, File))
		switch {
		case held:
			continue
		case errors.Is(err, fs.ErrNotExist):
			info, err := e.Info()
			if err != nil || time.Since(info.ModTime()) < UnlockedAge {
				continue
			}
		case err != nil:
			continue
		}
		os.RemoveAll(path)
		if release != nil {
			release()
		}
	}
}
