package reconnect

// A buffered connection keeps the words of Put until Flush, and a served one hands what comes to hear, also to somebody who polls. See
// package link.
type (
	buffered interface {
		Put(w any) error
		Flush()
	}
	served interface {
		Serve(hear func(w any)) error
		Poll() (looked bool)
	}
)

// Serve calls hear for every word that comes, as Receive would return it, until the conversation is over, and returns why. One goroutine
// calls it, instead of Receive. Calls of hear do not overlap; those of Poll take part in that.
func (c *Conn) Serve(hear func(w any)) error {
	for {
		carrier, err := c.await()
		if err != nil {
			return err
		}
		c.broke(carrier, c.serve(carrier, hear))
	}
}

// serve serves one connection until it ends.
func (c *Conn) serve(carrier Carrier, hear func(w any)) (err error) {
	s, ok := carrier.(served)
	if !ok {
		for {
			w, err := carrier.Receive()
			if err == nil {
				if ok, err = c.interpret(carrier, w); ok {
					hear(w)
				}
			}
			if err != nil {
				return err
			}
		}
	}
	var wrong error // guarded by that calls do not overlap
	end := s.Serve(func(w any) {
		if wrong != nil {
			return
		}
		ok, err := c.interpret(carrier, w)
		if ok {
			hear(w)
		}
		if err != nil {
			wrong = err
			c.dispose(carrier)
		}
	})
	if wrong != nil {
		return wrong
	}
	return end
}

// Poll hears what has come, if the conversation is served and somebody else is not at it. It does not wait. It reports whether that took a
// look at a socket.
func (c *Conn) Poll() (looked bool) {
	s, ok := c.current().(served)
	return ok && s.Poll()
}
