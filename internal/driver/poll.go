package driver

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A served connection hands what comes to hear, in order, also to somebody who polls. See package link.
type served interface {
	Serve(hear func(w any)) error
	Poll()
}

// polled are connections of agents of which somebody who waits for the driver may look whether something has come.
type polled struct {
	mu    sync.Mutex
	conns atomic.Pointer[[]served] // replaced, not changed
}

// mostPolled is how many connections are looked at: a look takes a third of a microsecond.
const mostPolled = 16

// serve hears what comes over a connection until it ends.
func (p *polled) serve(conn Conn, hear func(w any)) error {
	if s, ok := conn.(served); ok {
		p.change(func(list []served) []served { return append(list, s) })
		defer p.change(func(list []served) []served {
			return slices.DeleteFunc(list, func(o served) bool { return o == s })
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

func (p *polled) change(f func([]served) []served) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := f(slices.Clone(p.list()))
	p.conns.Store(&list)
}

func (p *polled) list() []served {
	if list := p.conns.Load(); list != nil {
		return *list
	}
	return nil
}

// look polls the connections, unless there are too many.
func (p *polled) look() {
	list := p.list()
	if len(list) > mostPolled {
		return
	}
	for _, s := range list {
		s.Poll()
	}
}
