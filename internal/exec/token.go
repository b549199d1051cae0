package exec

import (
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/invariants"
)

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
	left := r.live.Add(-n)
	if invariants.Enabled {
		invariants.Check(left >= 0, "run %d gave back %d tokens more than it had", r.submission, -left)
	}
	if left == 0 {
		r.finish(s)
	}
}

// countSettled takes n tasks off the count of those without an outcome.
func (r *Run) countSettled(n int64, s *slot) {
	left := r.unsettled.Add(-n)
	if invariants.Enabled {
		invariants.Check(left >= 0, "run %d settled %d tasks more than it has", r.submission, -left)
	}
	if left == 0 {
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
	if first && r.told {
		r.x.config.Observer.Decided(r)
	}
	if r.promise != nil {
		r.fulfilled()
	}
}

// finish ends the run: no token is left, so nothing of it is queued or running, and nobody makes pages any more.
func (r *Run) finish(s *slot) {
	r.x.forget(r)
	if f := r.cancelled.Load(); f != nil {
		r.settleRest(f)
	}
	g := r.g.Load()
	var named []uint32
	switch {
	case !r.all:
		named = make([]uint32, len(r.wanted))
		for k, i := range r.wanted {
			named[k] = g.CallOf(i)
		}
	case r.allCall == noCall:
		named = make([]uint32, r.tasks)
		for i := range named {
			named[i] = g.CallOf(graph.Index(i))
		}
	}
	r.mu.Lock()
	exts := r.exts
	r.succ, r.exts, r.named, r.over = graph.Successors{}, nil, named, true
	r.mu.Unlock()
	for k := range exts {
		exts[k].unpin()
	}
	if !r.all {
		r.dropPages(g)
	}
	r.keepRecipe(g)
	r.g.Store(nil)
}

// dropPages lets go of the pages without a wanted task, and of the results that a cancelled run left behind for
// consumers that did not run.
func (r *Run) dropPages(g *graph.Graph) {
	for n := range r.pages {
		p := r.pages[n].Load()
		if p == nil {
			continue
		}
		first := uint32(n) << pageBits
		wanted := r.wantedIn(first, pageTasks)
		for k := range p.tasks {
			i, t := graph.Index(first)+graph.Index(k), &p.tasks[k]
			if len(wanted) > 0 && wanted[0] == i {
				wanted = wanted[1:]
				continue
			}
			if r.sized && r.promise == nil && t.status() == StatusDone && t.uses.Swap(0) > 0 {
				r.x.dropResult(&r.calls[g.CallOf(i)], t.value)
			}
			t.value = nil
		}
		if len(r.wantedIn(first, pageTasks)) == 0 {
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
	switch {
	case r.all && r.allCall != noCall:
		return r.allCall, true
	case r.all:
		return r.named[i], true
	}
	if k, ok := slices.BinarySearch(r.wanted, i); ok {
		return r.named[k], true
	}
	return noCall, false
}

const noCall = ^uint32(0)
