package block

import (
	"context"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/invariants"
)

// Block is an immutable result: bytes, or a Go value. It is made with one reference; it is freed when the last one is
// released and nobody has a view of it.
type Block struct {
	store  *Store
	number uint64
	size   int64 // bytes that it is counted with in memory
	form   *Form // nil: flat

	// Guarded by the store's mu.
	refs, pins int32
	lentPins   int32         // of pins, those that look at mem of a boxed block
	here       bool          // in memory
	mem        memory        // of a flat block that is here, and of a boxed one that is in pages
	adopted    any           // the value over mem, if that holds its encoding
	value      any           // of a boxed one
	valued     bool          // value is set
	stuck      bool          // cannot be written to a file
	writing    bool          // is being written
	reading    chan struct{} // closed when it has been read; nil while it is not
	filed      bool          // in a file, at place
	place      place
	kind       kind  // of the record
	payload    int64 // bytes of its payload
	lost       error

	in         *list
	prev, next *Block
	used       uint64 // the store's clock at the last use
	read       int64  // and what had been read from files by then
}

// State says where a block is.
type State uint8

// A block is in memory, in a file, or in both; or it is neither, when its file could not be read or it was freed.
const (
	Gone State = iota
	InMemory
	Spilled
	Both
)

func (s State) String() string {
	return [...]string{"gone", "in memory", "spilled", "in memory and spilled"}[s]
}

// State returns where the block is at the moment.
func (b *Block) State() State {
	s := b.store
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case b.here && b.filed:
		return Both
	case b.here:
		return InMemory
	case b.filed:
		return Spilled
	}
	return Gone
}

// Number returns the block's number in its store, for messages.
func (b *Block) Number() uint64 { return b.number }

// Size returns the bytes that the block is counted with when it is in memory.
func (b *Block) Size() int64 { return b.size }

// Buffer is the memory of a flat block that is being made.
type Buffer struct {
	s      *Store
	mem    memory
	done   atomic.Bool
	closed invariants.CloseOnce
	n      int64
}

// Buffer returns memory of n bytes for a flat block. It holds anything: whoever gets it writes all of it. The bytes are
// taken from the reservation, if there is one, as far as that goes. Above the pause mark it first waits for blocks that
// can leave memory to do so; when none can, it goes on, since what runs must come to its end.
func (s *Store) Buffer(ctx context.Context, n int64, from *Reservation) (*Buffer, error) {
	if n < 0 || n > s.options.Limit {
		return nil, s.tooLarge(n)
	}
	mem, err := s.memory(ctx, n, from)
	if err != nil {
		return nil, err
	}
	return &Buffer{s: s, mem: mem, n: n}, nil
}

// memory takes memory for a flat block, counted and lent.
func (s *Store) memory(ctx context.Context, n int64, from *Reservation) (memory, error) {
	u := s.flatUsage(n)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return memory{}, ErrClosed
	}
	s.usage.reserved -= from.take(n)
	*u += n
	s.lent++
	s.notePeak()
	bound := s.bound()
	s.mu.Unlock()
	if err := s.makeRoom(ctx); err != nil {
		s.mu.Lock()
		*u -= n
		s.roomier()
		s.mu.Unlock()
		s.giveBack()
		return memory{}, err
	}
	m := s.arena.take(n, bound)
	if !m.inArena() && u == &s.usage.flat { // there was no stretch of pages
		s.mu.Lock()
		s.usage.flat -= n
		s.usage.heapFlat += n
		s.mu.Unlock()
	}
	s.guide()
	return m, nil
}

// flatUsage returns where n bytes of a flat block are counted.
func (s *Store) flatUsage(n int64) *int64 {
	if n < leastFlat || !s.arena.opened() {
		return &s.usage.heapFlat
	}
	return &s.usage.flat
}

// Bytes returns the memory. It must not be used after Seal or Discard.
func (b *Buffer) Bytes() []byte {
	b.closed.CheckOpen()
	return b.mem.bytes
}

// Seal makes a block of the memory, which must not be written to from then on.
func (b *Buffer) Seal() *Block {
	b.closed.Close()
	if b.done.Swap(true) {
		return nil
	}
	s := b.s
	s.arena.freeze(b.mem)
	s.mu.Lock()
	s.number++
	blk := &Block{store: s, number: s.number, size: b.n, refs: 1, here: true, mem: b.mem}
	s.stats.Blocks++
	s.idle(blk)
	s.wake()
	s.mu.Unlock()
	s.giveBack()
	return blk
}

// Discard gives the memory back.
func (b *Buffer) Discard() {
	b.closed.Close()
	if b.done.Swap(true) {
		return
	}
	b.s.takeBack(b.mem)
}

// uncount takes the memory of a flat block off the books. Called with mu held.
func (s *Store) uncount(m memory) {
	switch {
	case m.back != nil:
		s.usage.borrowed -= borrowedShare(m.bytes)
	case m.inArena():
		s.usage.flat -= int64(len(m.bytes))
	default:
		s.usage.heapFlat -= int64(len(m.bytes))
	}
	s.roomier()
}

// Box makes a block of a live Go value, which must not be changed from then on. Its bytes are taken from the reservation,
// if there is one. Above the pause mark it returns when as many bytes have left memory as can; the end of ctx ends that
// waiting, and then there is no block.
func (s *Store) Box(ctx context.Context, v any, f *Form, from *Reservation) (*Block, error) {
	return s.BoxSized(ctx, v, f.size(v), f, from)
}

// BoxSized is Box for a value of which the caller knows that it takes n bytes.
func (s *Store) BoxSized(ctx context.Context, v any, n int64, f *Form, from *Reservation) (*Block, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.number++
	b := &Block{store: s, number: s.number, size: n, form: f, refs: 1, here: true, value: v, valued: true}
	s.stats.Blocks++
	s.usage.reserved -= from.take(n)
	s.usage.boxed += n
	s.largest.Store(max(s.largest.Load(), n)) // written with mu held
	s.notePeak()
	s.idle(b)
	s.wake()
	bound := s.bound()
	first := n > s.options.Limit && !s.exceeded
	s.exceeded = s.exceeded || first
	s.mu.Unlock()
	if first {
		s.options.Log("a result of %d bytes is larger than the memory limit of %d, which is exceeded while it is in memory: make results smaller, or give more memory", n, s.options.Limit)
	}
	if err := s.makeRoom(ctx); err != nil {
		b.Release()
		return nil, err
	}
	s.fit(bound)
	s.collect()
	return b, nil
}

// Retain adds a reference.
func (b *Block) Retain() {
	b.store.mu.Lock()
	if invariants.Enabled {
		invariants.Check(b.refs > 0, "block %d was retained after its last reference was released", b.number)
	}
	b.refs++
	b.store.mu.Unlock()
}

// Release gives a reference back. The last one frees the block: its memory at once or with the last view, its file soon.
func (b *Block) Release() {
	s := b.store
	s.mu.Lock()
	if invariants.Enabled {
		invariants.Check(b.refs > 0, "block %d was released more often than retained", b.number)
	}
	b.refs--
	if b.refs > 0 {
		s.mu.Unlock()
		return
	}
	s.stats.Blocks--
	m := s.free(b)
	s.wake()
	s.mu.Unlock()
	s.arena.give(m)
}

// free lets go of a block that nobody refers to, if nobody uses it either, and returns its memory. Called with mu held.
func (s *Store) free(b *Block) (m memory) {
	if b.refs > 0 || b.pins > 0 || b.writing || b.reading != nil {
		return memory{}
	}
	if b.here {
		m = s.leave(b)
	}
	if b.filed {
		s.unfile(b)
	}
	return m
}

// leave takes a block out of memory and returns what it had. Called with mu held.
func (s *Store) leave(b *Block) (m memory) {
	b.remove()
	b.here = false
	if b.valued {
		s.unvalue(b)
	}
	if b.mem.bytes == nil {
		return memory{}
	}
	m, b.mem, b.adopted = b.mem, memory{}, nil
	s.uncount(m)
	if s.closed { // its memory goes with the arena
		return memory{}
	}
	return m
}

// unfile lets go of a block's record. Called with mu held.
func (s *Store) unfile(b *Block) {
	b.filed = false
	s.removed = append(s.removed, b.place)
	s.removedSize = append(s.removedSize, b.payload)
	b.place = place{}
}

// idle puts a block that nobody uses at the moment among those that may leave memory. Called with mu held.
func (s *Store) idle(b *Block) {
	if b.refs == 0 || b.pins > 0 || b.writing || !b.here || b.mem.back != nil {
		return
	}
	s.clock++
	b.used, b.read = s.clock, s.stats.ReadBytes
	switch {
	case b.filed:
		s.clean.push(b)
	case s.spill != nil && !b.stuck && b.size >= leastSpilled && (b.form == nil || b.form.spillable()):
		s.dirty.push(b)
	}
}
