package link

// An answer is what is sent after something was heard, while nothing else is being written. Whoever sent it is likely to be waited for, so
// the sender writes it himself, as far as the socket takes it at once: handing it to the writer costs several
// microseconds on two cores. A second word before anything else is heard goes to the writer, so that a burst of words
// is written together.

// Flush writes the words of Put, as far as the socket takes them at once; the writer does the rest. Who sends several words and has nothing
// else to send saves it the waking of the writer, which on a machine whose cores are busy may have to wait for one.
func (c *Conn) Flush() {
	s := &c.out
	s.mu.Lock()
	switch {
	case len(s.pending) == 0 || !s.idle: // or the writer takes it by itself
	case c.direct == nil || len(s.pending) > smallBlock || s.closing:
		s.wakeWriter()
	default:
		s.idle = false
		s.mu.Unlock()
		c.answer()
		return
	}
	s.mu.Unlock()
}

// answering reports whether the words that are pending are an answer, and takes the right to write from the idle writer
// if so. The lock is held.
func (c *Conn) answering() bool {
	s := &c.out
	if !s.idle || c.direct == nil || len(s.pending) > smallBlock || s.closing {
		return false
	}
	reads := c.in.reads.Load()
	if reads == s.answered {
		return false
	}
	s.answered = reads
	s.idle = false
	return true
}

// answer writes what is pending, and gives the right to write back, with what is left.
func (c *Conn) answer() {
	s := &c.out
	s.mu.Lock()
	data := s.pending
	if s.grant > 0 {
		data = s.appendCredit(data)
	}
	s.pending, s.last = s.spare[:0], -1
	s.unsent = len(data)
	s.mu.Unlock()

	seal(data)
	left, flush := c.writeDirect(data)
	s.writes.Add(1)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = data
	s.unsent = len(left)
	s.left, s.flush = left, flush
	s.idle = true
	if len(left) > 0 || flush || s.busy() {
		s.wakeWriter()
	}
}

// writeDirect writes what the connection takes at once. It returns what is left for the writer to write, and whether the
// transport has gathered something that is left to be flushed. An error is left to the writer, too, which meets it again.
func (c *Conn) writeDirect(data []byte) (left []byte, flush bool) {
	if c.secured == nil {
		n, err := c.direct.write(data)
		c.bell.rung()
		if err != nil {
			return data, false
		}
		return data[n:], false
	}
	if _, err := c.secured.Write(data); err != nil {
		return data, false
	}
	return nil, !c.secured.under.flushDirect(c.direct)
}
