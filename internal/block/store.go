package block

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how much memory a store may use, and where it spills.
type Options struct {
	// Limit is the bytes of memory that the whole process is to stay below.
	Limit int64
	// SpillMark and PauseMark are bytes of blocks, transfers, buffers and reservations: above the first, blocks go to files,
	// above the second, reservations wait. 0 means six and eight tenths of Limit.
	SpillMark, PauseMark int64
	// Scratch is the folder in which a folder for spill files is made. Without one nothing is spilled.
	Scratch string
	// Late has the folder made when the first file is written, and not when the store is opened: if that is impossible, nothing is
	// spilled, and Stats says why.
	Late bool
	// GuideHeap has the store set the Go runtime's memory limit to what it leaves of Limit, from its first block on, unless that
	// has been set already, or another store of the process does so.
	GuideHeap bool
	// Room, if set, is called when there may be room again after TryReserve found none. It must not wait.
	Room func()
	// Log, if set, is told about what a person should know.
	Log func(format string, args ...any)
}

const (
	leastLimit = 1 << 20
	// overhead is what a process has besides the Go heap and the arena: its executable, above all. Of a small limit it is the share
	// below: with less for blocks a store would do nothing but write and read.
	overhead = 20 << 20
	// retryAfter is how long spilling rests after a file could not be written, unless space is freed before.
	retryAfter = 5 * time.Second
	// leastSpilled is the size in bytes below which a block stays in memory, because what has to be known about a spilled
	// one takes a good part of that.
	leastSpilled = 1 << 10
)

// Store holds the blocks of a process. It is safe for concurrent use.
type Store struct {
	options Options
	arena   *arena
	spill   *spill // nil: nothing is spilled

	mu          sync.Mutex
	closed      bool
	calls       sync.WaitGroup // that read, write or keep; begun only while not closed
	number      uint64         // of the last block
	clean       list           // blocks that may leave memory, those that are in files, too
	dirty       list           // and those that are not
	clock       uint64         // counts uses of blocks
	usage       usage
	lent        int              // views and buffers that are out
	reservings  int              // reservations that are out
	waiting     fifo[*admission] // for room
	refused     bool             // TryReserve has found no room
	turnedAway  bool             // and so has Fits, for this many bytes at least
	wanted      int64
	moved       chan struct{} // closed when a block has left memory, or could not
	keeping     bool          // the keeper runs
	removed     []place       // records that nobody wants, for the keeper
	removedSize []int64
	stalled     error       // why the last file could not be written
	stalledTill time.Time   //
	again       *time.Timer // when spilling is tried again
	stats       Stats       // the counters in it
	garbage     garbage

	beside func() int64 // see Serve
	room   func()
	used   atomic.Int64 // usage.all() as it was when it last changed

	borrowed atomic.Int64 // usage.borrowed, likewise
	largest  atomic.Int64 // bytes of the largest boxed block so far
	exceeded bool         // it was said that one is larger than the limit
	guideMu  sync.Mutex
	heap     int64 // the Go runtime's limit as it was set last; 0 before
	guideOff bool
}

// usage is what is in memory, in bytes.
type usage struct {
	flat      int64 // flat blocks in the arena, and buffers
	heapFlat  int64 // those in the Go heap
	boxed     int64
	borrowed  int64 // this process's share of what others lend
	transfers int64
	buffers   int64
	reserved  int64
	leaving   int64 // blocks that are being written, and will leave memory then
}

func (u *usage) all() int64 {
	return u.flat + u.heapFlat + u.boxed + u.borrowed + u.transfers + u.buffers + u.reserved
}

// Open makes a store. What dead processes left in the scratch folder is removed when the folder for spill files is made there.
func Open(o Options) (*Store, error) {
	if o.Limit < leastLimit {
		return nil, fmt.Errorf("block: a memory limit of %d bytes: at least %d are needed", o.Limit, leastLimit)
	}
	if o.SpillMark == 0 {
		o.SpillMark = o.room() / 10 * 6
	}
	if o.PauseMark == 0 {
		o.PauseMark = o.room() / 10 * 8
	}
	if o.SpillMark < 0 || o.SpillMark > o.PauseMark || o.PauseMark > o.Limit {
		return nil, fmt.Errorf("block: marks at %d (spill) and %d (pause) bytes of a limit of %d: they must not be below 0 and must rise in this order",
			o.SpillMark, o.PauseMark, o.Limit)
	}
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	s := &Store{options: o, arena: &arena{limit: o.Limit}, room: o.Room}
	if o.Scratch != "" {
		var err error
		if s.spill, err = openSpill(o.Scratch, o.Late); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// overhead returns the bytes that are left to what is neither in the Go heap nor in the arena.
func (o *Options) overhead() int64 {
	if o.GuideHeap {
		return min(overhead, o.Limit/2)
	}
	return min(overhead, o.Limit/8)
}

// room returns the bytes that the marks are parts of. Where the collector is not told of the limit, nothing keeps the process as a
// whole below it, and it is one of blocks.
func (o *Options) room() int64 {
	if o.GuideHeap {
		return o.Limit - o.overhead()
	}
	return o.Limit
}

// Close ends the store: who waits gets [ErrClosed], files are removed, and blocks cannot be used any more. Memory that is
// lent out when it is called stays until the last view or buffer is given back.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if s.again != nil {
		s.again.Stop()
	}
	for s.waiting.len() > 0 {
		close(s.waiting.pop().granted)
	}
	s.moves()
	s.mu.Unlock()
	s.calls.Wait()

	var err error
	if s.spill != nil {
		err = s.spill.folder.close()
	}
	s.unguide()
	s.mu.Lock()
	last := s.lent == 0
	s.lent-- // so that exactly one finds that it is the last
	s.mu.Unlock()
	if last {
		err = errors.Join(err, s.arena.close())
	}
	return err
}

// giveBack counts lent memory as returned; the last of a closed store unmaps it.
func (s *Store) giveBack() {
	s.mu.Lock()
	s.lent--
	last := s.closed && s.lent < 0
	s.mu.Unlock()
	if last {
		s.arena.close()
	}
}

// moves tells who waits for blocks to leave memory that something has changed. Called with mu held.
func (s *Store) moves() {
	if s.moved != nil {
		close(s.moved)
		s.moved = nil
	}
}
