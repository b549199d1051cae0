package driver

import "time"

// cut is the time in which a client or an agent has no connection. It belongs to the goroutine of loop.
type cut struct {
	since time.Time // zero while it has one
	why   error
	said  bool // in the log
	timer *time.Timer
}

func (k *cut) off() bool { return !k.since.IsZero() }

// stop ends it.
func (k *cut) stop() {
	if k.timer != nil {
		k.timer.Stop()
	}
	*k = cut{}
}

// watch looks once, after a pause or at the end of the time, whether the process behind what is cut off is there, and lets the loop decide.
func (d *Driver) watch(k *cut, timeout, pause time.Duration, pid uint32, decide func(lives bool)) {
	since := k.since
	next := timeout - time.Since(since)
	if d.cfg.Lives != nil {
		next = min(next, pause)
	}
	k.timer = time.AfterFunc(next, func() {
		lives := d.cfg.Lives == nil || d.cfg.Lives(pid)
		d.in.put(note{do: func() {
			if k.off() && k.since.Equal(since) {
				decide(lives)
			}
		}})
	})
}
