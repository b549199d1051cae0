package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/word"
)

const (
	smallBlock = 32 << 10  // blocks up to here ride with the words
	turn       = 256 << 10 // words written before a chunk has its turn
	keptBuffer = 1 << 20   // larger buffers are not kept
)

// sender is the half of a connection that writes. Senders put encoded frames into a buffer, and one goroutine writes what has come
// together.
type sender struct {
	mu       sync.Mutex
	work     sync.Cond // the writer waits here
	idle     bool      // the writer waits
	pending  []byte    // whole frames, but for their checksums
	last     int       // where the last frame begins that records may be added to; -1: nowhere
	unsent   int       // bytes that the writer has taken and not written
	blocks   []*outgoing
	under    [streams]*outgoing
	next     int    // the stream whose turn it is
	credit   int    // bytes of chunks that may be sent
	grant    uint32 // credit to be given to the other side
	alive    bool   // a sign of life is wanted
	closing  bool
	written  bool          // the writer has ended
	writes   atomic.Uint64 // rounds of writing
	done     chan struct{} // closed when the writer has written its last
	blockLen int64         // bytes of blocks that wait or are under way

	answered uint64 // the count of reads when the last answer was written
	spare    []byte // a buffer for answers
	left     []byte // what an answer left to the writer
	flush    bool   // an answer left something to be flushed
}

// busy reports whether there is something for the writer. The lock is held.
func (s *sender) busy() bool {
	for _, o := range s.under {
		if o != nil {
			return true
		}
	}
	return len(s.pending) > 0 || len(s.blocks) > 0 || len(s.left) > 0 || s.flush || s.grant > 0 || s.alive || s.closing
}

func (s *sender) init(window int) {
	s.work.L = &s.mu
	s.last, s.credit = -1, window
	s.answered = math.MaxUint64
	s.done = make(chan struct{})
}

// Send queues a word, a pointer such as *word.Done, to be written soon together with others. The word is encoded at once, but the
// outputs of a large Delivery are read until they are sent: they must not be changed as long as the connection lasts or the
// other side has not shown that it has them. Send never waits: how much may be queued for a side that takes nothing is limited by
// Options.Queue. A word that is too long is refused with word.ErrBytes or word.ErrItems and leaves the connection as it is.
func (c *Conn) Send(w any) error { return c.sendAny(w, false) }

// Put queues a word as Send does, but has it written by the next Flush or Send, if nothing else is being written.
func (c *Conn) Put(w any) error { return c.sendAny(w, true) }

func (c *Conn) sendAny(w any, later bool) error {
	if d, ok := w.(*word.Delivery); ok {
		if total := size(d); total > smallBlock {
			return c.sendBlock(d, total)
		}
	}
	err := c.sendWord(w, later)
	if errors.Is(err, word.ErrItems) {
		for part := range word.Split(w) {
			if err = c.sendWord(part, later); err != nil {
				return err
			}
		}
	}
	return err
}

func (c *Conn) sendWord(w any, later bool) error {
	k, ok := word.KindOf(w)
	if !ok {
		return fmt.Errorf("link: send: a %T is not a word", w)
	}
	answer, err := c.queue(k, w, later)
	if answer {
		c.answer()
	}
	return err
}

// queue puts a word into a frame, and reports whether the caller is to write it.
func (c *Conn) queue(k word.Kind, w any, later bool) (answer bool, err error) {
	s := &c.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.sendable(); err != nil {
		return false, err
	}
	if err := s.record(k, w, c.options.MaxWord); err != nil {
		return false, err
	}
	switch {
	case later:
	case c.answering():
		return true, nil
	default:
		s.wakeWriter()
	}
	return false, nil
}

// sendable returns why nothing can be sent any more.
func (c *Conn) sendable() error {
	if err := c.err(); err != nil {
		return err
	}
	if c.out.closing {
		return ErrClosed
	}
	return nil
}

// record appends a word as a record: to the last frame if it fits, as a frame of its own, or as several.
func (s *sender) record(k word.Kind, w any, most int) error {
	begin := len(s.pending)
	if s.last < 0 {
		s.last = begin
		s.pending = append(s.pending, make([]byte, headerSize)...)
	}
	start := len(s.pending)
	// The length is not known yet and mostly short: a byte is left for it, and what is longer is moved.
	s.pending = append(s.pending, 0, byte(k))
	var err error
	if s.pending, err = word.Append(s.pending, w); err == nil && len(s.pending)-start > most {
		err = fmt.Errorf("link: send: %w: a %v of %d bytes, and at most %d are allowed", word.ErrBytes, k, len(s.pending)-start, most)
	}
	if err != nil {
		s.pending = s.pending[:begin]
		if s.last == begin {
			s.last = -1
		}
		if begin == 0 && cap(s.pending) > keptBuffer {
			s.pending = nil
		}
		return err
	}
	n := len(s.pending) - start - 1
	if n < 0x80 {
		s.pending[start] = byte(n)
	} else {
		var prefix [binary.MaxVarintLen64]byte
		p := binary.AppendUvarint(prefix[:0], uint64(n))
		s.pending = append(s.pending, p[1:]...)
		copy(s.pending[start+len(p):], s.pending[start+1:start+1+n])
		copy(s.pending[start:], p)
	}
	length := len(s.pending) - s.last - headerSize
	switch {
	case length <= maxPayload:
		s.pending[s.last+4] = byte(frameWords)
		binary.LittleEndian.PutUint32(s.pending[s.last:], uint32(length))
	case start > s.last+headerSize:
		s.separate(start)
	default:
		s.cut(start)
	}
	return nil
}

// separate puts the record that begins at start, and does not fit into the last frame, into a new one.
func (s *sender) separate(start int) {
	s.pending = append(s.pending, make([]byte, headerSize)...)
	copy(s.pending[start+headerSize:], s.pending[start:])
	clear(s.pending[start : start+headerSize])
	s.last = start
	length := len(s.pending) - start - headerSize
	if length > maxPayload {
		s.cut(start + headerSize)
		return
	}
	s.pending[start+4] = byte(frameWords)
	binary.LittleEndian.PutUint32(s.pending[start:], uint32(length))
}

// cut makes pieces of the one record of the last frame, which is too long.
func (s *sender) cut(start int) {
	length := len(s.pending) - start
	pieces := (length + maxPayload - 1) / maxPayload
	s.pending = append(s.pending, make([]byte, (pieces-1)*headerSize)...)
	// From the end, so that nothing is overwritten before it is moved.
	for k := pieces - 1; k >= 0; k-- {
		from, to := k*maxPayload, min((k+1)*maxPayload, length)
		at := start + from + k*headerSize // of the payload
		copy(s.pending[at:], s.pending[start+from:start+to])
		h := s.pending[at-headerSize : at]
		clear(h)
		h[4] = byte(framePiece)
		binary.LittleEndian.PutUint32(h, uint32(to-from))
	}
	s.last = -1
}

// wakeWriter tells the writer that there is work. The lock is held.
func (s *sender) wakeWriter() {
	if s.idle {
		s.idle = false
		s.work.Signal()
	}
}

// wake wakes all who wait, after the connection ended.
func (s *sender) wake() {
	s.mu.Lock()
	s.idle = false
	s.work.Broadcast()
	s.mu.Unlock()
}

// sign asks for a sign of life.
func (s *sender) sign() {
	s.mu.Lock()
	s.alive = true
	s.wakeWriter()
	s.mu.Unlock()
}

// allow gives the other side credit for more bytes of chunks. It is written at once if it can be: the other side may wait
// for it, and the reader that calls this does not wait for anything, so the writer would be late.
func (c *Conn) allow(n int) {
	s := &c.out
	s.mu.Lock()
	s.grant += uint32(n)
	direct := s.idle && c.direct != nil && !s.closing
	if direct {
		s.idle = false
	} else {
		s.wakeWriter()
	}
	s.mu.Unlock()
	if direct {
		c.answer()
	}
}

// allowed takes credit that the other side gave.
func (s *sender) allowed(n uint32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.credit += int(n); s.credit > maxCredit {
		return fmt.Errorf("credit for %d bytes: at most %d are allowed", s.credit, maxCredit)
	}
	s.wakeWriter()
	return nil
}

// close lets the writer write what is queued, and end.
func (s *sender) close() {
	s.mu.Lock()
	s.closing = true
	s.wakeWriter()
	s.mu.Unlock()
}

// Queued returns how many bytes of words and of blocks wait to be sent.
func (c *Conn) Queued() (words, blocks int64) {
	s := &c.out
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.pending) + s.unsent), s.blockLen
}
