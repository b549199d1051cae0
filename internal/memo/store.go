package memo

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
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

	looked   atomic.Bool  // at when the folder was last looked through
	written  atomic.Int64 // bytes since then by this process
	sweeping atomic.Bool  // from a Due that said so to the end of Sweep
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
	return s.GetWithin(function, k, math.MaxInt64)
}

// GetWithin returns the result that is kept under a key, if its file has at most so many bytes: a larger one is not read.
func (s *Store) GetWithin(function string, k Key, most int64) (result []byte, ok bool) {
	file := s.fileOf(function, k)
	data, err := readWithin(file, most)
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

// errLarge is the error of reading a file that has more bytes than are wanted.
var errLarge = errors.New("it has more bytes than are wanted")

// readWithin reads a file of at most so many bytes.
func readWithin(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, errLarge
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(f, data)
	return data, err
}

// Put keeps an entry, in place of what there is under its key. The folder may be [Store.Due] then.
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
	s.written.Add(int64(len(head) + len(e.Result) + checksum))
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

// Due reports whether the folder is to be looked through: this process has added a tenth of its limit, or nobody has looked for
// long. Whoever is told so calls Sweep, beside the work that writes, which a large folder must not hold up.
func (s *Store) Due() bool {
	if s.MaxBytes <= 0 && s.MaxAge <= 0 || s.sweeping.Load() {
		return false
	}
	grown := s.written.Load() > s.MaxBytes/10 && s.MaxBytes > 0
	if !grown && (s.looked.Swap(true) || !s.neglected()) || s.sweeping.Swap(true) {
		return false
	}
	s.written.Store(0)
	return true
}

// Sweep looks the folder through and removes what is above its limits, until ctx ends. What is left the next one removes.
func (s *Store) Sweep(ctx context.Context) {
	defer s.sweeping.Store(false)
	_ = os.WriteFile(filepath.Join(s.Folder, stamp), nil, 0o666) // its time is set even if it is there
	_, _ = s.Reduce(ctx, s.MaxBytes, s.MaxAge)
}

// neglected reports whether nobody has looked the folder through for long.
func (s *Store) neglected() bool {
	info, err := os.Stat(filepath.Join(s.Folder, stamp))
	return err != nil || time.Since(info.ModTime()) > seldom
}
