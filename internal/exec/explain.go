package exec

import (
	"time"

	"github.com/braid-compute/braid/graph"
)

// Explanation says where a task stands and why. It is a reading: by the time somebody looks, things have moved on.
type Explanation struct {
	Task     string
	Site     string // the user's line, if known
	State    string // waiting, ready, held, running, blocked, cancelling, done, failed, cancelled, skipped, released
	Attempt  int    // current or last attempt, from 1; 0 if there was none
	Attempts int    // allowed attempts
	Since    time.Duration
	Inputs   int       // inputs that are still missing
	Missing  []Missing // some of them
	Ahead    []string  // of a ready task: what the slots are busy with
	Slots    int
	For      string // of a blocked task: what it waits for; of a held one: the resources, if it is not memory
	Memory   int64  // of a held task: bytes in use, and those above which it waits
	Limit    int64
	Failure  *Failure
}

// Missing is an input that a task waits for.
type Missing struct {
	Task  string
	State string
}

// maxMissing bounds the inputs that an explanation lists.
const maxMissing = 8

// Explain says why task i is where it is.
func (r *Run) Explain(i graph.Index) Explanation {
	x := r.x
	e := Explanation{Task: r.Name(i), Slots: len(x.slots)}
	if number, ok := r.callOf(i); ok {
		e.Attempts = int(r.calls[number].retries) + 1
		e.Site = r.calls[number].site.String()
	}
	status := r.Status(i)
	e.State = status.String()
	if t := r.look(i); t != nil {
		state := t.state.Load()
		if status != StatusWaiting || attemptOf(state) > 0 {
			e.Attempt = int(attemptOf(state)) + 1
		}
		letGo := state&flagWanted == 0 && (r.all || len(r.wantedIn(uint32(i), 1)) > 0)
		if status == StatusDone && (letGo || t.uses.Load() == 0) {
			e.State = "released"
		}
	}
	switch {
	case status.Settled():
		_, e.Failure, _ = r.Outcome(i)
		if e.Failure != nil {
			e.Attempt = e.Failure.Attempt
		}
		if c := x.running(r, i); c != nil {
			e.State, e.Since = "cancelling", x.sinceStart(c)
		}
	case status == StatusRunning:
		r.explainRunning(i, &e)
	default:
		r.explainWaiting(i, &e)
	}
	return e
}

func (r *Run) explainRunning(i graph.Index, e *Explanation) {
	c := r.x.running(r, i)
	if c == nil {
		return // it has just begun or just ended
	}
	e.Since = r.x.sinceStart(c)
	if m := c.more.Load(); m != nil {
		m.mu.Lock()
		switch {
		case m.expired:
			e.State = "cancelling"
		case m.waits > 0:
			e.State, e.For = "blocked", m.waitsFor
		}
		m.mu.Unlock()
	}
}

func (r *Run) explainWaiting(i graph.Index, e *Explanation) {
	x := r.x
	if !r.takeToken() {
		return // it is over; ask again
	}
	defer r.dropTokens(1, nil)
	_, refs := r.g.Load().Task(i, nil)
	for _, a := range refs {
		var from *Run
		var task graph.Index
		switch a.Kind() {
		case graph.RefOutput:
			from, task = r, a.Task()
		case graph.RefExternal:
			from, task = r.exts[a.Table()].run, r.exts[a.Table()].unsettled()
		default:
			continue
		}
		if s := from.Status(task); !s.Settled() {
			e.Inputs++
			if len(e.Missing) < maxMissing {
				e.Missing = append(e.Missing, Missing{Task: from.Name(task), State: s.String()})
			}
		}
	}
	if e.Inputs > 0 {
		return
	}
	e.State = "ready"
	x.mu.Lock()
	for k := x.held.head; k < len(x.held.items); k++ {
		if x.held.items[k] == newItem(r.id, uint32(i)) {
			e.State, e.Memory, e.Limit = "held", x.memory.Load()+x.stored(), x.mark
		}
	}
	if text, waits := x.explainNeeds(newItem(r.id, uint32(i))); waits {
		e.State, e.For = "held", text
	}
	x.mu.Unlock()
	for _, c := range x.active() {
		if len(e.Ahead) < maxMissing {
			e.Ahead = append(e.Ahead, c.Name())
		}
	}
}

// unsettled returns the first task of the external without an outcome, or its first.
func (e *external) unsettled() graph.Index {
	for n := range e.count {
		if i := e.first + graph.Index(n); !e.run.Status(i).Settled() {
			return i
		}
	}
	return e.first
}

// runs reports whether the context belongs to a function that has not returned.
func (c *Context) runs() bool {
	if c == nil {
		return false
	}
	if m := c.more.Load(); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.ended {
			return false
		}
	}
	return !c.returned.Load()
}

// active returns the contexts of all functions that have not returned.
func (x *Executor) active() []*Context {
	var list []*Context
	for _, s := range x.slots {
		if c := s.current.Load(); c.runs() {
			list = append(list, c)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for c := range x.blocked {
		list = append(list, c)
	}
	return list
}

// running returns the context in which a function of task i has not returned, or nil.
func (x *Executor) running(r *Run, i graph.Index) *Context {
	for _, c := range x.active() {
		if c.run == r && c.index == i {
			return c
		}
	}
	return nil
}

func (x *Executor) sinceStart(c *Context) time.Duration { return time.Duration(x.now() - c.started) }

// Name returns the task's name, for example "square#7".
func (r *Run) Name(i graph.Index) string {
	number, ok := r.callOf(i)
	if !ok {
		number = noCall
	}
	return r.name(i, number)
}

func (r *Run) name(i graph.Index, number uint32) string {
	if k := r.keys[i]; k != "" {
		return k
	}
	if number == noCall {
		return "task#" + utoa(uint32(i))
	}
	return r.calls[number].name + "#" + utoa(uint32(i))
}

// Label names the run for people: its op and number of tasks.
func (r *Run) Label() string {
	if r.tasks == 1 {
		return r.Name(0)
	}
	name := "graph"
	if len(r.calls) == 1 {
		name = r.calls[0].name
	}
	return name + " (" + utoa(r.tasks) + " tasks)"
}
