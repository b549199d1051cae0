package block

import (
	"context"
	"errors"
)

// Loan says where another process of this machine and user finds a block that is lent to it, or room for one.
type Loan struct {
	Arena
	Ref
}

// Loan returns where the encoding of the view's block is, for a process that maps it, and that encoding. Both are good until the view is
// released. ok is false if it is in no pages that others can map.
func (v *View) Loan() (l Loan, data []byte, ok bool) {
	data, ref, ok := v.stretch()
	if !ok {
		return Loan{}, nil, false
	}
	arena, err := v.b.store.Arena()
	return Loan{arena, ref}, data, err == nil
}

// stretch returns the encoding of a view's block and where it is in the store's arena; ok is false if it is elsewhere.
func (v *View) stretch() (data []byte, ref Ref, ok bool) {
	if v.b.form != nil && !v.lent {
		return nil, Ref{}, false
	}
	m := v.b.mem // stays as long as the view
	if !m.inArena() || m.back != nil {
		return nil, Ref{}, false
	}
	data = m.bytes
	if v.b.form != nil {
		head, _ := v.b.pageHead(int64(len(v.b.inPages())))
		data = data[front-len(head):]
		ref.Offset = int64(front - len(head))
	}
	ref.Offset += m.page * pageSize
	ref.Bytes = int64(len(data))
	return data, ref, true
}

// PinToLend is [Block.PinLent] for who hands the block to another process: what can be brought into pages that others map is brought
// there, as [Block.Loan] does.
func (b *Block) PinToLend(ctx context.Context) (*View, error) {
	if !b.store.arena.opened() {
		return b.PinLent(ctx)
	}
	v, err := b.pinPages(ctx)
	if errors.Is(err, ErrNotMappable) {
		return b.PinLent(ctx)
	}
	return v, err
}

// Room is memory for a boxed block, which another process of the machine may fill. It is given back by Box or Discard.
type Room struct {
	buffer *Buffer
	loan   Loan
}

// Room returns room for the encoding of a value, of n bytes, which must be what its form can lend. It waits as [Store.Buffer] does. The
// error matches [ErrNotMappable] where other processes cannot map it.
func (s *Store) Room(ctx context.Context, n int64) (*Room, error) {
	arena, err := s.Arena()
	if err != nil {
		return nil, ErrNotMappable
	}
	b, err := s.Buffer(ctx, front+n, nil)
	if err != nil {
		return nil, err
	}
	if !b.mem.inArena() {
		b.Discard()
		return nil, ErrNotMappable
	}
	return &Room{b, Loan{arena, Ref{b.mem.page*pageSize + front, n}}}, nil
}

// Loan returns where another process finds the room.
func (r *Room) Loan() Loan { return r.loan }

// Bytes returns the room's memory, for who fills it himself.
func (r *Room) Bytes() []byte { return r.buffer.Bytes()[front:] }

// Box makes a block of what the room was filled with: a value of a form whose head is empty. Nobody writes to it from then on.
func (r *Room) Box(f *Form) *Block {
	b := r.buffer
	b.closed.Close()
	if b.done.Swap(true) {
		return nil
	}
	s := b.s
	s.arena.freeze(b.mem)
	n := b.n - front
	s.mu.Lock()
	s.number++
	blk := &Block{store: s, number: s.number, size: n, form: f, refs: 1, here: true, mem: b.mem}
	s.stats.Blocks++
	s.largest.Store(max(s.largest.Load(), n)) // written with mu held
	s.idle(blk)
	s.wake()
	s.mu.Unlock()
	s.giveBack()
	return blk
}

// Discard gives the memory back. Nobody may write to it any more.
func (r *Room) Discard() { r.buffer.Discard() }
