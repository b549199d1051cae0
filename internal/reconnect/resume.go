package reconnect

import "github.com/braid-compute/braid/internal/word"

// Accept begins a conversation that the other side has asked for with word.Attach, and answers it.
func Accept(carrier Carrier, token word.Token, o Options) *Conn {
	c := newConn(carrier, token, o)
	_ = carrier.Send(&word.Attached{Nanos: int64(o.Patience)}) // a connection that has broken is noticed by its reader
	return c
}

// Resume goes on over a new connection, whose other side has asked for it with word.Attach and has heard so many words. The old
// one, which may still seem to be there, is closed. After an error the caller has the new connection.
func (c *Conn) Resume(carrier Carrier, heard uint64) error {
	return c.resume(carrier, heard, func(here uint64) {
		_ = carrier.Send(&word.Attached{Heard: here, Nanos: int64(c.o.Patience)})
	})
}

// resume repeats what the other side has not heard of over a new connection. greet is called before, with how many words were
// heard here.
func (c *Conn) resume(carrier Carrier, heard uint64, greet func(here uint64)) error {
	c.order.Lock()
	defer c.order.Unlock()
	c.mu.Lock()
	err := c.end
	switch {
	case err != nil:
	case c.anew:
		c.kept.begin(heard)
	default:
		err = c.kept.acknowledge(heard)
	}
	if err != nil {
		c.mu.Unlock()
		return err
	}
	old := c.carrier
	c.carrier = carrier // what still comes over the old one does not count
	c.acked, c.owed, c.anew = c.sure, 0, false
	c.repeats = c.heard - c.sure
	here, words := c.sure, c.kept.list()
	c.changed.Broadcast()
	c.mu.Unlock()
	if old != nil {
		c.dispose(old)
	}
	greet(here)
	for _, k := range words {
		if err := carrier.Send(k.word); tooLong(err) { // it takes shorter ones than the last
			c.mu.Lock()
			c.endWith(err)
			c.mu.Unlock()
			c.dispose(carrier)
			return nil
		}
	}
	return nil
}
