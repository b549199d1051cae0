package local

import (
	"fmt"
	"os"
	"path/filepath"
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

// FindScratch returns the folder for results that do not fit below a memory limit: the one that is asked for, or else a sensible
// one. Why says why there is none; the error, that the one that was asked for is impossible.
func FindScratch(limit int64, asked string) (folder, why string, err error) {
	switch {
	case limit <= 0:
		return "", "memory has no limit", nil
	case limit < leastStore:
		return "", "the memory limit is too small for results to be written to disk", nil
	}
	by := ""
	if asked == "" {
		var given bool
		if asked, given = machine.Scratch(); !given {
			if asked == "" {
				return "", "the folders for temporary files are kept in memory; name another one in BRAID_SCRATCH", nil
			}
			return asked, "", nil // if it cannot be written to, that is said when there is need
		}
		by = ", by BRAID_SCRATCH"
	}
	if machine.Shared(asked) {
		return "", "", fmt.Errorf("the scratch folder is %s%s, which is memory: name a folder on a disk", asked, by)
	}
	if folder, err = filepath.Abs(asked); err == nil { // functions may change the process's folder
		err = writable(folder)
	}
	if err != nil {
		return "", "", fmt.Errorf("the scratch folder is %s%s, which cannot be written to: name another one, or have no memory limit: %w", asked, by, err)
	}
	return folder, "", nil
}

func writable(folder string) error {
	path, err := os.MkdirTemp(folder, "braid-")
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// OpenStore returns where a process keeps large results below its memory limit, or nil if there is no folder to spill
// to. It tells the Go runtime of the limit when there are such results.
//
// Late has nothing made in the folder before there is need, as is right for one that nobody has asked for.
func OpenStore(limit int64, scratch string, late bool, log func(format string, args ...any)) (*block.Store, error) {
	if scratch == "" {
		return nil, nil
	}
	machine.Memory() // which remembers the limit that the Go runtime has now
	return block.Open(block.Options{Limit: limit, Scratch: scratch, Late: late, GuideHeap: limit >= leastGuided, Log: log})
}

// workerStore is the store of this worker process.
var workerStore atomic.Pointer[block.Store]

// SpilledHere returns the bytes of results that this worker process has written to disk, 0 in other processes.
func SpilledHere() int64 {
	if s := workerStore.Load(); s != nil {
		return s.Stats().SpilledBytes
	}
	return 0
}
