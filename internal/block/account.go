package block

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// Use says what bytes outside of blocks are for.
type Use uint8

// Bytes are counted while they are on their way between processes, while they are decoded, and while a task runs that is
// expected to make them.
const (
	Transfer Use = iota
	Decode
	Expected
)

// Charge counts n bytes in the Go heap as used, or as not used any more if n is negative. It does not wait: who can wait
// reserves first.
func (s *Store) Charge(u Use, n int64) {
	s.mu.Lock()
	switch u {
	case Transfer:
		s.usage.transfers += n
	case Decode:
		s.usage.buffers += n
	default:
		s.usage.reserved += n
	}
	if n < 0 {
		s.roomier()
	}
	s.notePeak()
	s.wake()
	bound := s.bound()
	s.mu.Unlock()
	if n > 0 && u != Expected { // which is in memory only when it is made
		s.fit(bound)
	}
}

// heapNeed returns the bytes that the Go heap should be able to use: what is known to be there, a quarter on top of it, so
// that the collector need not run all the time, and what the pause mark leaves for everything that is not counted. Called
// with mu held.
func (s *Store) heapNeed() int64 {
	u := &s.usage
	known := u.heapFlat + u.boxed + u.transfers + u.buffers
	return known + known/4 + s.options.room() - s.options.PauseMark
}

// bound returns the bytes that pages of the arena may have without taking them from the heap. Called with mu held.
func (s *Store) bound() int64 {
	return max(s.options.Limit-s.options.overhead()-s.usage.borrowed-s.heapNeed(), 0)
}

// fit lets kept pages of the arena go if they are more than it may have, and tells the Go runtime.
func (s *Store) fit(bound int64) {
	if all, kept := s.arena.resident(); kept > 0 && all > bound {
		s.arena.shrink(bound)
	}
	s.guide()
}

// HeapBudget returns the bytes that the Go heap may use beside the arena, so that the process stays below the limit: what the
// arena leaves, less some room, because the runtime's limit is a soft one. While it collects, values are still made, two of the
// largest or so, and large ones exceed it by some hundredths.
func (s *Store) HeapBudget() int64 {
	all, _ := s.arena.resident()
	left := s.options.Limit - s.options.overhead() - all - s.borrowed.Load()
	room := max(left/16, min(2*s.largest.Load(), left/4))
	return max(left-room, s.options.Limit/16) // with less the collector would run all the time
}

// guiding is held by the store that sets the Go runtime's memory limit: two would undo each other's.
var guiding sync.Mutex

// guide sets the Go runtime's memory limit to the heap's budget, if that has changed by more than a sixty-fourth of the
// limit: setting it stops all goroutines for a moment. The runtime does not count the arena by itself, because that is
// mapped without its knowledge.
func (s *Store) guide() {
	if !s.options.GuideHeap {
		return
	}
	s.guideMu.Lock()
	defer s.guideMu.Unlock()
	if s.guideOff || s.heap == 0 && !s.takeGuide() {
		return
	}
	to, step := s.HeapBudget(), s.options.Limit/64
	if s.heap != 0 && to > s.heap-step && to < s.heap+step {
		return
	}
	lower := s.heap == 0 || to < s.heap
	s.heap = to
	debug.SetMemoryLimit(to)
	if lower && runtimeBytes() > to {
		// The collector runs when something is allocated, and who reads into the arena allocates nothing.
		debug.FreeOSMemory()
	}
}

// runtimeBytes returns the memory that counts for the runtime's limit.
func runtimeBytes() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64()) - int64(samples[1].Value.Uint64())
}

// takeGuide reports whether this store may set the Go runtime's limit from now on: no other store does, and neither the user
// (GOMEMLIMIT) nor the program has set one. Called with guideMu held.
func (s *Store) takeGuide() bool {
	if !guiding.TryLock() {
		return false
	}
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		s.guideOff = true
		guiding.Unlock()
		return false
	}
	return true
}

// unguide takes the limit back.
func (s *Store) unguide() {
	s.guideMu.Lock()
	defer s.guideMu.Unlock()
	s.guideOff = true
	if s.heap != 0 {
		debug.SetMemoryLimit(math.MaxInt64)
		guiding.Unlock()
	}
}

// notePeak keeps the greatest number of bytes that were in use. Called with mu held.
func (s *Store) notePeak() {
	n := s.usage.all()
	s.used.Store(n)
	s.borrowed.Store(s.usage.borrowed)
	s.stats.Peak = max(s.stats.Peak, n)
}

// Stats is what a store has done and holds. All figures but Blocks, Waiting, Files, Lost, Restored, Stalls and Collections are bytes.
type Stats struct {
	Limit, SpillMark, PauseMark int64

	Used      int64 // the sum of the next seven; with what is beside the store, the marks are compared with it
	Flat      int64 // flat blocks in memory, boxed ones in pages, and buffers that are being filled
	FlatHeap  int64 // those that are in the Go heap, because they are small or there is no arena
	Boxed     int64 // values of boxed blocks in memory
	Borrowed  int64 // this process's share of blocks that other processes lend
	Transfers int64
	Buffers   int64 // what is being encoded or decoded
	Reserved  int64
	Peak      int64 // the greatest that Used has been

	Resident  int64 // pages of the arena that hold memory
	Kept      int64 // those of them that wait for their next block
	HeapLimit int64 // what the Go runtime was told; 0 if it was not

	Blocks       int64 // that are referred to
	Waiting      int   // reservations that wait
	Files        int64 // spill files
	FileBytes    int64 // their size
	SpilledBytes int64 // written to files since the start
	ReadBytes    int64 // read back
	Lost         int64 // blocks that could not be read back
	Restored     int64 // lost blocks that were made again
	Stalls       int64 // times that a file could not be written
	Collections  int64 // times that the Go runtime was asked to collect values that were let go
	Stalled      error // why nothing is spilled at the moment, or nil
}

// Stats returns the figures of this moment.
func (s *Store) Stats() Stats {
	all, kept := s.arena.resident()
	s.guideMu.Lock()
	heap := s.heap
	s.guideMu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	t, u := s.stats, &s.usage
	t.Limit, t.SpillMark, t.PauseMark = s.options.Limit, s.options.SpillMark, s.options.PauseMark
	t.Used, t.Flat, t.FlatHeap, t.Boxed, t.Borrowed, t.Transfers, t.Buffers, t.Reserved = u.all(), u.flat, u.heapFlat, u.boxed, u.borrowed, u.transfers, u.buffers, u.reserved
	t.Resident, t.Kept, t.HeapLimit, t.Waiting, t.Stalled = all, kept, heap, s.waiting.len(), s.stalled
	return t
}
