package block

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Encoding is the bytes of a block on their way to another process: of a flat one what it holds, of a boxed one what its form
// encodes. They are counted, and stay until Release.
type Encoding struct {
	parts    [][]byte
	s        *Store
	view     *View  // that lends them
	mem      memory // that holds them otherwise
	released atomic.Bool
}

// Encoding returns the bytes of a block. Those of a block in memory are where they are, if its form can lend them; those of a spilled
// one are read into pages of the arena, and the block stays where it is. All else is encoded. Above the pause mark it first waits
// for other blocks to leave memory, as [Store.Buffer] does.
func (b *Block) Encoding(ctx context.Context) (*Encoding, error) {
	s := b.store
	s.mu.Lock()
	if err := b.usable(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	if b.here || b.reading != nil {
		s.mu.Unlock()
		return b.encodingHere(ctx)
	}
	var head []byte
	if b.kind == kindRaw {
		var ok bool
		if head, ok = b.form.headOf(b.payload); !ok {
			s.mu.Unlock()
			return b.encodingHere(ctx)
		}
	}
	wait := make(chan struct{})
	b.reading = wait
	s.calls.Add(1)
	s.mu.Unlock()
	defer s.calls.Done()

	m, err := s.memory(ctx, b.payload, nil)
	if err == nil {
		if err = s.spill.read(b, b.place, b.kind, m.bytes); err != nil {
			s.takeBack(m)
		}
	}
	s.mu.Lock()
	close(wait)
	b.reading = nil
	if err != nil {
		s.lose(b, err)
	} else {
		s.stats.ReadBytes += b.payload
	}
	spare := s.free(b)
	s.wake()
	s.mu.Unlock()
	s.arena.give(spare)
	if err != nil {
		return nil, err
	}
	return &Encoding{parts: [][]byte{head, m.bytes}, s: s, mem: m}, nil
}

// encodingHere is Encoding of a block that is in memory or comes there.
func (b *Block) encodingHere(ctx context.Context) (*Encoding, error) {
	v, err := b.PinLent(ctx)
	if err != nil {
		return nil, err
	}
	if b.form == nil {
		return &Encoding{parts: [][]byte{v.Bytes()}, s: b.store, view: v}, nil
	}
	if head, data, ok := b.form.Parts(v.Value()); ok {
		return &Encoding{parts: [][]byte{head, data}, s: b.store, view: v}, nil
	}
	defer v.Release()
	if b.form.Encode == nil {
		return nil, fmt.Errorf("block: a value of %s cannot be encoded: its form has no encoder", b.form.Name)
	}
	return b.encodeAside(ctx, v.Value())
}

// encodeAside encodes a value into memory that is counted.
func (b *Block) encodeAside(ctx context.Context, v any) (*Encoding, error) {
	s := b.store
	m, err := s.memory(ctx, b.size+headroom, nil)
	if err != nil {
		return nil, err
	}
	data, err := b.form.encode(m.bytes[:0], v)
	if err != nil {
		s.takeBack(m)
		return nil, fmt.Errorf("block: encode a value of %s: %w", b.form.Name, err)
	}
	if len(data) <= len(m.bytes) {
		return &Encoding{parts: [][]byte{data}, s: s, mem: m}, nil
	}
	s.takeBack(m) // it was longer than the value is counted with, and has moved to the heap
	s.mu.Lock()
	s.usage.heapFlat += int64(len(data))
	s.lent++
	s.notePeak()
	s.wake()
	s.mu.Unlock()
	return &Encoding{parts: [][]byte{data}, s: s, mem: memory{bytes: data, page: -1}}, nil
}

// takeBack gives memory back that holds no block.
func (s *Store) takeBack(m memory) {
	s.mu.Lock()
	s.uncount(m)
	s.wake()
	s.mu.Unlock()
	s.arena.give(m)
	s.giveBack()
}

// Parts returns the bytes, in parts that follow each other. They are read-only and must not be used after Release.
func (e *Encoding) Parts() [][]byte { return e.parts }

// Release gives the memory back.
func (e *Encoding) Release() {
	switch {
	case e.released.Swap(true):
	case e.view != nil:
		e.view.Release()
	default:
		e.s.takeBack(e.mem)
	}
}
