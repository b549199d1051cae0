package block

import (
	"context"

	"github.com/braid-compute/braid/internal/invariants"
)

// Reservation is room for results that are going to be made. Blocks and buffers made from it use it up.
type Reservation struct {
	s    *Store
	left int64 // guarded by the store's mu
	over bool
}

// admission is somebody who waits for room.
type admission struct {
	n       int64
	granted chan struct{} // closed when there is room, or the store is closed
	r       *Reservation
}

// Reserve waits until there is room for n bytes below the pause mark, in the order of asking, and counts them. When nobody
// else has a reservation it does not wait, because then nothing would make room.
func (s *Store) Reserve(ctx context.Context, n int64) (*Reservation, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	a := &admission{n: n, granted: make(chan struct{})}
	s.waiting.push(a)
	s.admit()
	s.wake()
	s.mu.Unlock()
	select {
	case <-a.granted:
	case <-ctx.Done():
		s.mu.Lock()
		granted := a.r != nil
		if !granted {
			s.waiting.cut(func(w *admission) bool { return w == a })
			s.admit() // who waited behind it may be smaller
		}
		s.mu.Unlock()
		if granted {
			a.r.Release()
		}
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	r := a.r
	s.mu.Unlock()
	if r == nil {
		return nil, ErrClosed
	}
	return r, nil
}

// TryReserve is Reserve for who cannot wait: it returns nil if there is no room or others wait for it. Options.Room is
// called when it is worth trying again.
func (s *Store) TryReserve(n int64) *Reservation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	if s.waiting.len() > 0 || !s.hasRoom(n) {
		s.refused = true
		s.wake()
		return nil
	}
	return s.grant(n)
}

// hasRoom says whether a reservation can be given. Called with mu held.
func (s *Store) hasRoom(n int64) bool {
	return s.reservings == 0 || s.inUse()+n <= s.options.PauseMark
}

// grant counts a reservation. Called with mu held.
func (s *Store) grant(n int64) *Reservation {
	s.usage.reserved += n
	s.reservings++
	s.notePeak()
	s.wake()
	return &Reservation{s: s, left: n}
}

// admit lets in who waits, as far as there is room. Called with mu held.
func (s *Store) admit() {
	for !s.closed && s.waiting.len() > 0 && s.hasRoom(s.waiting.first().n) {
		a := s.waiting.pop()
		a.r = s.grant(a.n)
		close(a.granted)
	}
}

// roomier tells who waits that less is in memory. Called with mu held.
func (s *Store) roomier() {
	if invariants.Enabled {
		u := &s.usage
		invariants.Check(min(u.flat, u.heapFlat, u.boxed, u.borrowed, u.transfers, u.buffers, u.reserved, u.leaving) >= 0, "less than nothing is in use: %+v", *u)
	}
	s.used.Store(s.usage.all())
	s.borrowed.Store(s.usage.borrowed)
	s.admit()
	s.moves()
	room := s.refused && s.hasRoom(0) || s.turnedAway && s.inUse()+s.wanted <= s.options.PauseMark
	if room && s.room != nil && !s.closed {
		s.refused, s.turnedAway = false, false
		s.calls.Go(s.room) // not with mu held, and not by who frees
	}
}

// Serve connects the store with who decides what runs in this process: beside returns the bytes of memory that the store does
// not know of and that its marks are to be compared with, too, and room is called when there may be room again after Fits, Admit
// or TryReserve found none. beside must be fast, room must not wait; either may be nil. Serve is called before there are blocks.
func (s *Store) Serve(beside func() int64, room func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beside, s.room = beside, room
}

// inUse returns the bytes that the marks are compared with. Called with mu held.
func (s *Store) inUse() int64 {
	n := s.usage.all()
	if s.beside != nil {
		n += s.beside()
	}
	return n
}

// Admit counts n bytes as expected and returns true if there is room for them below the pause mark. They are taken off the
// count by Charge.
func (s *Store) Admit(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.fits(n) {
		return false
	}
	s.usage.reserved += n
	s.notePeak()
	s.wake()
	return true
}

// Fits reports whether there is room for n bytes below the pause mark. If not, who is served is told when there is.
func (s *Store) Fits(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fits(n)
}

// fits is Fits, called with mu held.
func (s *Store) fits(n int64) bool {
	if s.inUse()+n <= s.options.PauseMark {
		return !s.closed
	}
	if !s.turnedAway || n < s.wanted {
		s.turnedAway, s.wanted = true, n
	}
	s.wake()
	return false
}

// Used returns the bytes of blocks, transfers, buffers and reservations that are in memory.
func (s *Store) Used() int64 { return s.used.Load() }

// Release gives back what is left of the reservation.
func (r *Reservation) Release() {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.over {
		return
	}
	r.over = true
	s.usage.reserved -= r.left
	r.left = 0
	s.reservings--
	s.roomier()
}

// take uses up to n bytes of a reservation, which may be nil, and returns how many. Called with mu held.
func (r *Reservation) take(n int64) int64 {
	if r == nil {
		return 0
	}
	n = min(n, r.left)
	r.left -= n
	return n
}
