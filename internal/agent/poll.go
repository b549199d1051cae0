package agent

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/internal/linger"
)

// What other processes say wakes a goroutine that waits for it, but on a machine whose cores are all busy with tasks, or have just gone
// to sleep, that takes as long as many a task. So workers look for it, too: between tasks now and then, and for a moment when they have
// none while tasks wait for inputs. What they hear they handle.
type poller struct {
	mu    sync.Mutex
	conns atomic.Pointer[[]served] // replaced, not changed
	next  atomic.Int64             // when a worker looks again, on the clock of the executor
	waits atomic.Bool              // tasks are here that have not ended
	soon  atomic.Bool              // or are likely to come soon

	since time.Time  // when the last task had ended; belongs to whoever handles what is in the inbox
	worth linger.Bet // waiting for the next; likewise
}

// soonTime is how soon the next task must come for waiting to have been worth it; see exec.Config.Expect.
const soonTime = 200 * time.Microsecond

// pollEvery is how long a worker with tasks does not look, for each connection, in nanoseconds: a look takes a twentieth of it.
const pollEvery = 8_000

// serve hears what comes over a connection until it ends.
func (a *Agent) serve(conn Conn, hear func(w any)) error {
	if s, ok := conn.(served); ok {
		a.poller.change(func(list []served) []served { return append(list, s) })
		defer a.poller.change(func(list []served) []served {
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

func (p *poller) change(f func([]served) []served) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := f(slices.Clone(p.list()))
	p.conns.Store(&list)
}

func (p *poller) list() []served {
	if list := p.conns.Load(); list != nil {
		return *list
	}
	return nil
}

// look polls all connections if it is time to.
func (p *poller) look(now int64) {
	due := p.next.Load()
	if now < due {
		return
	}
	list := p.list()
	if p.next.CompareAndSwap(due, now+pollEvery*int64(max(len(list), 1))) {
		poll(list)
	}
}

// have notes whether tasks are here that have not ended. After the last one a worker waits awake for the next, if that is mostly worth it.
func (p *poller) have(tasks bool) {
	if p.waits.Swap(tasks) == tasks {
		return
	}
	if now := time.Now(); !tasks {
		p.since = now
		p.soon.Store(p.worth.Try())
	} else if p.soon.Swap(false) {
		p.worth.Ended(now.Sub(p.since) <= soonTime)
	}
}

// expect polls all connections and reports whether tasks wait for what may come, or may come themselves.
func (p *poller) expect() bool {
	if !p.waits.Load() && !p.soon.Load() {
		return false
	}
	list := p.list()
	poll(list)
	return len(list) > 0
}

func poll(list []served) {
	for _, s := range list {
		s.Poll()
	}
}
