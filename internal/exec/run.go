package exec

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/graph"
)

// Run is one submitted graph: its tasks' states, and the handle by which their results are read, watched, cancelled
// and released. Its methods are safe for concurrent use.
type Run struct {
	x           *Executor
	id          uint32
	tasks       uint32
	g           atomic.Pointer[graph.Graph] // nil after the end of the run, so that its literals are freed
	keys        map[graph.Index]string
	submission  uint64
	calls       []call
	sized       bool // some op's results are counted in bytes
	prioritised bool // some call has a priority
	needy       bool // some call needs a resource
	large       bool // worth looking ahead
	told        bool // the observer wants to hear of its end and release
	succ        graph.Successors
	pages       []atomic.Pointer[page]
	exts        []external
	promise     *promise               // the tasks are settled from outside
	stored      atomic.Int64           // bytes of results that were kept in the store
	recipe      atomic.Pointer[recipe] // set at the end, before g is nil
	claims      map[graph.Index]*claim // of tasks that get more memory than their call says; guarded by mu
	depth       int                    // of the runs whose results this one takes, directly or not; -1: their chain is cut here
	gangs       []*gang                // by their first tasks

	all     bool          // every task is wanted
	allCall uint32        // their call, if it is one for all
	wanted  []graph.Index // otherwise these are, ascending
	named   []uint32      // their calls, for after the end

	cursor    uint32       // next task to claim; guarded by the executor's mu
	pins      atomic.Int32 // externals of other runs that hold results of this one
	live      atomic.Int64 // tokens
	unsettled atomic.Int64 // tasks without an outcome
	passed    atomic.Int64 // tasks that walkers found not ready and that have not become ready since
	cancelled atomic.Pointer[Failure]
	first     atomic.Pointer[Failure]     // of the lowest task that failed so far
	each      atomic.Pointer[[]*follower] // told of every task that settles; replaced under mu

	// small is room for what a run of few tasks needs, so that it costs few allocations.
	small struct {
		calls    [1]call
		pages    [1]atomic.Pointer[page]
		watchers [1]watcher
	}

	mu           sync.Mutex
	over         bool          // no token is left
	decided      bool          // every task has an outcome, or the run is cancelled
	kept         atomic.Uint32 // wanted tasks that some handle has not let go; counted for an observer. Here it takes no room
	done         chan struct{} // made on demand, closed when decided
	onDone       []func(*slot) // called when decided
	failed       chan struct{} // made on demand, closed at the first failure or when decided
	failedClosed bool
	watchers     []watcher                     // the first few
	watching     map[graph.Index][]func(*slot) // the others
	handles      map[graph.Index]int           // of tasks that may have several
	contexts     map[*Context]struct{}         // contexts whose Done channel somebody holds
}

// call is what the executor needs of a graph's call, resolved once.
type call struct {
	op       *Op
	name     string
	site     graph.Site
	group    *Group
	expect   int64 // bytes, from the user's hint
	limit    int64 // nanoseconds
	retries  uint16
	priority int32
	outputs  uint16
	steps    []step
	demand   *demand // what it needs besides a slot, if anything
	gang     bool    // its tasks start together
}

// watcher is somebody who is to be told when a task settles.
type watcher struct {
	task graph.Index
	fn   func(*slot)
}

// step is one call of a fused chain.
type step struct {
	op     *Op
	inputs []int32
}

// external is an output of another run that tasks of this run take.
type external struct {
	run       *Run
	first     graph.Index
	count     uint32
	list      bool
	output    uint16
	consumers []graph.Index // a task stands here once for each argument
	pinned    []graph.Index
}

// Source is what [graph.External.Live] must hold: the run whose output is taken.
type Source = *Run

// Tasks returns the number of tasks.
func (r *Run) Tasks() int { return int(r.tasks) }

// Submission returns the number of the submission, as its graph had it.
func (r *Run) Submission() uint64 { return r.submission }

// page returns the page of states with number n, making it when it is reached for the first time.
func (r *Run) page(n uint32) *page {
	if p := r.pages[n].Load(); p != nil {
		return p
	}
	return r.reach(n)
}

func (r *Run) task(i graph.Index) *task {
	p := r.pages[i>>pageBits].Load()
	if p == nil {
		p = r.reach(uint32(i >> pageBits))
	}
	return &p.tasks[i&(pageTasks-1)]
}

// reach makes page n: every task waits for its inputs and has its readers counted. Whoever is first installs it.
func (r *Run) reach(n uint32) *page {
	first := n << pageBits
	p := &page{tasks: make([]task, min(pageTasks, r.tasks-first))}
	g := r.g.Load()
	buf := make([]graph.Ref, 0, 8)
	for k := range p.tasks {
		i := graph.Index(first) + graph.Index(k)
		t := &p.tasks[k]
		_, args := g.Task(i, buf[:0])
		t.wait.Store(inputs(args))
		uses := 1 + uint32(len(r.succ.Of(i)))
		if r.all {
			uses++
			t.state.Store(flagWanted)
		}
		t.uses.Store(uses)
	}
	for _, i := range r.wantedIn(first, uint32(len(p.tasks))) {
		t := &p.tasks[uint32(i)-first]
		t.uses.Add(1)
		t.state.Store(flagWanted)
	}
	if !r.pages[n].CompareAndSwap(nil, p) {
		p = r.pages[n].Load()
	}
	return p
}

// wantedIn returns the wanted tasks among the n from first on.
func (r *Run) wantedIn(first, n uint32) []graph.Index {
	low, _ := slices.BinarySearch(r.wanted, graph.Index(first))
	high, _ := slices.BinarySearch(r.wanted, graph.Index(first+n))
	return r.wanted[low:high]
}

// inputs counts the arguments that a task has to wait for.
func inputs(args []graph.Ref) uint32 {
	n := uint32(0)
	for _, a := range args {
		if k := a.Kind(); k == graph.RefOutput || k == graph.RefExternal {
			n++
		}
	}
	return n
}
