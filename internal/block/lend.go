package block

import (
	"context"
	"errors"
)

// A boxed block whose form can lend its memory may be in pages of the arena instead of being a value of the Go heap: when it was read
// back for somebody who only looks at it, and when another process maps it. What is made of it in the heap takes its place as soon as
// nobody looks at the pages.

// front is the bytes that stand before a boxed block's memory in its pages: they end with what Form.Head returns, so that other
// processes find the block's encoding in one stretch, and what follows is aligned for any number.
const front = 64

// PinLent is Pin for who only looks at the block's value until the view is released: the value may lie in memory that serves
// something else then. So a block in a file is read into recycled pages, and one that another process lends is not copied.
func (b *Block) PinLent(ctx context.Context) (*View, error) {
	s := b.store
	for {
		s.mu.Lock()
		if err := b.usable(); err != nil {
			s.mu.Unlock()
			return nil, err
		}
		if v := b.lentView(); v != nil {
			s.mu.Unlock()
			return v, nil
		}
		if wait := b.reading; wait != nil && !b.here {
			s.mu.Unlock()
			select {
			case <-wait:
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
			continue
		}
		head, ok := b.fileHead()
		if !ok || b.here {
			s.mu.Unlock()
			return b.Pin(ctx)
		}
		b.reading = make(chan struct{})
		s.calls.Add(1)
		s.mu.Unlock()
		err := b.loadPages(ctx, head)
		s.calls.Done()
		if err != nil {
			return nil, err
		}
		return &View{b: b, lent: true, value: b.overPages()}, nil
	}
}

// fileHead returns what stands in pages before the payload of the block's record; ok is false if it cannot be used where it is.
func (b *Block) fileHead() (head []byte, ok bool) {
	switch b.kind {
	case kindRaw:
		return b.pageHead(b.payload)
	case kindBoxed:
		return nil, b.form.Adopt != nil && b.payload > 0
	}
	return nil, false
}

// overPages returns the value of a boxed block that is in pages.
func (b *Block) overPages() any {
	if b.adopted != nil {
		return b.adopted
	}
	return b.form.Over(b.inPages())
}

// lentView returns a view of what is in memory, whatever that is, or nil. Called with mu held.
func (b *Block) lentView() *View {
	switch {
	case !b.here:
		return nil
	case b.form == nil || b.valued:
		b.pin()
		return &View{b: b}
	}
	return b.pageView()
}

// pageView returns a view of what is in pages. Called with mu held.
func (b *Block) pageView() *View {
	b.pin()
	b.lentPins++
	return &View{b: b, lent: true, value: b.overPages()}
}

// inPages returns the memory of a boxed block that is in pages.
func (b *Block) inPages() []byte {
	if b.mem.back != nil {
		return b.mem.bytes
	}
	return b.mem.bytes[front:]
}

// pageHead returns what stands before n bytes of the block in pages; ok is false if it cannot be in pages.
func (b *Block) pageHead(n int64) (head []byte, ok bool) {
	if b.form == nil || b.form.Over == nil {
		return nil, false
	}
	head, ok = b.form.headOf(n)
	return head, ok && len(head) <= front && n > 0
}

// rawBytes returns the memory of a boxed block that is in memory, if it can be lent. The block is kept there meanwhile.
func (b *Block) rawBytes() ([]byte, bool) {
	b.store.mu.Lock()
	valued, value := b.valued, b.value
	b.store.mu.Unlock()
	if !valued {
		return b.inPages(), true
	}
	return b.form.lend(value)
}

// loadPages reads a block back into pages and pins it. Its caller has set reading.
func (b *Block) loadPages(ctx context.Context, head []byte) error {
	s := b.store
	var adopted any
	m, err := s.memory(ctx, front+b.payload, nil)
	if err == nil {
		copy(m.bytes[front-len(head):], head)
		if err = s.spill.read(b, b.place, b.kind, m.bytes[front:]); err == nil {
			s.arena.freeze(m)
		}
	}
	if err == nil && b.kind == kindBoxed {
		if adopted, err = b.form.adopt(m.bytes[front:]); err != nil {
			err = b.refusedBy(err)
		}
	}
	s.mu.Lock()
	close(b.reading)
	b.reading = nil
	if err == nil {
		b.here, b.mem, b.adopted = true, m, adopted
		b.pins++ // lent already
		b.lentPins++
		s.stats.ReadBytes += b.payload
		s.wake()
		s.mu.Unlock()
		return nil
	}
	s.lose(b, err)
	spare := s.free(b)
	s.wake()
	s.mu.Unlock()
	s.arena.give(spare)
	if m.bytes != nil {
		s.takeBack(m)
	}
	return err
}

// loadFromPages makes a value of a block that is in pages. Its caller has set reading and pinned the pages.
func (b *Block) loadFromPages(ctx context.Context) error {
	s := b.store
	s.mu.Lock()
	s.usage.boxed += b.size
	s.notePeak()
	bound := s.bound()
	s.mu.Unlock()
	var value any
	err := s.makeRoom(ctx)
	if err == nil {
		s.fit(bound)
		value, err = b.fromPages()
	}
	s.mu.Lock()
	close(b.reading)
	b.reading = nil
	b.lentPins--
	var m memory
	if err == nil {
		b.value, b.valued = value, true
		m = s.unpage(b)
	} else {
		s.usage.boxed -= b.size
		b.pins--
		m = s.free(b)
		s.idle(b)
		s.roomier()
	}
	s.wake()
	s.mu.Unlock()
	s.arena.give(m)
	if err != nil {
		s.giveBack()
	}
	return err
}

// fromPages makes a value of what is in pages.
func (b *Block) fromPages() (any, error) {
	from := b.inPages()
	if b.adopted != nil {
		return b.form.decode(from)
	}
	v, data := b.form.Make(int64(len(from)))
	copy(data, from)
	return v, nil
}

// unpage returns the pages of a block that is a value as well, if nobody looks at them. Called with mu held.
func (s *Store) unpage(b *Block) (m memory) {
	if b.form == nil || !b.valued || b.mem.bytes == nil || b.lentPins > 0 || b.writing {
		return memory{}
	}
	m, b.mem, b.adopted = b.mem, memory{}, nil
	s.uncount(m)
	if s.closed && m.back == nil { // it goes with the arena
		return memory{}
	}
	return m
}

// unvalue lets go of a block's value. Called with mu held.
func (s *Store) unvalue(b *Block) {
	b.value, b.valued = nil, false
	s.usage.boxed -= b.size
	s.garbage.bytes += b.size
	s.roomier()
}

// ErrNotMappable says that a block cannot be where other processes can map it, so that they need its bytes.
var ErrNotMappable = errors.New("block: the block cannot be mapped by other processes")

// Loan brings a block into pages that other processes of the machine can map, and keeps it there until the encoding is released. What
// it holds is one stretch at ref. A block that is a value is copied, and is in pages from then on, unless somebody here needs the value.
// The error matches [ErrNotMappable] if its bytes have to be sent instead.
func (b *Block) Loan(ctx context.Context) (*Encoding, Ref, error) {
	v, err := b.pinPages(ctx)
	if err != nil {
		return nil, Ref{}, err
	}
	return b.loan(v)
}

// LoanAtOnce is Loan for who cannot wait: of a block that is not in pages there is none.
func (b *Block) LoanAtOnce() (*Encoding, Ref, error) {
	b.store.mu.Lock()
	if b.usable() != nil || b.form == nil || b.mem.bytes == nil {
		b.store.mu.Unlock()
		return nil, Ref{}, ErrNotMappable
	}
	v := b.pageView()
	b.store.mu.Unlock()
	return b.loan(v)
}

// loan makes a loan of a view of what is in pages.
func (b *Block) loan(v *View) (_ *Encoding, ref Ref, err error) {
	data, ref, ok := v.stretch()
	if !ok {
		v.Release()
		return nil, Ref{}, ErrNotMappable
	}
	return &Encoding{parts: [][]byte{data}, s: b.store, view: v}, ref, nil
}

// pinPages returns a view of the block in pages.
func (b *Block) pinPages(ctx context.Context) (*View, error) {
	s := b.store
	v, err := b.PinLent(ctx)
	if err != nil || v.lent || b.form == nil {
		return v, err
	}
	defer v.Release()
	data, ok := b.form.lend(v.Value())
	if !ok {
		return nil, ErrNotMappable
	}
	head, ok := b.pageHead(int64(len(data)))
	if !ok {
		return nil, ErrNotMappable
	}
	m, err := s.memory(ctx, front+int64(len(data)), nil)
	if err != nil {
		return nil, err
	}
	copy(m.bytes[front-len(head):], head)
	copy(m.bytes[front:], data)
	s.arena.freeze(m)
	s.mu.Lock()
	if b.mem.bytes == nil {
		b.mem, m = m, memory{}
	}
	view := b.pageView()
	if b.pins == 2 { // nobody but the two views here
		s.unvalue(b)
	}
	s.mu.Unlock()
	if m.bytes != nil { // somebody else was faster
		s.takeBack(m)
	} else {
		s.giveBack() // the view counts as lent
	}
	return view, nil
}

// borrowedShare returns with how many bytes this process is counted that another one lends: pages that two processes have mapped
// count by half for each.
func borrowedShare(data []byte) int64 { return int64(len(data)) / 2 }

// Borrow makes a block of memory that another process lends, which is what the form, one with Over and Make, would lend of the value.
// back is called when nobody here looks at it any more: when the block is freed, or when a value was made of it because somebody
// wanted one. It must not wait.
func (s *Store) Borrow(data []byte, f *Form, back func()) (*Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.number++
	b := &Block{
		store: s, number: s.number, size: int64(len(data)), form: f, refs: 1, here: true, mem: memory{bytes: data, page: -1, back: back},
	}
	s.stats.Blocks++
	s.usage.borrowed += borrowedShare(data)
	s.notePeak()
	s.wake()
	return b, nil
}
