package link

import (
	"encoding/binary"
	"net"
)

// A round is what is written at once.
type round struct {
	first   []byte // what an answer left
	control []byte // frames made by the writer
	words   []byte // frames of words
	chunk   []byte
	header  [headerSize]byte // of the chunk
	done    func()           // told when the chunk was written, the last of what was lent; nil otherwise
	bye     bool
}

// write is the writer.
func (c *Conn) write() {
	err := c.writeAll()
	c.out.giveBack()
	close(c.out.done)
	c.finish(err)
}

func (c *Conn) writeAll() error {
	s := &c.out
	var taken, rest []byte // frames of words: the buffer, and what is left of it
	var r round
	var parts [5][]byte
	for {
		var ok bool
		if taken, rest, ok = s.take(c, &r, taken, rest); !ok {
			return c.err()
		}
		bufs := net.Buffers(parts[:0])
		for _, p := range [...][]byte{r.first, r.control, r.words} {
			if len(p) > 0 {
				bufs = append(bufs, p)
			}
		}
		if len(r.chunk) > 0 {
			bufs = append(bufs, r.header[:], r.chunk)
		}
		err := c.push(bufs)
		if r.done != nil {
			r.done()
		}
		if err != nil {
			return err
		}
		s.writes.Add(1)
		if r.bye {
			return nil
		}
	}
}

// push writes the bytes of a round.
func (c *Conn) push(bufs net.Buffers) error {
	if c.secured == nil {
		c.bell.ringing()
		_, err := bufs.WriteTo(c.nc)
		c.bell.ringing()
		return err
	}
	for _, b := range bufs {
		if _, err := c.nc.Write(b); err != nil {
			return err
		}
	}
	return c.secured.Flush()
}

// take waits for work and returns the next round of it: signs and credit first, some words, one chunk. Checksums are computed without
// the lock. It returns false when the connection has ended.
func (s *sender) take(c *Conn, r *round, taken, rest []byte) (_, _ []byte, ok bool) {
	s.mu.Lock()
	s.unsent = len(rest)
	r.control, r.words, r.chunk, r.done = r.control[:0], nil, nil, nil
	var chunk *outgoing
	for {
		if c.err() != nil {
			s.mu.Unlock()
			return taken, rest, false
		}
		if !s.closing {
			s.begin(r)
			chunk = s.choose()
		}
		if len(s.pending)+len(rest)+len(s.left)+len(r.control) > 0 || chunk != nil || s.grant > 0 || s.alive || s.flush || s.closing {
			break
		}
		s.idle = true
		s.work.Wait()
	}
	r.first, s.left, s.flush = s.left, nil, false
	if s.grant > 0 && !s.closing {
		r.control = s.appendCredit(r.control)
	}
	fresh := false
	if len(rest) == 0 && len(s.pending) > 0 {
		spare := taken[:0]
		if cap(spare) > keptBuffer {
			spare = nil
		}
		taken, s.pending, s.last = s.pending, spare, -1
		rest, fresh = taken, true
		s.unsent = len(rest)
	}
	alive := s.alive && len(rest) == 0
	s.alive = false
	// What comes while the last words are written is refused by Send, so nothing is left behind.
	r.bye = s.closing && len(rest) <= turn && len(s.pending) == 0
	var id uint16
	if chunk != nil {
		var last bool
		if r.chunk, id, last = s.chunk(chunk); last {
			r.done = chunk.done
		}
	}
	s.mu.Unlock()

	if alive {
		r.control = appendFrame(r.control, frameAlive, 0, nil)
	}
	if fresh {
		seal(rest)
	}
	r.words, rest = some(rest)
	if r.bye = r.bye && len(rest) == 0; r.bye {
		r.words = appendFrame(r.words[:len(r.words):len(r.words)], frameBye, 0, nil)
	}
	if len(r.chunk) > 0 {
		putHeader(r.header[:], frameChunk, id, r.chunk)
	}
	return taken, rest, true
}

// appendCredit appends the frame that gives what is to be given. The lock is held.
func (s *sender) appendCredit(dst []byte) []byte {
	var payload [4]byte
	binary.LittleEndian.PutUint32(payload[:], s.grant)
	s.grant = 0
	return appendFrame(dst, frameCredit, 0, payload[:])
}

// seal computes the checksums of frames.
func seal(frames []byte) {
	for len(frames) > 0 {
		end := headerSize + int(binary.LittleEndian.Uint32(frames))
		putHeader(frames, frameType(frames[4]), 0, frames[headerSize:end])
		frames = frames[end:]
	}
}

// some splits frames into those of one turn and the rest.
func some(frames []byte) (now, rest []byte) {
	if len(frames) <= turn {
		return frames, nil
	}
	n := 0
	for n < turn {
		n += headerSize + int(binary.LittleEndian.Uint32(frames[n:]))
	}
	return frames[:n], frames[n:]
}

func appendFrame(dst []byte, typ frameType, stream uint16, payload []byte) []byte {
	var h [headerSize]byte
	putHeader(h[:], typ, stream, payload)
	dst = append(dst, h[:]...)
	return append(dst, payload...)
}
