package agent

import (
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/internal/linger"
)

// What other processes say wakes a goroutine that waits for it, but on a machine whose cores are all busy with tasks, or have just gone
// to sleep, that takes as long as many a task. So workers look for it, too: between tasks now and then, and for a moment when they have
// none while tasks wait for inputs. What they hear they handle.
type poller struct {
	conns linger.Conns
	next  atomic.Int64 // when a worker looks again, on the clock of the executor
	waits atomic.Bool  // tasks are here that have not ended
	soon  atomic.Bool  // or are likely to come soon

	since time.Time  // when the last task had ended; belongs to whoever handles what is in the inbox
	worth linger.Bet // waiting for the next; likewise
}

// soonTime is how soon the next task must come for waiting to have been worth it; see exec.Config.Expect.
const soonTime = 200 * time.Microsecond

// pollEvery is how long a worker with tasks does not look, for each connection at which it had to look, in nanoseconds: that takes up to a
// tenth of it. Of the others it is known that nothing has come.
const pollEvery = 8_000

// look polls all connections if it is time to.
func (p *poller) look(now int64) {
	due := p.next.Load()
	if now < due {
		return
	}
	if p.next.CompareAndSwap(due, now+pollEvery) {
		p.next.Store(now + pollEvery*poll(p.conns.List()))
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
	list := p.conns.List()
	poll(list)
	return len(list) > 0
}

// poll polls connections and returns at how many it had to look.
func poll(list []linger.Served) (looked int64) {
	for _, s := range list {
		if s.Poll() {
			looked++
		}
	}
	return looked
}
