package exec

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// promise is what a run has whose tasks are settled from outside.
type promise struct {
	released func(graph.Index) // told when nobody here will read a task's result any more; may be nil
	base     bool              // the token that keeps the run alive was not given back yet; guarded by the run's mu
}

// Promise returns a run whose tasks are not run here: [Run.Settle] and [Run.Reject] give them their outcomes. It is a
// handle like any other, and the tasks of other runs may take its results. Only wanted tasks are expected to settle.
// released, which may be nil, is called when nobody here will read a task's result any more, whether it is there or not,
// from any goroutine; it must not block. Only wanted tasks are counted in groups. Cancelling the run is known here only.
func (x *Executor) Promise(g *graph.Graph, want Want, released func(graph.Index)) (*Run, error) {
	x.releaseLost()
	r, err := x.newRun(g, want)
	if err != nil {
		return nil, err
	}
	expected := r.tasks
	if !r.all {
		expected = uint32(len(r.wanted))
	}
	r.promise = &promise{released: released, base: true}
	r.live.Store(2) // one until every wanted task has its outcome, one for this function
	r.unsettled.Store(int64(expected))
	sizes := r.sizes(g)
	r.observe(sizes)
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		r.refuse(ErrClosed)
		return nil, ErrClosed
	}
	x.countAlive()
	x.number(r)
	x.mu.Unlock()
	r.count(r.wantedSizes(g, sizes), int64(expected), 1)
	if expected == 0 {
		r.decide(nil)
	}
	r.dropTokens(1, nil)
	return r, nil
}

// Settle gives task i of a promised run its result. It reports false if the task has an outcome already, or the run is
// over.
//
// A result of another run may be in the store, which Outcome returns as a [*block.Block]. This run then holds it, too.
func (r *Run) Settle(i graph.Index, v any) bool {
	b, _ := v.(*block.Block)
	if b != nil {
		b.Retain()
	}
	if r.settleFromOutside(i, StatusDone, v) {
		return true
	}
	release(b)
	return false
}

// Reject gives task i of a promised run the outcome that it failed, or, for that reason, was cancelled. The failure's run,
// task and call are filled in.
func (r *Run) Reject(i graph.Index, f *Failure) bool {
	if g := r.g.Load(); g != nil {
		f.Run, f.Task, f.Call = r, i, g.CallOf(i)
	}
	to := StatusFailed
	if f.Reason == ReasonCancelled {
		to = StatusCancelled
	}
	return r.settleFromOutside(i, to, f)
}

func (r *Run) settleFromOutside(i graph.Index, to Status, v any) bool {
	if !r.takeToken() {
		return false
	}
	defer r.dropTokens(1, nil)
	t := r.task(i)
	if _, ok := t.seizeWaiting(); !ok {
		return false
	}
	group := r.calls[r.g.Load().CallOf(i)].group
	switch to {
	case StatusDone:
		group.done.Add(1)
	case StatusFailed:
		group.failed.Add(1)
	default:
		group.cancelled.Add(1)
	}
	if f, ok := v.(*Failure); ok && to == StatusFailed {
		r.x.observeFailure(f)
	}
	r.publish(i, t, to, v, nil)
	return true
}

// fulfilled gives back the token that keeps a promised run alive. Called when every wanted task has its outcome or the run
// is cancelled; the caller holds a token.
func (r *Run) fulfilled() {
	r.mu.Lock()
	base := r.promise.base
	r.promise.base = false
	r.mu.Unlock()
	if base {
		r.dropTokens(1, nil)
	}
}

// Withdraw settles a task that has not begun as cancelled and reports whether it could. What takes its result must have been
// withdrawn before.
func (r *Run) Withdraw(i graph.Index) bool {
	if !r.takeToken() {
		return false
	}
	defer r.dropTokens(1, nil)
	t := r.task(i)
	passed, ok := t.seizeWaiting()
	if !ok {
		return false
	}
	if passed {
		r.unpass(nil)
	}
	number := r.g.Load().CallOf(i)
	r.calls[number].group.cancelled.Add(1)
	r.publish(i, t, StatusCancelled, &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: number, Err: ErrCancelled}, nil)
	r.releaseInputs(i, nil)
	return true
}

// CallNumber returns the number of a task's call, also after the end of the run for a task that was wanted.
func (r *Run) CallNumber(i graph.Index) uint32 {
	number, _ := r.callOf(i)
	return number
}

// Site returns the user's line that wrote task i down, or nothing.
func (r *Run) Site(i graph.Index) string {
	number, ok := r.callOf(i)
	if !ok {
		return ""
	}
	return r.calls[number].site.String()
}

// Attempts returns how often task i may be tried.
func (r *Run) Attempts(i graph.Index) int {
	number, ok := r.callOf(i)
	if !ok {
		return 1
	}
	return int(r.calls[number].retries) + 1
}
