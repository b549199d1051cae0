//go:build unix

package link

import (
	"io"
	"syscall"
)

// source reads what has come on a socket.
type source struct {
	raw    syscall.RawConn
	r      *receiver
	bell   *bell
	wait   func(fd uintptr) bool // for Read
	look   func(fd uintptr)      // for Control
	waited error                 // what wait found
	n      int                   // what look read; -1: nothing, or an error, which Serve will meet
}

func newSource(d *direct, r *receiver, b *bell) *source {
	s := &source{raw: d.raw, r: r, bell: b}
	s.wait = func(fd uintptr) bool {
		// Whoever holds the lock reads what there is, and may be about to close the connection, for which he must not wait.
		if !r.mu.TryLock() {
			return true
		}
		defer r.mu.Unlock()
		n, err := s.read(fd)
		switch {
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			s.waited = err
		case n == 0:
			s.waited = io.ErrUnexpectedEOF // nobody said goodbye
		default:
			r.filled(n)
		}
		return true
	}
	s.look = func(fd uintptr) {
		n, err := s.read(fd)
		if err != nil {
			n = -1
		}
		s.n = n
	}
	return s
}

// await waits until something has come and was read, by this call or by another one.
func (s *source) await() error {
	if err := s.raw.Read(s.wait); err != nil {
		return err
	}
	return s.waited
}

// try reads what has come and reports whether that is something. The receiver's lock is held.
func (s *source) try() bool {
	if s.raw.Control(s.look) != nil || s.n <= 0 {
		return false
	}
	s.r.filled(s.n)
	return true
}

// read reads what there is, as far as there is room, and notes whether that is all.
func (s *source) read(fd uintptr) (int, error) {
	b := s.r.space()
	count := s.bell.count()
	for {
		n, err := syscall.Read(int(fd), b)
		if err == syscall.EINTR {
			continue
		}
		if n < len(b) {
			s.bell.drained(count)
		}
		return n, err
	}
}
