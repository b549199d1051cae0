package link

// A word that comes wakes the goroutine that waits for it, which takes tens of microseconds on a core that was idle, and longer if all
// cores are busy: the kernel does not take one from a computing thread for its sake. Who computes can have a look by himself, at less
// than a microsecond, whenever he is between two things: that is what Poll is for.

// Serve calls hear for every word that comes, as Receive would return it, until the connection ends, and returns why. One goroutine
// calls it, instead of Receive. Calls of hear do not overlap, and none is under way when Serve returns; those of Poll take part in that.
func (c *Conn) Serve(hear func(w any)) error {
	if c.secured != nil || c.direct == nil {
		return c.serveBlocking(hear)
	}
	r := &c.in
	src := newSource(c.direct, r, c.bell)
	r.mu.Lock()
	defer r.mu.Unlock() // in the end, too, so that no call of hear is under way when Serve returns
	r.hear, r.source = hear, src
	for {
		if err := c.hearAll(); err != nil {
			return c.ending(err)
		}
		r.mu.Unlock()
		r.waiting.Store(true)
		err := src.await()
		r.waiting.Store(false)
		r.mu.Lock()
		if err != nil {
			return c.ending(err)
		}
	}
}

func (c *Conn) serveBlocking(hear func(any)) error {
	for {
		w, err := c.Receive()
		if err != nil {
			return err
		}
		hear(w)
	}
}

// Poll hears what has come, if the connection is served and somebody else is not at it. It does not wait. It reports whether it had to
// look at the socket.
func (c *Conn) Poll() (looked bool) {
	r := &c.in
	if c.bell.silent() || !r.mu.TryLock() {
		return false
	}
	defer r.mu.Unlock()
	if r.source == nil || c.unreadable() != nil {
		return false
	}
	if r.source.try() {
		if err := c.hearAll(); err != nil {
			_ = c.ending(err) // Serve returns it
		}
	}
	return true
}

// hearAll hears the words of what was read. The lock is held.
func (c *Conn) hearAll() error {
	for {
		if err := c.unreadable(); err != nil {
			return err
		}
		w, err := c.next()
		if w == nil || err != nil {
			return err
		}
		c.in.hear(w)
	}
}
