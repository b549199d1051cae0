package memo

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// Store is a folder of entries. Its methods may be called by many goroutines and processes at once.
type Store struct {
	Folder   string
	MaxBytes int64         // above which entries are removed; 0: no limit
	MaxAge   time.Duration // after which an entry counts as not there; 0: never

	looked  atomic.Bool  // at when the folder was last looked through
	written atomic.Int64 // bytes since then by this process
}

const (
	suffix    = ".memo"
	temporary = ".part-" // what is in a name while the file is written
	stamp     = "swept"  // the file that says by its time when the folder was last looked through
)

// seldom is how old that may be before a process that begins to write looks the folder through: many processes that write
// little must not fill it together.
const seldom = time.Hour

// used is how much older than now the time of a file may be before a use of it is noted.
const used = time.Minute

// folderOf returns the folder of a function's entries. Names may hold anything; what a file system would take for something
// else is escaped.
func (s *Store) folderOf(function string) string {
	name := url.PathEscape(function)
	name = strings.NewReplacer(":", "%3A", "*", "%2A", ".", "%2E").Replace(name)
	if len(name) > 128 {
		name = fmt.Sprintf("%s-%08x", name[:100], crc32.Checksum([]byte(function), castagnoli))
	}
	return filepath.Join(s.Folder, name)
}

// fileOf returns where an entry is: 256 folders for each function, so that none grows too large.
func (s *Store) fileOf(function string, k Key) string {
	name := hex.EncodeToString(k[:])
	return filepath.Join(s.folderOf(function), name[:2], name[2:]+suffix)
}

// Get returns the result that is kept under a key.
func (s *Store) Get(function string, k Key) (result []byte, ok bool) {
	file := s.fileOf(function, k)
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, false
	}
	e, err := parse(data)
	now := time.Now()
	if err != nil || e.Key != k || e.Function != function || s.MaxAge > 0 && now.Sub(e.Made) > s.MaxAge {
		return nil, false
	}
	if info, err := os.Stat(file); err == nil && now.Sub(info.ModTime()) > used {
		_ = os.Chtimes(file, now, now) // only which entries go first depends on it
	}
	return e.Result, true
}

// Put keeps an entry, in place of what there is under its key.
func (s *Store) Put(e Entry) (err error) {
	head, err := e.appendHead(make([]byte, 0, 256))
	if err != nil {
		return err
	}
	sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, e.Result)
	file := s.fileOf(e.Function, e.Key)
	f, err := create(file)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{head, e.Result, binary.LittleEndian.AppendUint32(nil, sum)} {
		if _, w := f.Write(part); err == nil {
			err = w
		}
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	s.account(int64(len(head) + len(e.Result) + checksum))
	return nil
}

// create makes a file beside the one that it is to become, and the folders above it if need be.
func create(file string) (*os.File, error) {
	pattern := filepath.Base(file)[:8] + temporary + "*"
	f, err := os.CreateTemp(filepath.Dir(file), pattern)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return nil, err
		}
		f, err = os.CreateTemp(filepath.Dir(file), pattern)
	}
	return f, err
}

// account counts what was written, and looks the folder through when this process has added a tenth of its limit, or when
// nobody has for long.
func (s *Store) account(n int64) {
	if s.MaxBytes <= 0 && s.MaxAge <= 0 {
		return
	}
	grown := s.written.Add(n) > s.MaxBytes/10 && s.MaxBytes > 0
	if !grown && (s.looked.Swap(true) || !s.neglected()) {
		return
	}
	s.written.Store(0)
	_ = os.WriteFile(filepath.Join(s.Folder, stamp), nil, 0o666) // its time is set even if it is there
	_, _ = s.Reduce(s.MaxBytes, s.MaxAge)                        // the next one tries again
}

// neglected reports whether nobody has looked the folder through for long.
func (s *Store) neglected() bool {
	info, err := os.Stat(filepath.Join(s.Folder, stamp))
	return err != nil || time.Since(info.ModTime()) > seldom
}
