package braid

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/braid-compute/braid/internal/memo"
)

// MemoStore is a folder in which results of calls are kept, for [Memo]. The zero value is useful. Any number of processes may
// use a folder at once; workers on other machines must reach it under the same path.
type MemoStore struct {
	// Folder is where the results are. "" means the folder braid/memo in the user's folder for caches. A relative one counts
	// from where the client runs.
	Folder string
	// Version says which code made the results. "" means the code id of the program, a hash of its executable, because the code
	// of a single function has none in Go: then a new build, whatever was changed, finds no result of the last. With a version of
	// your own, results outlive builds, and whether a function still gives what it gave is your promise: change the version when
	// it does not, also for what the function calls and for the types it takes and returns.
	Version string
	// MaxBytes is about how large the folder may become: what was not used for the longest is removed. It may be exceeded by a
	// tenth for each process that writes. 0 means 10 GiB; negative means no limit.
	MaxBytes int64
	// MaxAge is how old a result may become; an older one is made again. 0 means no limit.
	MaxAge time.Duration
}

// defaultMemoBytes is the size of a folder if nothing else is said.
const defaultMemoBytes = 10 << 30

// Memo keeps the results of calls on disk: a call of the same function, of the same version, with arguments whose encoding is
// the same returns the result that is there instead of running again, also in another process, on another client and years
// later. Errors are not kept.
//
//	var simulate = braid.Func("simulate", run).With(braid.Memo(braid.MemoStore{Version: "2"}))
//
// A call that worker processes would run, and whose arguments are known when it is submitted, is looked up by the client: a
// result that is there costs no task. The client takes up to 64 MiB of results for a submission. Others, and those of calls
// with arguments that are results of other calls, are looked up where the call would have run.
//
// Of equal calls that a process runs at once one runs, and the others wait for what it keeps. Worker processes do not wait for each
// other. An entry that is damaged counts as not there. A folder that cannot be written to is a warning: the calls go on without it.
//
// Arguments and result must be encodable (see package codec), and the function must give the same result every time: a call that
// is [Impure] is refused, and so is one with a [Key], and one of a [Command] without a Version, since its program may change
// without a new build.
func Memo(s MemoStore) Option {
	m := newMemoized(s)
	return func(set *settings) {
		if s.MaxAge < 0 {
			set.impossible("Memo: MaxAge is %v: must not be negative", s.MaxAge)
			return
		}
		set.memo = m
	}
}

// path returns the folder's absolute path.
func (s MemoStore) path() (string, error) {
	if s.Folder != "" {
		return filepath.Abs(s.Folder)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: set the field Folder", err)
	}
	return filepath.Join(cache, "braid", "memo"), nil
}

func (s MemoStore) maxBytes() int64 {
	if s.MaxBytes == 0 {
		return defaultMemoBytes
	}
	return max(s.MaxBytes, 0)
}

// open returns the folder.
func (s MemoStore) open() (*memo.Store, error) {
	path, err := s.path()
	if err != nil {
		return nil, fmt.Errorf("braid: memo: %w", err)
	}
	return &memo.Store{Folder: path, MaxBytes: s.maxBytes(), MaxAge: s.MaxAge}, nil
}

// MemoEntry is a result that is kept.
type MemoEntry struct {
	Function string        // its name; "" if the entry cannot be read
	Version  string        // of the code: "code" and its id, or "version" and the one that was given
	Digest   string        // of function, version and arguments, in hexadecimal
	Made     time.Time     // when the call returned
	Used     time.Time     // when the result was last asked for, to a minute
	Took     time.Duration // how long the call ran
	Bytes    int64         // of the file
	Path     string        // of the file
	Err      error         // why the entry cannot be read: it is damaged, or of a newer version of braid
}

// Entries yields what is kept of one function, or of all if the name is "". The version of the store does not matter.
func (s MemoStore) Entries(function string) iter.Seq2[MemoEntry, error] {
	return func(yield func(MemoEntry, error) bool) {
		store, err := s.open()
		if err != nil {
			yield(MemoEntry{}, err)
			return
		}
		for f, err := range store.Files(function) {
			if err != nil {
				yield(MemoEntry{}, fmt.Errorf("braid: %w", err))
				return
			}
			e := MemoEntry{
				Function: f.Function, Version: f.Version, Digest: fmt.Sprintf("%x", f.Key),
				Made: f.Made, Used: f.Used, Took: f.Took, Bytes: f.Bytes, Path: f.Path, Err: f.Err,
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Clear removes what is kept of the functions with these names, or everything if there are none, and returns how many results
// that were. Other files in the folder are left alone.
func (s MemoStore) Clear(functions ...string) (removed int, err error) {
	store, err := s.open()
	if err != nil {
		return 0, err
	}
	if len(functions) == 0 {
		functions = []string{""}
	}
	for _, name := range functions {
		n, e := store.Clear(name)
		if removed += n; e != nil {
			err = errors.Join(err, fmt.Errorf("braid: %w", e))
		}
	}
	return removed, err
}

// Reduce removes results that are damaged or older than MaxAge, and then those that were not used for the longest, until the
// rest takes at most MaxBytes. It returns how many were removed. Clients and workers that write into the folder do so from time to
// time, beside their tasks. A file that cannot be opened, or is of a newer version of braid, is not damaged.
func (s MemoStore) Reduce() (removed int, err error) {
	store, err := s.open()
	if err != nil {
		return 0, err
	}
	if removed, err = store.Reduce(context.Background(), s.maxBytes(), s.MaxAge); err != nil {
		err = fmt.Errorf("braid: %w", err)
	}
	return removed, err
}
