package memo

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// File is an entry as it lies in the folder, without its result.
type File struct {
	Entry
	Path  string
	Bytes int64     // of the file
	Used  time.Time // last, to a minute
	Err   error     // why it cannot be read
}

// Damaged reports whether the file is an entry that nobody can read. One that could not be opened just now, or that is of a newer
// version, others may read.
func (f *File) Damaged() bool {
	return errors.Is(f.Err, errMagic) || errors.Is(f.Err, errShort) || errors.Is(f.Err, errDamaged)
}

// abandoned is the age at which a file that was not renamed has no writer any more.
const abandoned = time.Hour

// Files yields what is in the folder: the entries of one function, or of all if the name is empty. Files of other names are
// left out. A folder that is not there is empty.
func (s *Store) Files(function string) iter.Seq2[File, error] {
	root := s.Folder
	if function != "" {
		root = s.folderOf(function)
	}
	return func(yield func(File, error) bool) {
		err := s.walk(root, func(path string, info fs.FileInfo) error {
			f := File{Path: path, Bytes: info.Size(), Used: info.ModTime()}
			f.read()
			if function != "" && f.Err == nil && f.Function != function {
				return nil
			}
			if !yield(f, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(File{}, err)
		}
	}
}

// walk calls visit for every file that can be an entry, and removes those whose writer is gone.
func (s *Store) walk(root string, visit func(string, fs.FileInfo) error) error {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // somebody else has removed it
		}
		if err != nil || d.IsDir() {
			return err
		}
		entry, part := isEntry(path), strings.Contains(d.Name(), temporary)
		if !entry && !part {
			return nil
		}
		info, err := d.Info()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case entry:
			return visit(path, info)
		case time.Since(info.ModTime()) > abandoned && d.Type().IsRegular():
			return remove(path)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memo: %w", err)
	}
	return nil
}

// isEntry reports whether a path ends as those of entries do: two and 62 hexadecimal digits.
func isEntry(path string) bool {
	name, ok := strings.CutSuffix(filepath.Base(path), suffix)
	b, err := hex.DecodeString(filepath.Base(filepath.Dir(path)) + name)
	return ok && err == nil && len(b) == len(Key{})
}

// remove removes a file that others may be removing too.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// read fills in what stands before the result.
func (f *File) read() {
	file, err := os.Open(f.Path)
	if err != nil {
		f.Err = err
		return
	}
	defer file.Close()
	info, err := file.Stat() // another entry may have taken its place since the folder was read
	if err != nil {
		f.Err = err
		return
	}
	f.Bytes = info.Size()
	head := make([]byte, min(f.Bytes, int64(fixed+maxName+maxVersion)))
	if _, err := io.ReadFull(file, head); err != nil {
		f.Err = err
		return
	}
	var size uint64
	if f.Entry, size, f.Err = parseHead(head); f.Err == nil && size != uint64(f.Bytes) {
		f.Err = errShort
	}
}

// Clear removes the entries of one function, or all if the name is empty, and returns how many. Nothing else in the
// folder is touched.
func (s *Store) Clear(function string) (removed int, err error) {
	for f, err := range s.Files(function) {
		if err == nil {
			err = remove(f.Path)
		}
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// Reduce removes entries that are damaged or older than an age, and then those that were not used for the longest, until the rest
// has no more than so many bytes. 0 is no limit. It returns how many were removed, also if ctx ends before it is done.
func (s *Store) Reduce(ctx context.Context, bytes int64, age time.Duration) (removed int, err error) {
	type file struct {
		path  string
		bytes int64
		used  time.Time
	}
	var files []file
	var total int64
	for f, err := range s.Files("") {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return removed, err
		}
		if f.Damaged() || f.Err == nil && age > 0 && time.Since(f.Made) > age {
			if err := remove(f.Path); err != nil {
				return removed, err
			}
			removed++
			continue
		}
		files = append(files, file{f.Path, f.Bytes, f.Used})
		total += f.Bytes
	}
	if bytes <= 0 || total <= bytes {
		return removed, nil
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path)) })
	for _, f := range files {
		if total <= bytes || ctx.Err() != nil {
			break
		}
		if err := remove(f.path); err != nil {
			return removed, err
		}
		total -= f.bytes
		removed++
	}
	return removed, nil
}
