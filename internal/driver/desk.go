package driver

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// desk is the connection of a client in this process, with both its ends. Words pass as they are. What the client's end puts is handled by
// the thread that flushes it, as far as it is light, and who waits at the client's end hears the answer there: between the two, and to the
// agents and back, nobody has to be woken.
type desk struct {
	d        *Driver
	toDriver counter
	toClient counter
	waiting  atomic.Int32 // how many poll the client's end
}

// Connect returns the connection of a client in this process.
func (d *Driver) Connect() (Conn, error) {
	k := &desk{d: d}
	k.toDriver.filled.L, k.toClient.filled.L = &k.toDriver.mu, &k.toClient.mu
	return (*clientEnd)(k), d.Client((*driverEnd)(k))
}

// counter is one direction of a desk.
type counter struct {
	lane
	hearing sync.Mutex // held while words are heard, so that they are in order
	hear    func(w any)
}

// add adds a word and wakes nobody.
func (c *counter) add(w any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errPipeClosed
	}
	c.words = append(c.words, w)
	return nil
}

// wake wakes whoever serves if there are words.
func (c *counter) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first < len(c.words) {
		c.filled.Signal()
	}
}

// serve hears words until the end.
func (c *counter) serve(hear func(w any), heard func()) error {
	c.hearing.Lock()
	c.hear = hear
	c.hearing.Unlock()
	for {
		c.mu.Lock()
		for c.first == len(c.words) && !c.closed {
			c.filled.Wait()
		}
		over := c.first == len(c.words)
		c.mu.Unlock()
		if over {
			return io.EOF
		}
		c.hearing.Lock()
		c.hearAll()
		c.hearing.Unlock()
		heard()
	}
}

// hearAll hears what there is. hearing is held.
func (c *counter) hearAll() {
	for c.hear != nil {
		c.mu.Lock()
		if c.first == len(c.words) {
			c.mu.Unlock()
			return
		}
		w := c.pop()
		c.mu.Unlock()
		c.hear(w)
	}
}

func (k *desk) close() error {
	k.toDriver.close()
	k.toClient.close()
	return nil
}

var errServed = errors.New("a connection inside the process is served, not read")

// clientEnd is the end of the client.
type clientEnd desk

func (e *clientEnd) Send(w any) error              { return e.toDriver.put(w) }
func (e *clientEnd) Put(w any) error               { return e.toDriver.add(w) }
func (e *clientEnd) Receive() (any, error)         { return nil, errServed }
func (e *clientEnd) Queued() (words, blocks int64) { return 0, 0 }
func (e *clientEnd) Close() error                  { return (*desk)(e).close() }

// Flush has the driver handle the words of Put, in this thread if it can.
func (e *clientEnd) Flush() {
	e.toDriver.hearing.Lock()
	e.toDriver.hearAll()
	e.toDriver.hearing.Unlock()
	e.d.drive()
}

// Serve calls hear for every word that comes, as one goroutine, and those who wait, take it.
func (e *clientEnd) Serve(hear func(w any)) error { return e.toClient.serve(hear, func() {}) }

// Attend begins to wait at this end: until the function that it returns is called, somebody calls Poll again and again.
func (e *clientEnd) Attend() (end func()) {
	e.waiting.Add(1)
	return func() {
		if e.waiting.Add(-1) == 0 {
			e.toClient.wake()
		}
	}
}

// Poll looks what has come from agents, has the driver handle it, and hears what it says, in this thread. It does not wait.
func (e *clientEnd) Poll() {
	look(&e.d.polled)
	if e.toClient.hearing.TryLock() {
		e.toClient.hearAll()
		e.toClient.hearing.Unlock()
	}
}

// driverEnd is the end of the driver.
type driverEnd desk

func (e *driverEnd) Send(w any) error              { return e.toClient.put(w) }
func (e *driverEnd) Put(w any) error               { return e.toClient.add(w) }
func (e *driverEnd) Receive() (any, error)         { return nil, errServed }
func (e *driverEnd) Queued() (words, blocks int64) { return 0, 0 }
func (e *driverEnd) Close() error                  { return (*desk)(e).close() }

// Flush wakes the client, unless it comes by itself.
func (e *driverEnd) Flush() {
	if e.waiting.Load() == 0 {
		e.toClient.wake()
	}
}

// serve hears what the client says.
func (e *driverEnd) serve(hear func(w any)) error { return e.toDriver.serve(hear, e.d.drive) }
