package exec

import "sync/atomic"

// task is the state of one task: 32 bytes, two to a cache line.
type task struct {
	value any           // the result, or a *Failure; written by the attempt that won, freed after its last use
	wait  atomic.Uint32 // inputs that are still missing
	uses  atomic.Uint32 // readers to come: consumers, a handle that wants the result, and the task itself until settled
	state atomic.Uint32 // status, flags and attempt
	_     uint32
}

// The parts of task.state: the status in the low byte, flags above it, the attempt in the upper half.
const (
	statusMask   = 0xff
	flagWatched  = 1 << 8  // somebody is to be told when the task settles
	flagWanted   = 1 << 9  // a handle wants the result
	flagPassed   = 1 << 10 // a walker found it not ready: whoever makes its last input queues it
	attemptShift = 16
	attemptOne   = 1 << attemptShift
)

// Status says where a task stands.
type Status uint8

// The statuses. Those from StatusDone on are final.
const (
	StatusWaiting Status = iota
	StatusRunning
	statusSettling // the winner is writing the result
	_
	StatusDone
	StatusFailed
	StatusCancelled
	StatusSkipped
)

// Settled reports whether the status is final.
func (s Status) Settled() bool { return s >= StatusDone }

// String returns the word that people are shown.
func (s Status) String() string {
	switch s {
	case StatusWaiting:
		return "waiting"
	case StatusRunning, statusSettling:
		return "running"
	case StatusDone:
		return "done"
	case StatusFailed:
		return "failed"
	case StatusCancelled:
		return "cancelled"
	case StatusSkipped:
		return "skipped"
	}
	return "unknown"
}

func statusOf(state uint32) Status  { return Status(state & statusMask) }
func attemptOf(state uint32) uint32 { return state >> attemptShift }

// status reads the status, waiting out the few instructions in which a winner writes its result.
func (t *task) status() Status { return statusOf(t.state.Load()) }

// claim moves a waiting task to running and returns its attempt. It fails for a task that has been settled.
func (t *task) claim() (attempt uint32, ok bool) {
	for {
		old := t.state.Load()
		if statusOf(old) != StatusWaiting {
			return 0, false
		}
		if t.state.CompareAndSwap(old, old+uint32(StatusRunning-StatusWaiting)) {
			return attemptOf(old), true
		}
	}
}

// win takes the right to settle attempt number attempt of a running task.
func (t *task) win(attempt uint32) bool {
	for {
		old := t.state.Load()
		if statusOf(old) != StatusRunning || attemptOf(old) != attempt {
			return false
		}
		if t.state.CompareAndSwap(old, old+uint32(statusSettling-StatusRunning)) {
			return true
		}
	}
}

// seize takes the right to settle a task that is waiting or running, whichever it is; it says which.
func (t *task) seize() (was Status, ok bool) {
	for {
		old := t.state.Load()
		was = statusOf(old)
		if was != StatusWaiting && was != StatusRunning {
			return was, false
		}
		if t.state.CompareAndSwap(old, old-uint32(was)+uint32(statusSettling)) {
			return was, true
		}
	}
}

// seizeWaiting takes the right to settle a task that has not begun, and says whether it is counted as passed.
func (t *task) seizeWaiting() (passed, ok bool) {
	for {
		old := t.state.Load()
		if statusOf(old) != StatusWaiting {
			return false, false
		}
		if t.state.CompareAndSwap(old, old+uint32(statusSettling-StatusWaiting)) {
			return old&flagPassed != 0 && attemptOf(old) == 0, true
		}
	}
}

// hold adds a reader, unless the result is gone already.
func (t *task) hold() bool {
	for {
		n := t.uses.Load()
		if n == 0 {
			return false
		}
		if t.uses.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// finish publishes the result that the winner has written and reports whether somebody watches.
func (t *task) finish(to Status) (watched bool) {
	return t.state.Add(uint32(to-statusSettling))&flagWatched != 0
}

// again moves a task whose settling was won back to waiting, for its next attempt.
func (t *task) again() {
	t.state.Add(attemptOne - uint32(statusSettling-StatusWaiting))
}

// page holds the state of up to pageTasks consecutive tasks of a run; it is made when the first of them is reached.
type page struct {
	tasks []task
}

const (
	pageBits  = 10
	pageTasks = 1 << pageBits
)
