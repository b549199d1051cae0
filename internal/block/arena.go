package block

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/braid-compute/braid/internal/invariants"
)

var (
	pageSize = int64(os.Getpagesize())
	// leastFlat is the size in bytes from which a flat block gets pages of the arena. Below it the rest of the last page would
	// weigh more than a tenth, and copying costs less than mapping.
	leastFlat = 8 * pageSize
)

const (
	// spaceFactor is how many times the memory limit the arena's space of addresses is. Blocks of different lengths leave gaps
	// in it that hold no memory; with much more room than memory, there is hardly ever a want of consecutive pages, and
	// addresses cost nothing.
	spaceFactor = 32
)

// memory is where the bytes of a flat block are.
type memory struct {
	bytes []byte
	page  int64  // the first of the arena; -1 for other memory
	back  func() // of another process's memory: tells it that nobody here looks at it any more; nil: it is the Go heap's, or the arena's
}

func (m memory) inArena() bool { return m.bytes != nil && m.page >= 0 }

// arena is memory outside the Go heap that can be mapped by other processes of the machine. Pages of freed blocks are kept
// for the next ones, as far as the bound given with a request allows. Where the system has nothing of that kind, or does
// not allow it, memory comes from the Go heap.
type arena struct {
	limit int64     // of the store's memory
	once  sync.Once // makes space and runs, when the first block needs pages: mapping takes as long as hundreds of tasks
	space *space    // nil: none

	mu     sync.Mutex
	runs   *runs
	caught []run // builds with invariants: freed pages that must not be touched, oldest first
	pages  int64 // in caught
}

// opened makes the arena if nobody has, and reports whether there is one.
func (a *arena) opened() bool {
	a.once.Do(func() {
		// Where a batch system limits addresses, the Go heap needs some, too.
		space := min(min(a.limit, 1<<45)*spaceFactor, addressRoom()/2)
		for ; space >= a.limit/2; space /= 2 {
			pages := space / pageSize
			s, err := openSpace(pages * pageSize)
			if err != nil {
				continue
			}
			a.mu.Lock()
			a.space, a.runs = s, newRuns(pages)
			a.mu.Unlock()
			return
		}
	})
	return a.space != nil
}

// take returns n bytes that hold anything. If more pages than bound bytes would hold memory by that, kept ones give
// theirs back.
func (a *arena) take(n, bound int64) memory {
	if n < leastFlat || !a.opened() {
		return heapMemory(n)
	}
	pages := (n + pageSize - 1) / pageSize
	a.mu.Lock()
	page, kept, ok := a.runs.take(pages)
	var trimmed []run
	if ok && !kept {
		trimmed = a.runs.trim(a.runs.used + a.runs.kept - bound/pageSize)
	}
	a.mu.Unlock()
	a.discard(trimmed)
	if !ok {
		return heapMemory(n)
	}
	return memory{bytes: a.space.bytes(page*pageSize, n), page: page}
}

// access is what may be done with pages.
type access uint8

const (
	noAccess access = iota
	readOnly
	readWrite
)

// heapMemory takes memory from the Go heap, aligned as an array of numbers must be.
func heapMemory(n int64) memory { return memory{bytes: make([]byte, n), page: -1} }

// freeze makes the memory of a block that is complete read-only, in builds with invariants: whoever writes to it is
// stopped where it does so.
func (a *arena) freeze(m memory) {
	if invariants.Enabled && m.inArena() {
		a.space.protect(m.page*pageSize, pagesOf(m), readOnly) // fails beyond the system's number of mappings
	}
}

func pagesOf(m memory) int64 { return (int64(len(m.bytes)) + pageSize - 1) / pageSize * pageSize }

// give takes back the memory of a block.
func (a *arena) give(m memory) {
	switch {
	case m.back != nil:
		m.back()
		return
	case !m.inArena():
		invariants.Mangle(m.bytes)
		return
	}
	pages := pagesOf(m) / pageSize
	if invariants.Enabled {
		a.catch(run{page: m.page, n: pages})
		return
	}
	a.mu.Lock()
	a.runs.give(m.page, pages)
	a.mu.Unlock()
}

// shrink lets kept pages go until no more than bound bytes hold memory, or none are kept.
func (a *arena) shrink(bound int64) {
	a.mu.Lock()
	if a.runs == nil {
		a.mu.Unlock()
		return
	}
	trimmed := a.runs.trim(a.runs.used + a.runs.kept - bound/pageSize)
	a.mu.Unlock()
	a.discard(trimmed)
}

// discard gives the memory of pages back to the system, which takes a quarter of a second for ten gigabytes.
func (a *arena) discard(trimmed []run) {
	for _, t := range trimmed {
		err := a.space.discard(t.page*pageSize, t.n*pageSize)
		a.mu.Lock()
		if err != nil {
			a.runs.give(t.page, t.n) // they hold it still
		} else {
			a.runs.retire(t.page, t.n)
		}
		a.mu.Unlock()
	}
}

// resident returns how many bytes of the arena hold memory, and how many of these no block uses.
func (a *arena) resident() (all, kept int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.runs == nil {
		return 0, 0
	}
	return (a.runs.used + a.runs.kept - a.pages) * pageSize, a.runs.kept * pageSize
}

// maxCaught bounds the stretches of pages that must not be touched: each splits the mapping, and the system has a limit on
// how many pieces there may be.
const maxCaught = 4096

// catch makes pages inaccessible, so that whoever reads them later is stopped where it does so: an invariants build
// wants to know. They hold no memory, and are used again only after many others.
func (a *arena) catch(r run) {
	err := a.space.discard(r.page*pageSize, r.n*pageSize)
	if err == nil {
		err = a.space.protect(r.page*pageSize, r.n*pageSize, noAccess)
	}
	if err != nil {
		if a.space.protect(r.page*pageSize, r.n*pageSize, readWrite) != nil {
			return // nobody gets them any more, and least of all from an arena that is closed
		}
		invariants.Mangle(a.space.bytes(r.page*pageSize, r.n*pageSize))
		a.mu.Lock()
		a.runs.give(r.page, r.n)
		a.mu.Unlock()
		return
	}
	a.mu.Lock()
	a.caught = append(a.caught, r)
	a.pages += r.n
	var free []run
	for len(a.caught) > maxCaught || a.pages > a.runs.pages/2 {
		free = append(free, a.caught[0])
		a.pages -= a.caught[0].n
		a.caught = a.caught[1:]
	}
	a.mu.Unlock()
	for _, f := range free {
		if a.space.protect(f.page*pageSize, f.n*pageSize, readWrite) == nil { // otherwise nobody gets them any more
			a.mu.Lock()
			a.runs.retire(f.page, f.n)
			a.mu.Unlock()
		}
	}
}

// close unmaps the arena. No memory of it may be in use.
func (a *arena) close() error {
	a.once.Do(func() {}) // none is made from now on
	if a.space == nil {
		return nil
	}
	if err := a.space.close(); err != nil {
		return fmt.Errorf("block: unmap the arena: %w", err)
	}
	return nil
}

// errNoArena says that blocks cannot be mapped by other processes here.
var errNoArena = errors.New("blocks cannot be shared by mapping on this system: copy them")
