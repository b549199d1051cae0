package exec

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// Config says how an executor runs. Slots must be at least 1.
type Config struct {
	Slots       int          // tasks that run at once
	MemoryLimit int64        // bytes of results above which tasks without inputs wait; 0 means no limit; with a store, its pause mark
	Store       *block.Store // where large results are kept, so that they can leave memory; nil: all stay
	Resources   []Resource   // what tasks may need besides cores (of which there are as many as slots) and memory (MemoryLimit)
	Owner       any          // carried for the caller and returned by [Context.Owner]

	// Grow says that a task that took more memory than its call says (MemoryError) is tried again with more. Without it such
	// a task has failed: somebody else may know of a place with more memory.
	Grow bool

	// Remake says that results whose files are damaged are made again here, for as long as what they were made from is known.
	Remake bool

	Observer Observer // told of runs and failures; may be nil

	// Meet, if it is set, is [Context.Meet] of a task whose gang is not all here. Whoever sets it says what becomes of a gang
	// of which a task has failed: there is no other attempt here.
	Meet func(ctx context.Context, c *Context, data []byte) ([][]byte, error)

	// Blocked, if it is set, is told of a running task that begins to wait for other tasks and so yields its slot. It must
	// not block.
	Blocked func(*Run, graph.Index)

	// Elsewhere, if it is set, has the slots that running tasks yield while they wait: this executor's own are then only as many
	// as the tasks that it is given at a time.
	Elsewhere Yielding

	// Between, if it is set, is called by every worker before each task and when it has none (idle), from a goroutine that holds
	// nothing. What it does takes the slot's time. now is about the time, and last that of the worker's last call, in nanoseconds
	// since the executor was made.
	Between func(last, now int64, idle bool)

	// Expect, if it is set, is called again and again, for some microseconds, by a worker that has no task and is about to park. It
	// looks whether tasks can be made ready, and reports whether that may be so soon.
	Expect func() bool
}

// Yielding yields the slot of a task and takes one again: [Context.Block] and [Context.Unblock] of a task of the run.
type Yielding interface {
	Yield(r *Run, what string)
	Retake(r *Run)
}

// Executor runs graphs on a fixed number of slots.
type Executor struct {
	config Config
	base   time.Time // clock readings are durations since it
	slots  []*slot
	store  *block.Store // nil: all results stay with their tasks
	least  int64        // bytes from which a result is kept in the store
	mark   int64        // bytes of results, here and in the store, above which tasks without inputs wait; 0: they never do

	runs      atomic.Pointer[[]atomic.Pointer[Run]] // by id; grown under mu
	irregular atomic.Int32                          // reasons for a worker to look up from its deque
	sleeping  atomic.Int32                          // length of idle
	waiting   atomic.Int32                          // items in injected, urgent and lazy
	openRuns  atomic.Int32                          // length of open
	memory    atomic.Int64                          // known bytes of live results, and expected bytes of running tasks, but for what the store counts
	unsized   atomic.Int64                          // live results of unknown size
	heldBack  atomic.Int32                          // length of held
	driving   atomic.Int32                          // workers alive

	mu       sync.Mutex
	closed   bool
	drained  chan struct{} // made by Close, closed by the last worker
	drain    sync.Once
	freeIDs  []uint32
	open     fifo[turn] // runs with tasks left in their cursors, and chunks laid aside
	injected fifo[item] // made ready outside the workers
	urgent   queue      // priority above 0
	lazy     queue      // priority below 0
	entries  uint64     // numbers the entries of both
	alive    int        // runs that are not over
	since    int64      // when alive rose from 0
	worked   int64      // nanoseconds during which runs were alive, up to since
	held     fifo[item] // waiting for memory
	idle     []*slot
	resuming fifo[chan *slot] // blocked tasks that want to go on
	blocked  map[*Context]struct{}
	needs

	losses   losses
	remaking remaking

	groups   groups
	recorder atomic.Pointer[recorder] // nil while nobody wants spans
}

// New returns an executor. Its workers start when there is work.
func New(c Config) *Executor {
	x := &Executor{config: c, base: time.Now(), store: c.Store, least: leastStored, mark: c.MemoryLimit, blocked: make(map[*Context]struct{})}
	x.losses.bubbled = inBubble(x.base)
	if c.Store != nil {
		x.mark = c.Store.Stats().PauseMark
		c.Store.Serve(x.memory.Load, x.wake)
	}
	for n := range max(c.Slots, 1) {
		s := &slot{x: x, n: n, refs: make([]graph.Ref, 0, 8), aheadRefs: make([]graph.Ref, 0, 8)}
		x.slots = append(x.slots, s)
	}
	for _, s := range slices.Backward(x.slots) {
		x.idle = append(x.idle, s)
	}
	x.equip(c)
	x.sleeping.Store(int32(len(x.slots)))
	x.runs.Store(new([]atomic.Pointer[Run]))
	return x
}

// now reads the clock: nanoseconds since the executor was made.
func (x *Executor) now() int64 { return int64(time.Since(x.base)) }

// Want says which results of a graph the caller will read; the others are freed after their last use.
type Want struct {
	All   bool
	Tasks []graph.Index
}

// Submit begins to run a graph, whose ops must have an *[Op] as Impl, whose literals must be live, and whose externals
// must have a [Source] as Live. Tasks that nobody needs are not run as far as that is seen when their turn comes: cull the
// graph first ([graph.Graph.Cull]) if it holds more than what is wanted.
func (x *Executor) Submit(g *graph.Graph, want Want) (*Run, error) {
	x.releaseLost()
	r, err := x.newRun(g, want)
	if err != nil {
		return nil, err
	}
	g = r.freeze(g)
	r.g.Store(g)
	if err := r.resolveNeeds(g); err != nil {
		return nil, err
	}
	if err := r.resolveGangs(g); err != nil {
		return nil, err
	}
	if err := r.resolveExternals(g); err != nil {
		return nil, err
	}
	r.deepen()
	r.succ = g.Successors()
	r.large = r.tasks >= largeRun && !r.succ.Empty()
	r.live.Store(2) // one for the cursor, one for this function
	r.unsettled.Store(int64(r.tasks))
	sizes := r.sizes(g)
	r.count(sizes, int64(r.tasks), 1)
	r.observe(sizes)
	if err := x.admit(r); err != nil {
		r.count(sizes, int64(r.tasks), -1)
		r.refuse(err)
		r.unpinAll()
		return nil, err
	}
	if r.direct() {
		r.task(0).state.Or(flagPassed)
		r.passed.Add(1)
	}
	for k := range r.exts {
		r.await(uint32(k))
	}
	if r.direct() && inputs(firstRefs(g)) == 0 {
		r.enqueue(0, nil)
	}
	r.dropTokens(1, nil)
	x.wake()
	return r, nil
}

// newRun makes the run of a graph: what runs here and what is settled from outside have in common.
func (x *Executor) newRun(g *graph.Graph, want Want) (*Run, error) {
	r := &Run{x: x, tasks: uint32(g.Len()), all: want.All, allCall: noCall, keys: g.Keys(), submission: g.Submission}
	r.g.Store(g)
	if !want.All {
		r.wanted = slices.Clone(want.Tasks)
		slices.Sort(r.wanted)
		r.wanted = slices.Compact(r.wanted)
		if n := len(r.wanted); n > 0 && int(r.wanted[n-1]) >= g.Len() {
			return nil, fmt.Errorf("exec: task %d is wanted of a graph of %d", r.wanted[n-1], g.Len())
		}
	}
	if err := r.resolve(g); err != nil {
		return nil, err
	}
	if r.tasks <= pageTasks {
		r.pages = r.small.pages[:min(r.tasks, 1)]
	} else {
		r.pages = make([]atomic.Pointer[page], (int(r.tasks)+pageTasks-1)/pageTasks)
	}
	return r, nil
}

// direct reports whether the run is a single task with a priority: it is queued at once, since it would wait for its turn
// in the cursor like any other.
func (r *Run) direct() bool { return r.tasks == 1 && r.prioritised }

func firstRefs(g *graph.Graph) []graph.Ref {
	_, refs := g.Task(0, nil)
	return refs
}

// resolve looks up what the executor needs of the graph's calls and externals.
func (r *Run) resolve(g *graph.Graph) error {
	calls := g.Calls()
	r.calls = r.small.calls[:]
	if len(calls) != 1 {
		r.calls = make([]call, len(calls))
	}
	for n, c := range calls {
		impl, ok := g.Ops()[c.Op].Impl.(*Op)
		if !ok {
			return fmt.Errorf("exec: op %q has no implementation in this process", g.Ops()[c.Op].Name)
		}
		t := &g.Traits()[c.Traits]
		k := &r.calls[n]
		*k = call{
			op: impl, name: g.CallName(uint32(n)), expect: t.Hints.Bytes, limit: t.Limit,
			site: g.Sites()[c.Site], retries: t.Retries, priority: t.Priority, outputs: g.Ops()[c.Op].Outputs,
		}
		k.group = r.x.groups.get(k.name)
		r.sized = r.sized || impl.Size != nil || k.expect != 0
		r.prioritised = r.prioritised || t.Priority != 0
		if c.Program > 0 {
			for _, s := range g.Programs()[c.Program-1].Steps {
				so, ok := g.Ops()[calls[s.Call].Op].Impl.(*Op)
				if !ok {
					return fmt.Errorf("exec: op %q has no implementation in this process", g.Ops()[calls[s.Call].Op].Name)
				}
				k.steps = append(k.steps, step{op: so, inputs: s.Inputs})
			}
		}
	}
	if r.all && len(calls) == 1 {
		r.allCall = 0
	}
	return nil
}

// admit gives the run its number and opens its cursor.
func (x *Executor) admit(r *Run) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return ErrClosed
	}
	x.countAlive()
	x.number(r)
	if len(r.pages) == 0 || r.direct() {
		r.live.Add(-1) // no task for a walker, no cursor
		return nil
	}
	x.open.push(turn{run: r})
	x.openRuns.Add(1)
	return nil
}

// countAlive counts one more run that is not over. Called with mu held.
func (x *Executor) countAlive() {
	if x.alive++; x.alive == 1 {
		x.since = x.now()
	}
}

// number gives the run its place in the table. Called with mu held.
func (x *Executor) number(r *Run) {
	if len(x.freeIDs) == 0 {
		x.growTable()
	}
	n := len(x.freeIDs)
	r.id, x.freeIDs = x.freeIDs[n-1], x.freeIDs[:n-1]
	(*x.runs.Load())[r.id].Store(r)
}

// growTable doubles the table of runs. Readers with the old table find in it every run they can have an item of.
func (x *Executor) growTable() {
	old := *x.runs.Load()
	table := make([]atomic.Pointer[Run], max(16, 2*len(old)))
	for n := range old {
		table[n].Store(old[n].Load())
	}
	for n := len(table) - 1; n >= len(old); n-- {
		x.freeIDs = append(x.freeIDs, uint32(n))
	}
	x.runs.Store(&table)
}

// forget takes a run that is over out of the table.
func (x *Executor) forget(r *Run) {
	x.mu.Lock()
	if x.alive--; x.alive == 0 {
		x.worked += x.now() - x.since
	}
	(*x.runs.Load())[r.id].Store(nil)
	x.freeIDs = append(x.freeIDs, r.id)
	x.mu.Unlock()
}

func (x *Executor) runOf(it item) *Run { return (*x.runs.Load())[it.run()].Load() }
