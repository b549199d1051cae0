package exec

import "runtime"

// What a worker without work does before it parks. docs/decisions/0004 has the measurements behind the numbers.
const (
	lingerNanos = 20_000  // longest wait for another slot's task
	expectNanos = 200_000 // and for what Config.Expect is about: to wake a core that sleeps, from another process, takes 50,000 and more
	lingerLooks = 8       // looks between two readings of the clock
	lingerStill = 256     // looks after which a clock that shows the same as before is taken to stand still
)

// linger waits for work for some microseconds, if there is reason to expect some: another slot runs a task, which may make
// others ready, or Config.Expect says so. Waking a worker that has parked takes much longer than a small task does. It reports whether it is
// worth looking for work again.
//
// A worker that lingers is not among the idle ones, so nobody wakes it, and what comes after its last look is seen by
// the look that follows parking.
func (x *Executor) linger(s *slot) bool {
	s.current.Store(nil) // two workers without work must not take each other for busy
	limit := x.lingers(s)
	if limit == 0 {
		return false
	}
	start := x.now()
	for look := 1; ; look++ {
		if x.irregular.Load() != 0 {
			return false // parking sees to it
		}
		if x.offered(s) {
			return true
		}
		if look%lingerLooks != 0 {
			continue
		}
		// In a bubble of testing/synctest the clock stands still while a goroutine runs, and this one must not keep it from
		// moving on.
		now := x.now()
		if now-start > limit || now == start && look >= lingerStill {
			return false
		}
		if limit = x.lingers(s); limit == 0 {
			return false
		}
		runtime.Gosched()
	}
}

// lingers returns how long it is worth to wait for work, in nanoseconds.
func (x *Executor) lingers(s *slot) int64 {
	switch {
	case x.config.Expect != nil && x.config.Expect():
		return expectNanos
	case x.othersRun(s):
		return lingerNanos
	}
	return 0
}

// othersRun reports whether another slot runs a task.
func (x *Executor) othersRun(s *slot) bool {
	for _, other := range x.slots {
		if other != s && other.current.Load() != nil {
			return true
		}
	}
	return false
}

// offered reports whether there is something for a worker to take, as far as that is easily seen.
func (x *Executor) offered(s *slot) bool {
	if x.waiting.Load() > 0 || x.openRuns.Load() > 0 && x.claimable() {
		return true
	}
	for _, other := range x.slots {
		if other != s && other.offers() {
			return true
		}
	}
	return false
}
