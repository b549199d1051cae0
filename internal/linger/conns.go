package linger

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Served is a connection that hands what comes to hear, in order, also to somebody who polls, and says whether that took a system call. See
// package link.
type Served interface {
	Serve(hear func(w any)) error
	Poll() (looked bool)
}

// Conns are connections at which somebody who waits awake may look whether something has come. The zero value has none.
type Conns struct {
	mu   sync.Mutex
	list atomic.Pointer[[]Served] // replaced, not changed
}

// Serve hears what comes over a connection until it ends, and returns why. Meanwhile it is one of them, if it can be polled.
func (c *Conns) Serve(conn interface{ Receive() (any, error) }, hear func(w any)) error {
	if s, ok := conn.(Served); ok {
		c.change(func(list []Served) []Served { return append(list, s) })
		defer c.change(func(list []Served) []Served {
			return slices.DeleteFunc(list, func(o Served) bool { return o == s })
		})
		return s.Serve(hear)
	}
	for {
		w, err := conn.Receive()
		if err != nil {
			return err
		}
		hear(w)
	}
}

func (c *Conns) change(f func([]Served) []Served) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := f(slices.Clone(c.List()))
	c.list.Store(&list)
}

// List returns those that there are, which the caller must not change.
func (c *Conns) List() []Served {
	if list := c.list.Load(); list != nil {
		return *list
	}
	return nil
}
