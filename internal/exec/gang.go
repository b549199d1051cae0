package exec

import (
	"fmt"
	"slices"
	"sort"
	"sync"

	"github.com/braid-compute/braid/graph"
)

// gang is tasks of a run that start together: when all of them are ready, they wait as one for all that they need, slots
// included, and get it at once. They also end together: results are held until every function has returned, one that fails
// fails the others, and another attempt is one of all of them.
//
// A member that has waited for other tasks goes on at once, without a slot if none is free: the others hold theirs and may be
// waiting for it, and those of two gangs would wait for each other for ever.
//
// Where other members of the gang are at other executors ([Config.Meet]), whoever directs those decides about attempts, and
// results are not held.
type gang struct {
	run    *Run
	first  graph.Index
	count  int
	demand *demand // of all together

	// Guarded by the executor's mu.
	came     []item // ready, with nothing granted yet
	launched bool   // what comes without a grant is left over from an earlier attempt

	mu      sync.Mutex
	attempt uint32
	over    bool  // no attempt follows, and what comes of this one is being settled
	cause   error // why the attempt before this one, or this one if it is over, was broken
	left    int   // functions of this attempt that have not returned with a result
	members []member
	meeting *meeting
}

// member is what a gang knows of one of its tasks in this attempt.
type member struct {
	ctx      *Context // once it has begun
	result   result
	returned bool // with the result, which is held: the task runs on as far as others see, with its token
}

// resolveGangs finds the gangs of a run, and refuses those that can never start.
func (r *Run) resolveGangs(g *graph.Graph) error {
	for _, k := range g.Gangs() {
		c := &r.calls[k.Call]
		needs := &g.Traits()[g.Calls()[k.Call].Traits].Needs
		d, err := r.x.gangDemand(needs, int(k.Count))
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if c.demand == nil {
			c.demand = &demand{}
		}
		r.needy, c.gang, c.retries = true, true, 0 // these are the gang's
		n := &gang{run: r, first: k.First, count: int(k.Count), demand: d}
		n.begin()
		r.gangs = append(r.gangs, n)
	}
	return nil
}

// retries returns how many attempts may follow the first.
func (g *gang) retries() uint32 {
	if g.run.x.config.Meet != nil {
		return 0
	}
	graph := g.run.g.Load()
	return uint32(graph.Traits()[graph.Calls()[graph.CallOf(g.first)].Traits].Retries)
}

// LacksGang returns what is missing here for n tasks with these needs to start together ever, or nil.
func (x *Executor) LacksGang(needs graph.Needs, n int) error {
	_, err := x.gangDemand(&needs, n)
	return err
}

// gangDemand returns what n tasks with these needs need together.
func (x *Executor) gangDemand(needs *graph.Needs, n int) (*demand, error) {
	list, err := x.need(needs)
	if err != nil {
		return nil, err
	}
	cores := max(1, (int(needs.CPU)+999)/1000)
	if n > len(x.slots)/cores {
		if cores == 1 {
			return nil, fmt.Errorf("a gang of %d tasks needs %d slots at once, and there are %d", n, n, len(x.slots))
		}
		return nil, fmt.Errorf("a gang of %d tasks of %d cores needs %d slots at once, and there are %d", n, cores, n*cores, len(x.slots))
	}
	d := &demand{cores: n * cores}
	list = slices.DeleteFunc(list, func(k need) bool { return k.name == "cpu" })
	if d.cores > 1 {
		d.needs = append(d.needs, need{x.pools["cpu"], 1000 * uint64(d.cores)})
	}
	for _, k := range list {
		all := k.amount * uint64(n)
		if all > k.have {
			return nil, fmt.Errorf("it is one of a gang of %d, of which together %w", n, x.lacking(k.name, all))
		}
		d.needs = append(d.needs, need{k.pool, all})
	}
	return d, nil
}

// gangOf returns the gang of a task, or nil.
func (r *Run) gangOf(i graph.Index) *gang {
	n := sort.Search(len(r.gangs), func(n int) bool { return r.gangs[n].first > i })
	if n == 0 || int(i-r.gangs[n-1].first) >= r.gangs[n-1].count {
		return nil
	}
	return r.gangs[n-1]
}

// gangAt returns the gang of an item, or nil.
func (x *Executor) gangAt(it item) *gang { return x.runOf(it).gangOf(it.task()) }

func (g *gang) rank(i graph.Index) int { return int(i - g.first) }

func (g *gang) item(rank int) item { return newItem(g.run.id, uint32(g.first)+uint32(rank)) }

// begin makes the gang ready for an attempt. Called with mu held, or before anybody else knows the gang.
func (g *gang) begin() {
	g.left, g.members, g.meeting = g.count, make([]member, g.count), newMeeting(g.count)
}

// assemble returns what a member was given together with the others, or nil and lets it wait for them. Called with the
// executor's mu held.
func (x *Executor) assemble(it item) *grant {
	g := x.gangAt(it)
	switch {
	case g.run.cancelled.Load() != nil: // whoever takes it finds that out
		x.injected.push(it)
		x.waiting.Add(1)
		return nil
	case g.launched:
		return new(grant) // with which it does not begin
	case g.isOver(): // it has its outcome, or nearly
		return new(grant)
	}
	if g.came = append(g.came, it); len(g.came) == g.count {
		x.queueGang(g)
	}
	return nil
}

func (g *gang) isOver() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.over
}

// queueGang lets a gang that is complete wait for what it needs. Called with the executor's mu held.
func (x *Executor) queueGang(g *gang) {
	x.arrivals++
	c := &g.run.calls[g.run.g.Load().CallOf(g.first)]
	x.classOf(g.demand, c.priority).tasks.push(needyTask{g.came[0], x.arrivals})
	x.regrant()
}

// launch gives every member of a gang its part of what was taken for all, and a slot to begin on. Called with the executor's
// mu held.
func (x *Executor) launch(g *gang, all *grant) {
	each := len(all.slots) / g.count
	came, attempt := g.leave()
	for k, it := range came {
		x.dropOld(it)
		part := &grant{slots: all.slots[k*each+1 : (k+1)*each : (k+1)*each], attempt: attempt}
		for _, n := range all.needs {
			part.needs = append(part.needs, need{n.pool, n.amount / uint64(g.count)})
		}
		x.grants[it] = part
		s := all.slots[k*each]
		s.bound = true
		x.startOn(s, it)
	}
}

// leave lets the members go that have come together, for an attempt that is not the one before. Called with the executor's mu
// held.
func (g *gang) leave() (came []item, attempt uint32) {
	came, g.came, g.launched = g.came, nil, true
	g.mu.Lock()
	defer g.mu.Unlock()
	return came, g.attempt + 1
}

// dropOld gives back what a member was given for an attempt that was over before it began. Called with the executor's mu held.
func (x *Executor) dropOld(it item) {
	if old := x.grants[it]; old != nil {
		delete(x.grants, it)
		x.release(old)
	}
}

// claimOf is claim for the attempt of a gang that a grant is for: one more than its number, 0 for none.
func (t *task) claimOf(g *grant) (attempt uint32, ok bool) {
	for {
		old := t.state.Load()
		if statusOf(old) != StatusWaiting || attemptOf(old)+1 != g.attempt {
			return 0, false
		}
		if t.state.CompareAndSwap(old, old+uint32(StatusRunning-StatusWaiting)) {
			return attemptOf(old), true
		}
	}
}

// skip takes an attempt from a task that has not begun it.
func (t *task) skip(attempt uint32) {
	for {
		old := t.state.Load()
		if statusOf(old) != StatusWaiting || attemptOf(old) != attempt || t.state.CompareAndSwap(old, old+attemptOne) {
			return
		}
	}
}

// dissolve lets the members of a gang that wait for the others, or with them, find out that the gang will not start. Called
// with the executor's mu held.
func (x *Executor) dissolve(g *gang) {
	if len(g.came) == 0 {
		return
	}
	first := g.came[0]
	if c := x.collecting; c != nil && c.item == first {
		x.endCollection()
		x.release(c.grant)
	}
	for _, k := range x.classes {
		k.tasks.drop(func(t needyTask) bool { return t.item == first })
	}
	x.classes = slices.DeleteFunc(x.classes, func(k *class) bool { return k.tasks.len() == 0 })
	x.disband(g)
	x.regrant()
}

// disband queues the members of a gang as they are. Called with the executor's mu held, for a gang that nobody else has
// in a queue.
func (x *Executor) disband(g *gang) {
	for _, it := range g.came {
		x.grants[it] = new(grant)
		x.injected.push(it)
		x.waiting.Add(1)
	}
	g.came = nil
}

// drop takes elements out of the queue.
func (q *fifo[T]) drop(which func(T) bool) {
	var rest fifo[T]
	for q.len() > 0 {
		if v := q.pop(); !which(v) {
			rest.push(v)
		}
	}
	*q = rest
}

// explainGang says what a member waits for. Called with the executor's mu held.
func (x *Executor) explainGang(g *gang, it item) string {
	switch {
	case len(g.came) < g.count:
		return fmt.Sprintf("the others of its gang: %d of %d tasks are ready", len(g.came), g.count)
	case x.collecting != nil && x.collecting.item == g.came[0]:
		return fmt.Sprintf("%d slots for its gang of %d, of which %d are free so far", g.demand.cores, g.count, len(x.collecting.grant.slots))
	}
	return fmt.Sprintf("%d slots at once for its gang of %d, after others that wait", g.demand.cores, g.count)
}
