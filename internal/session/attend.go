package session

import (
	"runtime"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/linger"
)

// What this waits for is brought by goroutines that the arrival of words wakes, one after the other, each of which takes as long as many
// a task. Who waits for a task may come by and look himself instead, if that is likely to end soon.

// A buffered connection keeps the words of Put until Flush; a served one hands what comes to hear. See package
// link. That of a client beside the scheduler is attended: it knows that somebody polls.
type (
	buffered interface {
		Put(w any) error
		Flush()
	}
	served interface {
		Serve(hear func(w any)) error
	}
	attended interface {
		Attend() (end func())
		Poll()
	}
)

const (
	attendTime  = 200 * time.Microsecond // how long who waits looks himself, before others wake him
	attendLooks = 8                      // looks between two readings of the clock
	attendStill = 256                    // looks after which a clock that shows the same as before is taken to stand still
)

// attention says whether it is worth looking.
type attention struct {
	mu  sync.Mutex
	bet linger.Bet
}

// Attend waits for a moment until something is done, and looks what comes meanwhile, if that is mostly worth it. The caller then waits as
// long as it takes.
func (s *Session) Attend(done func() bool) {
	conn, ok := s.o.Scheduler.(attended)
	a := &s.attention
	if !ok || done() {
		return
	}
	a.mu.Lock()
	try := a.bet.Try()
	a.mu.Unlock()
	if !try {
		return
	}
	soon := look(conn, done)
	a.mu.Lock()
	a.bet.Ended(soon)
	a.mu.Unlock()
}

// look looks what comes until something is done. It reports whether that was soon.
func look(conn attended, done func() bool) bool {
	defer conn.Attend()()
	start := time.Now()
	for look := 1; ; look++ {
		if conn.Poll(); done() {
			return true
		}
		if look%attendLooks == 0 {
			// In a bubble of testing/synctest the clock stands still while a goroutine runs.
			if passed := time.Since(start); passed > attendTime || passed == 0 && look >= attendStill {
				return false
			}
		}
		runtime.Gosched()
	}
}

// serve hears what comes over a connection until it ends.
func serve(conn Conn, hear func(w any)) error {
	if c, ok := conn.(served); ok {
		return c.Serve(hear)
	}
	for {
		w, err := conn.Receive()
		if err != nil {
			return err
		}
		hear(w)
	}
}
