package exec

import (
	"slices"

	"github.com/braid-compute/braid/graph"
)

// Cancel settles every task that has no outcome yet as cancelled, ends the contexts of those that run, and drops what
// they return. It returns at once; a function that does not look at its context keeps its slot until it returns.
func (r *Run) Cancel(cause error) {
	if !r.takeToken() {
		return
	}
	defer r.dropTokens(1, nil)
	f := &Failure{Reason: ReasonCancelled, Run: r, Call: noCall, Err: cause}
	r.mu.Lock()
	if r.decided || !r.cancelled.CompareAndSwap(nil, f) {
		r.mu.Unlock()
		return
	}
	watchers, watching := slices.Clone(r.watchers), r.watching
	clear(r.watchers)
	r.watchers, r.watching = r.watchers[:0], nil
	r.mu.Unlock()
	r.countCancelled()
	r.cancelContexts(cause, nil)
	for _, w := range watchers {
		w.fn(nil)
	}
	for _, fns := range watching {
		for _, fn := range fns {
			fn(nil)
		}
	}
	r.decide(nil)
	if r.needy {
		r.dismissGangs()
		r.x.dismissNeedy()
	}
	r.x.wake() // to clear its cursor
}

// countCancelled counts the tasks without an outcome as cancelled, group by group.
func (r *Run) countCancelled() {
	g := r.g.Load()
	count := func(i graph.Index) {
		if t := r.look(i); t == nil || !t.status().Settled() {
			r.calls[g.CallOf(i)].group.cancelled.Add(1)
		}
	}
	if r.promise != nil && !r.all { // only what is wanted is counted
		for _, i := range r.wanted {
			count(i)
		}
		return
	}
	for i := range graph.Index(r.tasks) {
		count(i)
	}
}

// settleCancelled gives a task of a cancelled run its outcome when somebody asks.
func (r *Run) settleCancelled(i graph.Index, t *task, f *Failure) {
	if !r.takeToken() {
		return // the end of the run settles it
	}
	defer r.dropTokens(1, nil)
	was, ok := t.seize()
	if !ok {
		return
	}
	t.value = &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: r.g.Load().CallOf(i), Err: f.Err}
	t.finish(StatusCancelled)
	if was == StatusWaiting { // otherwise its worker will
		r.releaseInputs(i, nil)
	}
	r.unuse(i, t)
}

// settleRest settles what a cancelled run left waiting, at the end of the run, so that what it had done is let go.
func (r *Run) settleRest(f *Failure) {
	g := r.g.Load()
	for n := range r.pages {
		p := r.pages[n].Load()
		if p == nil {
			continue
		}
		for k := range p.tasks {
			i, t := graph.Index(n<<pageBits+k), &p.tasks[k]
			if _, ok := t.seizeWaiting(); !ok {
				continue
			}
			number, refs := g.Task(i, nil)
			t.value = &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: number, Err: f.Err}
			t.finish(StatusCancelled)
			for _, a := range refs {
				if a.Kind() != graph.RefOutput || r.promise != nil {
					continue
				}
				if in := r.look(a.Task()); in != nil {
					r.unuse(a.Task(), in)
				}
			}
			r.unuse(i, t)
		}
	}
}

// CancelTask cancels one task and reports whether it had no outcome yet. Its dependents fail.
func (r *Run) CancelTask(i graph.Index, cause error) bool {
	if r.Status(i).Settled() || !r.takeToken() {
		return false
	}
	defer r.dropTokens(1, nil)
	if r.cancelled.Load() != nil {
		return false
	}
	t := r.task(i)
	was, ok := t.seize()
	if !ok {
		return false
	}
	number := r.g.Load().CallOf(i)
	f := &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: number, Err: cause}
	r.calls[number].group.cancelled.Add(1)
	r.publish(i, t, StatusCancelled, f, nil)
	if was == StatusWaiting {
		r.releaseInputs(i, nil)
	} else {
		r.cancelContexts(cause, func(k graph.Index) bool { return k == i })
	}
	return true
}

// Release says that the handle will not read the result of task i any more. Tasks that have not begun and that nobody
// needs any more are not run; the last reader frees a result.
func (r *Run) Release(i graph.Index) {
	if r.look(i) == nil && r.cancelled.Load() != nil {
		return
	}
	alive := r.takeToken()
	if alive {
		defer r.dropTokens(1, nil)
		r.task(i)
	}
	t := r.look(i)
	if t == nil {
		return
	}
	if !r.letGo(i, t) {
		return
	}
	r.observeRelease()
	r.unuse(i, t)
	if alive && r.cancelled.Load() == nil {
		r.skip(i)
	}
}

// letGo takes a handle off task i and reports whether it was the last.
func (r *Run) letGo(i graph.Index, t *task) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n, ok := r.handles[i]; ok && n > 0 {
		r.handles[i] = n - 1
		if n > 1 {
			return false
		}
	}
	return t.state.And(^uint32(flagWanted))&flagWanted != 0
}

// Retain counts one more handle on task i, which is wanted: as many calls of Release are then needed to let it go. It
// reports false if that has happened already.
func (r *Run) Retain(i graph.Index) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t := r.look(i); t != nil && t.state.Load()&flagWanted == 0 {
		return false
	}
	if r.handles == nil {
		r.handles = make(map[graph.Index]int)
	}
	r.handles[i]++
	return true
}

// ReleaseAll releases every task. Without readers in other runs that is the end of the run.
func (r *Run) ReleaseAll(cause error) {
	if r.pins.Load() == 0 && r.promise == nil {
		r.Cancel(cause)
	}
	for i := range graph.Index(r.tasks) {
		r.Release(i)
	}
}

// skip settles task i without running it, if it has not begun and nobody needs it, and then what only it needed.
func (r *Run) skip(i graph.Index) {
	todo := []graph.Index{i}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		t := r.task(i)
		if t.uses.Load() != 1 || r.gangOf(i) != nil { // the others of its gang need it
			continue
		}
		passed, ok := t.seizeWaiting()
		if !ok {
			continue
		}
		if passed {
			r.unpass(nil)
		}
		r.calls[r.g.Load().CallOf(i)].group.cancelled.Add(1)
		r.publish(i, t, StatusSkipped, nil, nil)
		if r.promise != nil {
			continue // whoever runs it skips what only it needed
		}
		_, refs := r.g.Load().Task(i, nil)
		for _, a := range refs {
			if a.Kind() == graph.RefOutput {
				r.unuse(a.Task(), r.task(a.Task()))
				todo = append(todo, a.Task())
			}
		}
	}
}

// WantedAlone reports whether task i is the only one of its run whose result a handle wants, so that cancelling it is
// cancelling the run.
func (r *Run) WantedAlone(i graph.Index) bool {
	return !r.all && len(r.wanted) == 1 && r.wanted[0] == i || r.tasks == 1
}

// Sized reports whether a lost handle would leave something behind: bytes of results that are counted, or results elsewhere.
func (r *Run) Sized() bool { return r.sized || r.promise != nil }
