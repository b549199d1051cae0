package exec

import "github.com/braid-compute/braid/graph"

// Observer is told of runs and of what is irregular; tasks that succeed are only counted. Its methods are called from the
// goroutines to which it happens, so they must not block.
type Observer interface {
	// Submitted is told of a run before its first task can begin, with the number of tasks of each call, or nil if the run
	// has one call. It reports whether the observer wants to hear of the run's end and release.
	Submitted(r *Run, sizes []int64) bool
	// Decided is told that every task has its outcome, or that the run is cancelled: once for a run.
	Decided(r *Run)
	// Released is told that the last handle on the run was let go. Handles on a cancelled run may not be counted.
	Released(r *Run)
	// Failed is told of a task that failed for good and by itself, not because of an input. A task of another process may be
	// told several times, once for each wanted task that needs it.
	Failed(f *Failure)
	// Retried is told of an attempt that failed and is followed by another.
	Retried(f *Failure)
}

// observe tells the observer of a new run.
func (r *Run) observe(sizes []int64) {
	o := r.x.config.Observer
	if o == nil || r.tasks == 0 {
		return
	}
	if r.all {
		r.kept.Store(r.tasks)
	} else {
		r.kept.Store(uint32(len(r.wanted)))
	}
	r.told = o.Submitted(r, sizes)
}

// refuse tells the observer that a run, of which it was told, does not take place.
func (r *Run) refuse(err error) {
	if r.told {
		r.cancelled.Store(&Failure{Reason: ReasonCancelled, Run: r, Call: noCall, Err: err})
		r.x.config.Observer.Decided(r)
	}
}

// observeRelease notes that the last handle on a task was let go.
func (r *Run) observeRelease() {
	if r.told && r.kept.Add(^uint32(0)) == 0 {
		r.x.config.Observer.Released(r)
	}
}

// observeFailure tells the observer of the task at the root of a failure.
func (x *Executor) observeFailure(f *Failure) {
	if x.config.Observer != nil && f.Root().Reason != ReasonCancelled {
		x.config.Observer.Failed(f.Root())
	}
}

// GroupSize is a number of tasks that share a name.
type GroupSize struct {
	Name  string
	Tasks int64
}

// Groups returns how many tasks of which names the run has, in the order of its calls, from what [Observer.Submitted] is told.
func (r *Run) Groups(sizes []int64) []GroupSize {
	if sizes == nil {
		return []GroupSize{{r.calls[0].name, int64(r.tasks)}}
	}
	var list []GroupSize
	at := make(map[*Group]int)
	for k, n := range sizes {
		g := r.calls[k].group
		where, ok := at[g]
		switch {
		case n == 0:
		case ok:
			list[where].Tasks += n
		default:
			at[g] = len(list)
			list = append(list, GroupSize{g.Name, n})
		}
	}
	return list
}

// Origin returns the user's line that wrote the run down: that of the last task that is wanted, or nothing.
func (r *Run) Origin() string {
	last := graph.Index(r.tasks - 1)
	if n := len(r.wanted); !r.all && n > 0 {
		last = r.wanted[n-1]
	}
	return r.Site(last)
}

// Standing returns whether the run is done, failed or cancelled, and why; it is running while some task has no outcome.
func (r *Run) Standing() (Status, *Failure) {
	if f := r.cancelled.Load(); f != nil {
		return StatusCancelled, f
	}
	r.mu.Lock()
	decided := r.decided
	r.mu.Unlock()
	f := r.first.Load()
	switch {
	case !decided:
		return StatusRunning, nil
	case f == nil:
		return StatusDone, nil
	case f.Root().Reason == ReasonCancelled:
		return StatusCancelled, f.Root()
	}
	return StatusFailed, f.Root()
}

// count adds n to the totals of the groups of the run's calls, by sizes, or of its one call.
func (r *Run) count(sizes []int64, tasks, sign int64) {
	if sizes == nil && len(r.calls) > 0 {
		r.calls[0].group.total.Add(sign * tasks)
		return
	}
	for k, n := range sizes {
		if n > 0 {
			r.calls[k].group.total.Add(sign * n)
		}
	}
}

// sizes returns the number of tasks of each call, nil if there is one call.
func (r *Run) sizes(g *graph.Graph) []int64 {
	if len(r.calls) == 1 {
		return nil
	}
	n := make([]int64, len(r.calls))
	for i := range g.Len() {
		n[g.CallOf(graph.Index(i))]++
	}
	return n
}

// wantedSizes returns the number of wanted tasks of each call, nil if there is one call.
func (r *Run) wantedSizes(g *graph.Graph, all []int64) []int64 {
	if r.all || all == nil {
		return all
	}
	n := make([]int64, len(r.calls))
	for _, i := range r.wanted {
		n[g.CallOf(i)]++
	}
	return n
}
