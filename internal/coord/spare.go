package coord

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A server that finds a damaged file when it begins cuts off what comes behind the damage. So its files are copied before it begins,
// and what it has cut off is read from the copy if something turns out to be missing.

// Names in the folder of a server.
const (
	serverFolder  = "nats"    // its files
	spareFolder   = "spare"   // as they were before it began, until it is known that nothing is missing
	damagedFolder = "damaged" // the last ones of which something was missing
)

// maxSpare is how many bytes are copied at most. Of more, what comes behind the damage in one of the server's files of 8 MiB may be lost with it.
const maxSpare = 256 << 20

// spare copies the server's files, after having put them back if an earlier process did not come to look whether something is missing. It reports
// whether there are any.
func (f *folder) spare() (there bool, err error) {
	dir, spare := f.path(serverFolder), f.path(spareFolder)
	_ = os.RemoveAll(spare + ".old")
	if exists(spare) {
		if err := errors.Join(os.RemoveAll(dir), os.Rename(spare, dir)); err != nil {
			return false, fmt.Errorf("the copy of its server's files cannot be put back: %w", err)
		}
	}
	if !exists(dir) {
		return false, nil
	}
	if bytes, err := folderBytes(dir); err != nil || bytes > maxSpare {
		return true, err
	}
	if err = os.RemoveAll(spare + ".new"); err == nil {
		err = copyFolder(spare+".new", dir)
	}
	if err == nil {
		err = os.Rename(spare+".new", spare)
	}
	if err != nil {
		_ = os.RemoveAll(spare + ".new")
		return true, fmt.Errorf("its server's files cannot be copied: %w", err)
	}
	return true, nil
}

// dropSpare removes the copy, since nothing is missing.
func (f *folder) dropSpare() {
	spare := f.path(spareFolder)
	if os.Rename(spare, spare+".old") == nil { // half a copy would be taken for the whole
		_ = os.RemoveAll(spare + ".old")
	}
}

// setAside takes the files of a server that has ended away from it, and leaves them as the copy.
func (f *folder) setAside() error {
	if exists(f.path(spareFolder)) {
		return os.RemoveAll(f.path(serverFolder))
	}
	err := os.Rename(f.path(serverFolder), f.path(spareFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // they are all gone
	}
	return err
}

// keepDamaged keeps the copy for people to look at, since all that could be read in it is in the journal.
func (f *folder) keepDamaged() error {
	if !exists(f.path(spareFolder)) {
		return nil
	}
	return errors.Join(os.RemoveAll(f.path(damagedFolder)), os.Rename(f.path(spareFolder), f.path(damagedFolder)))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func folderBytes(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

// copyFolder copies the files below a folder.
func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case e.IsDir():
			return os.Mkdir(target, 0o700)
		case e.Type().IsRegular():
			return copyFile(target, path)
		}
		return nil
	})
}

func copyFile(to, from string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}
