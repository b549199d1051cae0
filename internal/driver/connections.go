package driver

import "sync"

// connections are those that are open, from before their first word until the goroutine that reads them has ended.
type connections struct {
	mu     sync.Mutex
	open   map[Conn]bool // true until somebody closes it
	closed bool
	tasks  sync.WaitGroup // the readers, and those who close
}

func (c *connections) init() { c.open = make(map[Conn]bool) }

// enter takes a connection in, unless the driver has ended. Whoever enters one leaves it.
func (c *connections) enter(conn Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.open[conn] = true
	c.tasks.Add(1)
	return true
}

// leave forgets a connection, which the caller has closed.
func (c *connections) leave(conn Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
	c.tasks.Done()
}

// cut closes a connection beside the caller, because what is queued is sent first and that may take seconds.
func (c *connections) cut(conn Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeBeside(conn)
}

// closeBeside is cut with mu held. What has left is closed, so the count of tasks is not zero here.
func (c *connections) closeBeside(conn Conn) {
	if c.open[conn] {
		c.open[conn] = false
		c.tasks.Go(func() { _ = conn.Close() })
	}
}

// end closes all connections and takes no more in. It does not wait; wait does.
func (c *connections) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for conn := range c.open {
		c.closeBeside(conn)
	}
}

// wait returns when nothing is left of the connections. It is called after end.
func (c *connections) wait() { c.tasks.Wait() }
