package block

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/invariants"
)

// View lends a block's memory: until it is released, the block stays where it is, even if all references are released.
type View struct {
	b        *Block
	lent     bool // value is over the block's pages
	value    any
	closed   invariants.CloseOnce
	released atomic.Bool
}

// Pin returns a view of the block, which it reads back from its file if it is not in memory. The error matches [ErrLost] if
// that cannot be done, ever.
func (b *Block) Pin(ctx context.Context) (*View, error) {
	s := b.store
	for {
		s.mu.Lock()
		if err := b.usable(); err != nil {
			s.mu.Unlock()
			return nil, err
		}
		if b.here && (b.form == nil || b.valued) {
			b.pin()
			s.mu.Unlock()
			return &View{b: b}, nil
		}
		if wait := b.reading; wait != nil {
			s.mu.Unlock()
			select {
			case <-wait:
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			continue
		}
		b.reading = make(chan struct{})
		s.calls.Add(1) // the store is not closed: usable says so
		if b.here {
			b.pin()
			b.lentPins++
			s.mu.Unlock()
			err := b.loadFromPages(ctx)
			s.calls.Done()
			if err != nil {
				return nil, err
			}
			return &View{b: b}, nil
		}
		s.mu.Unlock()
		err := b.load(ctx)
		s.calls.Done()
		if err != nil {
			return nil, err
		}
		return &View{b: b}, nil
	}
}

// Value returns the value of a boxed block for who keeps it beyond the store's books: it is read back if it is not in memory,
// and the block may leave memory again at once. A value that is in memory when the store is closed can be had afterwards, too.
func (b *Block) Value(ctx context.Context) (any, error) {
	s := b.store
	s.mu.Lock()
	if b.valued && b.refs > 0 {
		defer s.mu.Unlock()
		return b.value, nil
	}
	s.mu.Unlock()
	v, err := b.Pin(ctx)
	if err != nil {
		return nil, err
	}
	defer v.Release()
	return v.Value(), nil
}

// usable says why a block cannot be used. Called with mu held.
func (b *Block) usable() error {
	switch {
	case b.store.closed:
		return ErrClosed
	case b.refs == 0:
		if invariants.Enabled {
			invariants.Check(false, "block %d was used after its last reference was released", b.number)
		}
		return ErrReleased
	}
	return b.lost
}

// pin keeps a block in memory. Called with mu held.
func (b *Block) pin() {
	b.pins++
	b.store.lent++
	b.remove()
}

// Bytes returns the memory of a flat block, read-only, and nil for a boxed one. It must not be used after Release.
func (v *View) Bytes() []byte {
	v.closed.CheckOpen()
	return v.b.mem.bytes
}

// Value returns the value of a boxed block, which must be treated as read-only, and nil for a flat one.
func (v *View) Value() any {
	v.closed.CheckOpen()
	if v.lent {
		return v.value
	}
	return v.b.value
}

// Release gives the view back.
func (v *View) Release() {
	v.closed.Close()
	if v.released.Swap(true) {
		return
	}
	b, s := v.b, v.b.store
	s.mu.Lock()
	b.pins--
	if v.lent {
		b.lentPins--
	}
	m := s.free(b)
	if m.bytes == nil {
		m = s.unpage(b)
	}
	s.idle(b)
	s.wake()
	s.mu.Unlock()
	s.arena.give(m)
	s.giveBack()
}

// load reads a block back and pins it. Its caller has set reading.
func (b *Block) load(ctx context.Context) error {
	s := b.store
	var err error
	var m memory
	var value any
	if b.form == nil {
		if m, err = s.memory(ctx, b.size, nil); err == nil {
			if err = s.spill.read(b, b.place, kindFlat, m.bytes); err == nil {
				s.arena.freeze(m)
			}
		}
	} else {
		value, err = b.unbox(ctx)
	}

	s.mu.Lock()
	close(b.reading)
	b.reading = nil
	if err != nil {
		s.lose(b, err)
		spare := s.free(b)
		if m.bytes != nil {
			s.uncount(m)
		}
		s.wake()
		s.mu.Unlock()
		s.arena.give(spare)
		if m.bytes != nil {
			s.arena.give(m)
			s.giveBack()
		}
		return err
	}
	b.here, b.mem, b.value, b.valued = true, m, value, b.form != nil
	b.pins++ // lent already
	s.stats.ReadBytes += b.payload
	s.wake()
	s.mu.Unlock()
	return nil
}

// unbox reads and decodes a value, counted and lent.
func (b *Block) unbox(ctx context.Context) (value any, err error) {
	s, buffer := b.store, b.payload
	if b.kind == kindRaw {
		buffer = 0
	}
	s.mu.Lock()
	s.usage.boxed += b.size
	s.usage.buffers += buffer
	s.lent++
	s.notePeak()
	bound := s.bound()
	s.mu.Unlock()
	if err = s.makeRoom(ctx); err == nil {
		s.fit(bound)
		value, err = b.readValue(bound)
	}
	s.mu.Lock()
	s.usage.buffers -= buffer
	if err != nil {
		s.usage.boxed -= b.size
	}
	s.roomier()
	s.mu.Unlock()
	if err != nil {
		s.giveBack()
	}
	return value, err
}

// readValue reads a value into its own memory, or into pages of the arena to be decoded.
func (b *Block) readValue(bound int64) (value any, err error) {
	s := b.store
	if b.kind == kindRaw {
		value, data := b.form.Make(b.payload)
		return value, s.spill.read(b, b.place, kindRaw, data)
	}
	scratch := s.arena.take(b.payload, bound)
	defer s.arena.give(scratch)
	if err := s.spill.read(b, b.place, kindBoxed, scratch.bytes); err != nil {
		return nil, err
	}
	if value, err = b.form.decode(scratch.bytes); err != nil {
		return nil, b.refusedBy(err)
	}
	return value, nil
}

// refusedBy says that a block is lost because of its form's decoder.
func (b *Block) refusedBy(err error) error {
	return b.lostBy(b.place, fmt.Errorf("the bytes are as they were written, but the decoder of %s refuses them: %w", b.form.Name, err))
}

func (b *Block) lostBy(p place, err error) error {
	return &LostError{Number: b.number, Bytes: b.size, Path: p.seg.path, Offset: p.offset, Err: err}
}
