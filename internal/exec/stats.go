package exec

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
)

// Group counts the tasks of one op over all runs. Numbers of tasks that ended within the last millisecond may be
// missing while workers are busy.
type Group struct {
	Name string

	total     atomic.Int64
	done      atomic.Int64 // tasks with a result
	ended     atomic.Int64 // attempts that ended, whatever their outcome
	failed    atomic.Int64
	cancelled atomic.Int64
	retried   atomic.Int64
	nanos     atomic.Int64
	mean      atomic.Int64 // bytes of a result, a running mean; 0 while unknown
}

// GroupStats is a reading of a [Group].
type GroupStats struct {
	Name      string
	Total     int64         // tasks submitted
	Done      int64         // tasks with a result
	Ended     int64         // attempts that ended, whatever their outcome
	Failed    int64         // tasks that failed for good, those with a failed input included
	Cancelled int64         // tasks cancelled, or not run because nobody wanted their results any more
	Retried   int64         // attempts that were followed by another
	Busy      time.Duration // time in functions, summed over slots
}

// groups finds the group of an op name.
type groups struct {
	mu     sync.Mutex
	byName map[string]*Group
	list   []*Group // in order of first use
}

func (gs *groups) get(name string) *Group {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if g := gs.byName[name]; g != nil {
		return g
	}
	if gs.byName == nil {
		gs.byName = make(map[string]*Group)
	}
	g := &Group{Name: name}
	gs.byName[name] = g
	gs.list = append(gs.list, g)
	return g
}

// Stats is a reading of the executor's state.
type Stats struct {
	Groups  []GroupStats // in order of first use
	Slots   int
	Running int // tasks in slots
	Blocked int // tasks that wait for other tasks
	Held    int // tasks that wait for memory

	Memory      int64 // bytes of live results, where known, and expected bytes of running tasks
	MemoryLimit int64 // 0: none
	Unsized     int64 // live results of unknown size, of ops whose results are counted

	Since  time.Duration // since the executor was made
	Active time.Duration // during which there were tasks to run or running
}

// Stats reads the executor's state.
func (x *Executor) Stats() Stats {
	x.releaseLost()
	st := Stats{
		Slots: len(x.slots), Held: int(x.heldBack.Load()),
		Memory: x.memory.Load(), MemoryLimit: x.config.MemoryLimit, Unsized: x.unsized.Load(),
		Since: time.Since(x.base),
	}
	for _, s := range x.slots {
		if s.current.Load().runs() {
			st.Running++
		}
	}
	x.mu.Lock()
	st.Blocked = len(x.blocked)
	st.Active = time.Duration(x.worked)
	if x.alive > 0 {
		st.Active += time.Duration(x.now() - x.since)
	}
	x.mu.Unlock()
	x.groups.mu.Lock()
	defer x.groups.mu.Unlock()
	for _, g := range x.groups.list {
		st.Groups = append(st.Groups, GroupStats{
			Name: g.Name, Total: g.total.Load(), Done: g.done.Load(), Ended: g.ended.Load(), Failed: g.failed.Load(),
			Cancelled: g.cancelled.Load(), Retried: g.retried.Load(), Busy: time.Duration(g.nanos.Load()),
		})
	}
	return st
}

// EventKind says what happened.
type EventKind uint8

// The kinds of event: irregular ones, and the ends of runs. Single tasks that succeed are only counted.
const (
	EventSubmitted EventKind = iota
	EventFinished
	EventFailed
	EventRetried
	EventCancelled
)

// String returns the kind's name.
func (k EventKind) String() string {
	return [...]string{"submitted", "finished", "failed", "retried", "cancelled"}[k]
}

// Event is something that happened to a task, or to a run of several. It holds no results, so the log keeps nothing alive.
type Event struct {
	At         time.Duration // since the executor was made
	Kind       EventKind
	Submission uint64
	Op         string // of the task, or of the run if it has only one
	Task       graph.Index
	Attempt    int   // of failed and retried
	Err        error // of failed, retried and cancelled
}

// maxEvents bounds the log: older events are dropped and counted.
const maxEvents = 1024

// eventLog is a ring of the latest events.
type eventLog struct {
	mu    sync.Mutex
	ring  []Event
	count uint64 // events ever written
}

// event writes an event to the log.
func (x *Executor) event(r *Run, kind EventKind, f *Failure) {
	e := Event{At: time.Duration(x.now()), Kind: kind, Submission: r.submission}
	if len(r.calls) > 0 {
		e.Op = r.calls[0].name
	}
	if f != nil {
		e.Task, e.Attempt, e.Err = f.Task, f.Attempt, f.Err
		if f.Call != noCall {
			e.Op = r.calls[f.Call].name
		}
	}
	l := &x.events
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ring == nil {
		l.ring = make([]Event, maxEvents)
	}
	l.ring[l.count%maxEvents] = e
	l.count++
}

// Events returns the latest events, oldest first, and how many older ones were dropped.
func (x *Executor) Events() (events []Event, lost uint64) {
	l := &x.events
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count <= maxEvents {
		return slices.Clone(l.ring[:l.count]), 0
	}
	at := l.count % maxEvents
	return append(slices.Clone(l.ring[at:]), l.ring[:at]...), l.count - maxEvents
}
