package exec

import (
	"sync"
	"sync/atomic"
	"time"
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
	Running   int           // tasks in slots
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
		Memory: x.memory.Load() + x.stored(), MemoryLimit: x.config.MemoryLimit, Unsized: x.unsized.Load(),
		Since: time.Since(x.base),
	}
	running := make(map[*Group]int)
	for _, s := range x.slots {
		if c := s.current.Load(); c.runs() {
			st.Running++
			running[c.run.calls[c.call].group]++
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
			Cancelled: g.cancelled.Load(), Retried: g.retried.Load(), Running: running[g], Busy: time.Duration(g.nanos.Load()),
		})
	}
	return st
}
