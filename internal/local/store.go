package local

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/machine"
)

const (
	// leastStore is the memory limit from which results are spilled: below it a process has no room for anything else.
	leastStore = 1 << 20
	// leastGuided is the memory limit from which the collector is told of it: with less it would do little else than collect.
	leastGuided = 16 << 20
)

// FindScratch returns the folder for spilled results: the one that is asked for, or else a sensible one. Why says why there is
// none; the error, that the one that was asked for is impossible.
func FindScratch(asked string) (folder, why string, err error) {
	what := "option Scratch"
	if asked == "" {
		var given bool
		if asked, given = machine.Scratch(); !given {
			if asked == "" {
				return "", "the folders for temporary files are kept in memory; name another one in BRAID_SCRATCH", nil
			}
			return asked, "", nil // if it cannot be written to, that is said when there is need
		}
		what = "BRAID_SCRATCH"
	}
	if machine.Shared(asked) {
		return "", "", fmt.Errorf("%s is %s, which is memory: name a folder on a disk", what, asked)
	}
	if err := writable(asked); err != nil {
		return "", "", fmt.Errorf("%s is %s, which cannot be written to: name another folder, or set MemoryLimit to -1: %w", what, asked, err)
	}
	return asked, "", nil
}

func writable(folder string) error {
	path, err := os.MkdirTemp(folder, "braid-")
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// guided is held by the store that has told the collector of its limit, of which there is one in a process.
var guided sync.Mutex

// Store is where a process keeps large results below its memory limit.
type Store struct {
	*block.Store
	guides bool
}

// OpenStore returns a store, or nil if the limit is too small for one or there is no folder to spill to. The first store of a
// process tells the Go runtime of the limit, unless the user has (GOMEMLIMIT).
//
// Late has nothing made in the folder before there is need, as is right for one that nobody has asked for.
func OpenStore(limit int64, scratch string, late bool, log func(format string, args ...any)) (*Store, error) {
	if limit < leastStore || scratch == "" {
		return nil, nil
	}
	machine.Memory() // which remembers what the user has set
	s := &Store{guides: limit >= leastGuided && guided.TryLock()}
	if s.guides && debug.SetMemoryLimit(-1) != math.MaxInt64 {
		guided.Unlock()
		s.guides = false
	}
	var err error
	if s.Store, err = block.Open(block.Options{Limit: limit, Scratch: scratch, Late: late, GuideHeap: s.guides, Log: log}); err != nil {
		return nil, errors.Join(err, s.unguide())
	}
	return s, nil
}

// here is the store of this worker process.
var here atomic.Pointer[Store]

// SpilledHere returns the bytes of results that this worker process has written to disk, 0 in other processes.
func SpilledHere() int64 {
	if s := here.Load(); s != nil {
		return s.Stats().SpilledBytes
	}
	return 0
}

// Blocks returns the store as the executor takes it.
func (s *Store) Blocks() *block.Store {
	if s == nil {
		return nil
	}
	return s.Store
}

// Close removes what was spilled.
func (s *Store) Close() error {
	if s == nil {
		return nil
	}
	return errors.Join(s.Store.Close(), s.unguide())
}

func (s *Store) unguide() error {
	if s.guides {
		s.guides = false
		guided.Unlock()
	}
	return nil
}
