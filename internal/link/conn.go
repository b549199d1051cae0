package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of connections.
var (
	// ErrClosed is the error of a connection that this side closed.
	ErrClosed = errors.New("link: the connection was closed by this side")
	// ErrSilent is the error of a connection from which nothing was heard for too long.
	ErrSilent = errors.New("link: nothing was heard from the other side for too long: it is gone or the network is cut")
	// ErrStalled is the error of a connection whose other side takes nothing of much that waits for it.
	ErrStalled = errors.New("link: the other side takes nothing of what is sent to it: its process is stopped or hangs")
)

const (
	flushTime  = 2 * time.Second // how long Close tries to send what is queued
	lingerTime = time.Second / 4 // how long Close waits over TCP for the other side to have read it
	lastTime   = time.Second     // how long the last words of who takes nothing any more are waited for
)

// Conn is a connection to another process of the cluster.
type Conn struct {
	peer    Hello
	nc      net.Conn
	secured *secured // nc, if it is one; nil otherwise
	tcp     bool     // what is below nc
	direct  *direct  // to the socket below nc; nil if there is none
	bell    *bell    // nil if there is none
	options Options

	out sender
	in  receiver

	fails   sync.Once
	why     atomic.Pointer[error] // why the connection ended
	ended   chan struct{}         // closed when it ended
	last    atomic.Bool           // it ended, and the last words of the other side are still being read
	closing atomic.Bool
	closed  sync.Once
	tasks   sync.WaitGroup // the writer and the watch
}

// newConn makes a connection of one whose handshake is done. window is what the other side announced.
func newConn(nc net.Conn, peer Hello, window int, b *bell, o Options) *Conn {
	c := &Conn{peer: peer, nc: nc, bell: b, options: o, ended: make(chan struct{})}
	_, c.tcp = nc.(*net.TCPConn)
	c.out.init(window)
	c.in.init(o)
	if s, ok := nc.(*secured); ok {
		s.gather()
		c.tcp = true
		c.secured, c.direct = s, newDirect(s.under.Conn)
	} else {
		c.direct = newDirect(nc)
	}
	c.tasks.Go(c.write)
	c.tasks.Go(newWatch(c).run)
	return c
}

// Peer returns what the other side said of itself.
func (c *Conn) Peer() Hello { return c.peer }

// fail ends the connection; the first reason stays.
func (c *Conn) fail(err error) {
	c.fails.Do(func() {
		c.why.Store(&err)
		close(c.ended)
		c.nc.Close()
		c.out.wake()
	})
}

// refused ends the connection for those who send, because the other side takes nothing any more. What it said before may not be read yet,
// and is likely to be its goodbye.
func (c *Conn) refused(err error) {
	c.fails.Do(func() {
		c.last.Store(true)
		c.why.Store(&err)
		close(c.ended)
		c.nc.SetReadDeadline(time.Now().Add(lastTime))
		c.out.wake()
	})
}

// unreadable returns why nothing more can be read, nil if something can.
func (c *Conn) unreadable() error {
	if c.last.Load() {
		return nil
	}
	return c.err()
}

// err returns why the connection ended, nil if it has not.
func (c *Conn) err() error {
	if p := c.why.Load(); p != nil {
		return *p
	}
	return nil
}

// Close sends the words that are queued, for at most two seconds, says that this is on purpose, and closes the connection.
// Blocks that were not sent yet are dropped. A Receive under way returns ErrClosed.
func (c *Conn) Close() error {
	c.closed.Do(func() {
		c.closing.Store(true)
		c.nc.SetWriteDeadline(time.Now().Add(flushTime))
		c.out.close()
		if c.tcp {
			c.linger()
		}
		c.tasks.Wait()
		c.nc.Close() // which refused has not done
	})
	return nil
}

// linger waits until the other side has read everything: TCP throws away what is under way when a socket is closed that
// has something unread.
func (c *Conn) linger() {
	select {
	case <-c.out.done:
	case <-c.ended:
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(lingerTime))
	for {
		if _, err := c.Receive(); err != nil {
			return
		}
	}
}

// finish is what the writer does last.
func (c *Conn) finish(err error) {
	switch {
	case err != nil && !c.closing.Load():
		c.refused(fmt.Errorf("link: writing to %s: %w", c.name(), err))
	case c.tcp && err == nil:
		// Close reads until the other side has closed, and then ends the connection.
	default:
		c.fail(ErrClosed)
	}
}

// name says who the other side is, for errors.
func (c *Conn) name() string {
	if c.peer.Name == "" {
		return fmt.Sprintf("%v of process %d", c.peer.Role, c.peer.Pid)
	}
	return fmt.Sprintf("%v %q", c.peer.Role, c.peer.Name)
}

// ending turns what ended the reading into the connection's error.
func (c *Conn) ending(err error) error {
	if c.last.Swap(false) {
		c.nc.Close()
		if err == io.EOF {
			c.why.Store(&err) // the goodbye says more than that nothing was taken
		}
		return c.err()
	}
	switch {
	case c.closing.Load():
		err = ErrClosed
	case err == io.EOF:
		// The other side said goodbye.
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("link: the connection to %s was cut: its process has died or the network has: %w", c.name(), err)
	default:
		err = fmt.Errorf("link: reading from %s: %w", c.name(), err)
	}
	c.fail(err)
	return c.err()
}
