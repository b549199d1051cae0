package link

import (
	"fmt"
	"time"
)

const (
	// signs is how many signs of life a side gives in the time after which it is missed.
	signs = 3
	// patience is how many times longer an agent may be silent on a Unix socket. There a process that dies is noticed at once: one
	// that lives and is silent was stopped, or the machine is out of memory, which mostly passes.
	patience = 4
)

// watch looks after one connection: it gives signs of life, and ends the connection when the other side gives none, or
// takes nothing of much that waits for it.
//
// It measures time by its own ticks. A process that was stopped for an hour has slept through its ticks, too, and does not take its own
// absence for that of the other side.
type watch struct {
	c       *Conn
	gives   bool // signs of life
	silence int  // ticks without a byte after which the other side is missed; 0: it is not
	heard   uint64
	written uint64
	silent  int // ticks
	stalled int
}

// newWatch decides what is to be watched. On a Unix socket only agents give signs, and whoever talks to one misses them: what a stopped
// agent was to do must be done elsewhere. A client that is stopped there, by its user at a terminal, is at rest, and so
// is a scheduler inside such a client.
func newWatch(c *Conn) *watch {
	w := &watch{c: c, gives: true, silence: signs}
	if c.nc.LocalAddr().Network() == "unix" {
		w.gives = c.options.Hello.Role == RoleAgent
		w.silence = 0
		if c.peer.Role == RoleAgent {
			w.silence = signs * patience
		}
	}
	return w
}

func (w *watch) run() {
	tick := time.NewTicker(w.c.options.Silence / signs)
	defer tick.Stop()
	for {
		select {
		case <-w.c.ended:
			return
		case <-tick.C:
			if err := w.look(); err != nil {
				w.c.fail(err)
				return
			}
		}
	}
}

// look returns why the connection shall end, if it shall.
func (w *watch) look() error {
	c := w.c
	words, _ := c.Queued()
	if n := c.out.writes.Load(); n != w.written {
		w.written, w.stalled = n, 0
	} else {
		if w.gives {
			c.out.sign()
		}
		if w.stalled++; words <= int64(c.options.Queue) {
			w.stalled = 0
		}
	}
	// When the owner does not come to call Receive, that says nothing about the other side.
	if n := c.in.reads.Load(); n != w.heard || !c.in.waiting.Load() {
		w.heard, w.silent = n, 0
	} else {
		w.silent++
	}
	tick := c.options.Silence / signs
	switch {
	case w.stalled >= signs:
		return fmt.Errorf("%w (%s, %v, %d bytes wait)", ErrStalled, c.name(), time.Duration(w.stalled)*tick, words)
	case w.silence > 0 && w.silent >= w.silence:
		return fmt.Errorf("%w (%s, %v)", ErrSilent, c.name(), time.Duration(w.silent)*tick)
	}
	return nil
}
