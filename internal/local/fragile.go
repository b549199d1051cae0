package local

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/reconnect"
)

// ErrCut is the error of a connection that was cut.
var ErrCut = errors.New("the connection was cut")

// fragile is a connection inside the process that can be cut: what is under way then is lost.
type fragile struct {
	near, far driver.Conn
	lasts     int64 // words; 0: it is not cut
	words     atomic.Int64
	gone      atomic.Bool
}

func (f *fragile) cut() {
	f.gone.Store(true)
	_ = f.near.Close() // which ends the other end, too
}

// fragileEnd is one of its ends.
type fragileEnd struct {
	driver.Conn
	of *fragile
}

func (e *fragileEnd) Receive() (any, error) {
	w, err := e.Conn.Receive()
	if e.of.gone.Load() {
		return nil, ErrCut
	}
	if n := e.of.words.Add(1); err == nil && n == e.of.lasts {
		e.of.cut()
		return nil, ErrCut
	}
	return w, err
}

// carrier makes a connection that can be cut, and lets the scheduler serve its other end.
func (c *Inside) carrier(serve func(driver.Conn)) (driver.Conn, error) {
	f := new(fragile)
	f.near, f.far = driver.Pipe()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, fmt.Errorf("%w: the cluster %q in this process is closed", reconnect.ErrOver, c.name)
	}
	if c.o.Lasts != nil {
		f.lasts = int64(c.o.Lasts())
	}
	c.visits.Go(func() { serve(&fragileEnd{f.far, f}) })
	return &fragileEnd{f.near, f}, nil
}
