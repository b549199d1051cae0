package sched

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// pageTasks is the number of tasks whose states are made together when the first of them is reached.
const (
	pageBits  = 10
	pageTasks = 1 << pageBits
)

// run is a submitted graph and the states of its tasks.
type run struct {
	id     word.Run
	s      *State
	client *client
	g      *graph.Graph
	n      uint32
	calls  []call
	succ   graph.Successors
	pages  [][]task // nil where not reached
	left   int      // pages that are not reached

	all    bool          // every task is wanted at first
	wanted []graph.Index // otherwise these are, ascending
	needed []uint64      // bits of the tasks that a wanted one needs; nil if all are needed
	wants  int           // tasks that are wanted and not released

	priorities  []int32   // by level, falling
	roots       []spans   // by level
	pool        []stretch // of roots that belong to no share, the first at the end
	partedSlots uint32    // slots of the agents that have had their part
	parts       parts     // which these are, and those that had and are lost
	ranks       []uint16  // of the tasks among those of their depth
	classes     []*class  // of tasks; the first is of those that any agent can take
	strict      bool      // some call is strict
	gangs       []*gang   // ascending
	tainted     []uint64  // bits of the tasks that derive from an impure one; nil if none does
	exts        []external
	lists       []uint32 // numbers of externals that are lists
	singles     []uint32 // numbers of the others, by the task they name
	takers      []*run   // runs that take results of this one
	sources     []*run   // runs whose results this one takes

	shares   map[*agent]*share
	place    int  // in client.runs
	opened   bool // in client.open
	spill    spill
	failures map[graph.Index]*failure
	grown    map[graph.Index]*growth // tasks with more memory than their call says
	settled  []word.Outcome          // to be told at the end of this step
	settling bool
}

// call is what the scheduler needs of a graph's call, resolved once.
type call struct {
	level     uint32
	class     uint32
	strict    bool // its tasks are placed only when their inputs are made
	gang      bool
	impure    bool
	hintNanos int64
	hintBytes int64
	habit     *habit
	group     *word.Group
}

// failure is how a task ended without a result.
type failure struct {
	status word.Status
	text   []byte
}

// task returns the state of a task, making its page when it is reached for the first time.
func (r *run) task(i graph.Index) *task {
	p := r.pages[i>>pageBits]
	if p == nil {
		p = r.reach(uint32(i >> pageBits))
	}
	return &p[i&(pageTasks-1)]
}

// peek returns the state of a task, or nil if it was not reached.
func (r *run) peek(i graph.Index) *task {
	p := r.pages[i>>pageBits]
	if p == nil {
		return nil
	}
	return &p[i&(pageTasks-1)]
}

// reach makes the states of a page from those of earlier tasks.
func (r *run) reach(n uint32) []task {
	first := graph.Index(n << pageBits)
	p := make([]task, min(pageTasks, r.n-uint32(first)))
	r.pages[n] = p
	r.left--
	for k := range p {
		i := first + graph.Index(k)
		t := &p[k]
		for _, v := range r.succ.Of(i) {
			if r.isNeeded(v) {
				t.uses++
			}
		}
		if r.all {
			t.uses++
			t.flags = flagWanted
		}
		if !r.isNeeded(i) {
			t.state = idle
			continue
		}
		c := &r.calls[r.g.CallOf(i)]
		if c.gang && r.gangOf(i).held {
			t.uses++
		}
		root := false
		if t.missing, root = r.countMissing(i, c.strict); root {
			t.state = ready
			t.queue = rootQueue
			if c.class != 0 {
				t.queue = classQueue
			}
			if c.gang {
				t.queue = gangQueue
			}
		}
	}
	low, _ := slices.BinarySearch(r.wanted, first)
	for _, i := range r.wanted[low:] {
		if uint32(i-first) >= uint32(len(p)) {
			break
		}
		p[i-first].uses++
		p[i-first].flags = flagWanted
	}
	return p
}

// countMissing counts the references of a task to inputs that are not available to it, and says whether it is a root:
// whether it takes nothing from other tasks.
func (r *run) countMissing(i graph.Index, strict bool) (n uint32, root bool) {
	root = true
	_, args := r.g.Task(i, r.s.reachRefs[:0])
	for _, a := range args {
		switch a.Kind() {
		case graph.RefOutput:
			root = false
			if u := r.peek(a.Task()); u == nil || !u.available(strict) {
				n++
			}
		case graph.RefExternal:
			e := &r.exts[a.Table()]
			root = root && e.count == 0
			for j := range e.count {
				if u := e.src.peek(e.first + graph.Index(j)); u == nil || !u.available(strict) {
					n++
				}
			}
		}
	}
	return n, root
}

func (r *run) isNeeded(i graph.Index) bool {
	return r.needed == nil || r.needed[i>>6]&(1<<(i&63)) != 0
}

func (r *run) isTainted(i graph.Index) bool {
	return r.tainted != nil && r.tainted[i>>6]&(1<<(i&63)) != 0
}

func (r *run) callOf(i graph.Index) *call {
	if len(r.grown) > 0 {
		if g := r.grown[i]; g != nil {
			return &g.call
		}
	}
	return &r.calls[r.g.CallOf(i)]
}

// inputs appends the tasks that task i takes to in, one for each reference.
func (r *run) inputs(i graph.Index, in []ref) []ref {
	_, args := r.g.Task(i, r.s.refs[:0])
	for _, a := range args {
		switch a.Kind() {
		case graph.RefOutput:
			in = append(in, ref{r, a.Task()})
		case graph.RefExternal:
			e := &r.exts[a.Table()]
			for j := range e.count {
				in = append(in, ref{e.src, e.first + graph.Index(j)})
			}
		}
	}
	return in
}

// eachConsumer calls f for every reference to task i, from this run and from others.
func (r *run) eachConsumer(i graph.Index, t *task, f func(*run, graph.Index)) {
	for _, v := range r.succ.Of(i) {
		f(r, v)
	}
	if t.has(flagTaken) {
		r.eachTaker(i, f)
	}
}

// reachConsumers makes the pages of all consumers of a task, which must be done before the task becomes available:
// a page counts what is missing when it is made, and is told of changes after that.
func (r *run) reachConsumers(i graph.Index, t *task) {
	if r.left > 0 {
		for _, v := range r.succ.Of(i) {
			r.task(v)
		}
	}
	if t.has(flagTaken) {
		r.eachTaker(i, func(q *run, v graph.Index) { q.task(v) })
	}
}

// openPriority returns the priority of the first task of the run that belongs to no agent.
func (r *run) openPriority() int32 {
	level := uint32(len(r.priorities))
	if n := len(r.pool); n > 0 {
		level = r.pool[n-1].level
	}
	if q := &r.classes[0].queue; !q.empty() {
		l, _ := q.peek()
		level = min(level, l)
	}
	if int(level) >= len(r.priorities) {
		return 0
	}
	return r.priorities[level]
}

// consumersAt returns the consumers of a task that are assigned to the agent in a slot.
func (r *run) consumersAt(i graph.Index, slot uint32) (list []ref) {
	r.eachConsumer(i, r.task(i), func(vr *run, vi graph.Index) {
		if v := vr.peek(vi); v != nil && v.state == assigned && v.holder == slot {
			list = append(list, ref{vr, vi})
		}
	})
	return list
}
