package exec

import "github.com/braid-compute/braid/graph"

// tokenBatch is how many tokens a worker takes from a run's counter at once. Taking them ahead keeps the counter an
// upper bound of what is queued, so it reaches zero only when nothing is.
const tokenBatch = 64

// takeToken takes one token for somebody who is no worker, unless the run is over.
func (r *Run) takeToken() bool {
	for {
		n := r.live.Load()
		if n == 0 {
			return false
		}
		if r.live.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// dropTokens gives n tokens back and ends the run with the last one.
func (r *Run) dropTokens(n int64, s *slot) {
	if r.live.Add(-n) == 0 {
		r.finish(s)
	}
}

// countSettled takes n tasks off the count of those without an outcome.
func (r *Run) countSettled(n int64, s *slot) {
	if r.unsettled.Add(-n) == 0 {
		r.decide(s)
	}
}

// decide tells everybody who waits for the whole run that nothing more will come.
func (r *Run) decide(s *slot) {
	r.mu.Lock()
	fns := r.onDone
	first := !r.decided
	r.onDone, r.decided = nil, true
	if first && r.done != nil {
		close(r.done)
	}
	r.closeFailed()
	r.mu.Unlock()
	for _, fn := range fns {
		fn(s)
	}
}

// finish ends the run: no token is left, so nothing of it is queued or running, and nobody makes pages any more.
func (r *Run) finish(s *slot) {
	r.x.forget(r)
	g := r.g.Load()
	named := make([]uint32, len(r.wanted))
	for k, i := range r.wanted {
		named[k] = g.CallOf(i)
	}
	r.mu.Lock()
	exts := r.exts
	r.succ, r.exts, r.named, r.over = successors{}, nil, named, true
	r.mu.Unlock()
	for k := range exts {
		exts[k].unpin()
	}
	if !r.all {
		r.dropPages()
	}
	r.g.Store(nil)
	if r.tasks > 1 {
		r.x.event(r, EventFinished, nil)
	}
}

// dropPages lets go of the pages without a wanted task.
func (r *Run) dropPages() {
	for n := range r.pages {
		if first := uint32(n) << pageBits; len(r.wantedIn(first, pageTasks)) == 0 {
			r.pages[n].Store(nil)
		}
	}
}

// callOf returns the call of a task, also after the end of the run for a task that was wanted.
func (r *Run) callOf(i graph.Index) (uint32, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		return r.g.Load().CallOf(i), true
	}
	if r.all {
		return r.allCall, r.allCall != noCall
	}
	for k, w := range r.wanted {
		if w == i {
			return r.named[k], true
		}
	}
	return noCall, false
}

const noCall = ^uint32(0)
