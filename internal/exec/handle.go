package exec

import (
	"context"
	"runtime"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// look returns the state of a task without making its page: nil for a task that was not reached, or is gone.
func (r *Run) look(i graph.Index) *task {
	if uint32(i) >= r.tasks {
		return nil
	}
	p := r.pages[i>>pageBits].Load()
	if p == nil {
		return nil
	}
	return &p.tasks[i&(pageTasks-1)]
}

// Status returns where a task stands. A task of a cancelled run that had no outcome by then is cancelled.
func (r *Run) Status(i graph.Index) Status {
	_, s := r.standing(i)
	return s
}

// standing returns the state of a task and where it stands: both of one moment, since a worker may make the page of a
// cancelled run that had none a moment ago. Without a page the task is nil.
func (r *Run) standing(i graph.Index) (*task, Status) {
	t := r.look(i)
	if t != nil {
		if s := t.status(); s.Settled() {
			return t, s
		}
	}
	f := r.cancelled.Load()
	switch {
	case f == nil && t == nil:
		return nil, StatusWaiting
	case f == nil:
		return t, t.status()
	case t == nil:
		return nil, StatusCancelled
	}
	r.settleCancelled(i, t, f)
	for !t.status().Settled() { // somebody else is settling it; an attempt that is to be tried again is seized
		runtime.Gosched()
		r.settleCancelled(i, t, f)
	}
	return t, t.status()
}

// Outcome returns the result of a task, or why it has none; settled is false while neither is known. Results of
// tasks that nobody wanted, or that were released, are gone: settled, without result or failure. A result that the store holds is
// a [*block.Block], for as long as a handle keeps it: [Run.Value] returns what is in it.
func (r *Run) Outcome(i graph.Index) (v any, f *Failure, settled bool) {
	t, s := r.standing(i)
	if !s.Settled() {
		return nil, nil, false
	}
	if t == nil {
		return nil, r.cancelled.Load(), true
	}
	if !t.hold() {
		return nil, nil, true
	}
	v = t.value
	r.unuse(i, t)
	if f, ok := v.(*Failure); ok {
		return nil, f, true
	}
	return v, nil, true
}

// Value is Outcome for a task that has its outcome, with the live result: it is read back if it is on disk. The error says why
// that cannot be done. Waiting for the disk with the context of a task yields no slot.
func (r *Run) Value(ctx context.Context, i graph.Index) (any, *Failure, error) {
	t, s := r.standing(i)
	switch {
	case !s.Settled():
		return nil, nil, nil
	case t == nil:
		return nil, r.cancelled.Load(), nil
	case !t.hold():
		return nil, nil, nil
	}
	defer r.unuse(i, t)
	switch v := t.value.(type) {
	case *Failure:
		return nil, v, nil
	case *block.Block:
		live, err := mended(ctx, r, i, v, v.Value)
		if err != nil {
			return nil, nil, unreadable(err)
		}
		return live, nil, nil
	default:
		return v, nil, nil
	}
}

// Released reports whether the result of task i, which a handle wanted, was let go, or never made because nobody needed
// it. Other readers may hold it for some instructions yet, such as the worker that made it.
func (r *Run) Released(i graph.Index) bool {
	t, status := r.standing(i)
	return status.Settled() && t != nil && (t.state.Load()&flagWanted == 0 || status == StatusSkipped)
}
