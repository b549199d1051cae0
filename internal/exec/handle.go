package exec

import (
	"context"
	"slices"
	"sync"

	"github.com/braid-compute/braid/graph"
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
	t := r.look(i)
	if t != nil {
		if s := t.status(); s.Settled() {
			return s
		}
	}
	if f := r.cancelled.Load(); f != nil {
		if t == nil {
			return StatusCancelled
		}
		r.settleCancelled(i, t, f)
		return t.status()
	}
	if t == nil {
		return StatusWaiting
	}
	return t.status()
}

// Outcome returns the result of a task, or why it has none; settled is false while neither is known. Results of
// tasks that nobody wanted, or that were released, are gone: settled, without result or failure.
func (r *Run) Outcome(i graph.Index) (v any, f *Failure, settled bool) {
	s := r.Status(i)
	if !s.Settled() {
		return nil, nil, false
	}
	t := r.look(i)
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

// Released reports whether the result of task i was let go.
func (r *Run) Released(i graph.Index) bool {
	t := r.look(i)
	return t != nil && t.uses.Load() == 0
}

// watch arranges for fn to be called once when task i settles, from whatever goroutine settles it; it reports false,
// and does nothing, if the task has an outcome already. fn must not block.
func (r *Run) watch(i graph.Index, fn func(*slot)) bool {
	if !r.takeToken() { // making a page needs a run that is not over
		return false
	}
	defer r.dropTokens(1, nil)
	t := r.task(i)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancelled.Load() != nil {
		return false
	}
	for {
		old := t.state.Load()
		if statusOf(old).Settled() {
			return false
		}
		if t.state.CompareAndSwap(old, old|flagWatched) {
			break
		}
	}
	if r.watchers == nil {
		r.watchers = r.small.watchers[:0]
	}
	if len(r.watchers) < fewWatchers {
		r.watchers = append(r.watchers, watcher{i, fn})
		return true
	}
	if r.watching == nil {
		r.watching = make(map[graph.Index][]func(*slot))
	}
	r.watching[i] = append(r.watching[i], fn)
	return true
}

// fewWatchers is how many watchers of a run are kept in a list; most runs have one.
const fewWatchers = 8

// tell calls the watchers of task i.
func (r *Run) tell(i graph.Index, s *slot) {
	var room [fewWatchers]func(*slot)
	told := room[:0]
	r.mu.Lock()
	kept := r.watchers[:0]
	for _, w := range r.watchers {
		if w.task == i {
			told = append(told, w.fn)
		} else {
			kept = append(kept, w)
		}
	}
	clear(r.watchers[len(kept):])
	r.watchers = kept
	if r.watching != nil {
		told = append(told, r.watching[i]...)
		delete(r.watching, i)
	}
	r.mu.Unlock()
	for _, fn := range told {
		fn(s)
	}
}

// whenDecided arranges for fn to be called once when every task has an outcome or the run is cancelled; at once if that
// is so already.
func (r *Run) whenDecided(fn func(*slot)) {
	r.mu.Lock()
	if !r.decided && r.tasks > 0 {
		r.onDone = append(r.onDone, fn)
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	fn(nil)
}

// Watch calls fn once when task i has its outcome: at once if it has it already, otherwise from the goroutine that
// settles it, so fn must not block.
func (r *Run) Watch(i graph.Index, fn func()) {
	if !r.watch(i, func(*slot) { fn() }) {
		fn()
	}
}

// follower is told of the tasks that settle, each once.
type follower struct {
	mu   sync.Mutex
	told []uint64 // a bit for each task
	fn   func(graph.Index)
}

func (e *follower) tell(i graph.Index) {
	e.mu.Lock()
	bit := uint64(1) << (i % 64)
	news := e.told[i/64]&bit == 0
	e.told[i/64] |= bit
	e.mu.Unlock()
	if news {
		e.fn(i)
	}
}

// Follow calls fn once for every task: at once for those that have their outcome, later for the others, from the
// goroutine that settles them, so fn must not block. A run has at most one follower; a second replaces the first.
func (r *Run) Follow(fn func(graph.Index)) {
	e := &follower{told: make([]uint64, (r.tasks+63)/64), fn: fn}
	r.each.Store(e)
	rest := func(*slot) {
		if r.each.Load() == e {
			e.tellSettled(r)
		}
	}
	e.tellSettled(r)
	r.whenDecided(rest) // a cancelled run settles its tasks when asked
}

func (e *follower) tellSettled(r *Run) {
	for i := range graph.Index(r.tasks) {
		if r.Status(i).Settled() {
			e.tell(i)
		}
	}
}

// Unfollow ends Follow.
func (r *Run) Unfollow() { r.each.Store(nil) }

// Wait waits until task i has its outcome. It returns the context's error if that comes first. Waiting with the context
// of a task yields the task's slot.
func (r *Run) Wait(ctx context.Context, i graph.Index) error {
	if r.Status(i).Settled() {
		return nil
	}
	done := make(chan struct{})
	if !r.watch(i, func(*slot) { close(done) }) {
		return nil
	}
	return r.x.wait(ctx, done, func() string { return r.Name(i) })
}

// WaitAll waits until every task has its outcome, or the run is cancelled.
func (r *Run) WaitAll(ctx context.Context) error {
	return r.x.wait(ctx, r.Done(), func() string { return r.Label() })
}

// Done returns a channel that is closed when every task has its outcome, or the run is cancelled.
func (r *Run) Done() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		r.done = make(chan struct{})
		if r.decided || r.tasks == 0 {
			close(r.done)
		}
	}
	return r.done
}

// wait waits for done or the end of ctx, yielding the slot if ctx is that of a task of this executor.
func (x *Executor) wait(ctx context.Context, done <-chan struct{}, what func() string) error {
	select {
	case <-done:
		return nil
	default:
	}
	end := ctx.Done()
	if end == nil {
		<-done
		return nil
	}
	if c := FromContext(ctx); c != nil && c.run.x == x {
		c.Block(what())
		defer c.Unblock()
	}
	select {
	case <-done:
		return nil
	case <-end:
		return context.Cause(ctx)
	}
}

// Cancel settles every task that has no outcome yet as cancelled, ends the contexts of those that run, and drops what
// they return. It returns at once; a function that does not look at its context keeps its slot until it returns.
func (r *Run) Cancel(cause error) {
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
	r.x.event(r, EventCancelled, f)
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
	r.x.wake() // to clear its cursor
}

// settleCancelled gives a task of a cancelled run its outcome when somebody asks.
func (r *Run) settleCancelled(i graph.Index, t *task, f *Failure) {
	if _, ok := t.seize(); ok {
		number, ok := r.callOf(i)
		if !ok {
			number = noCall
		}
		t.value = &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: number, Err: f.Err}
		t.finish(StatusCancelled)
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

// Release says that the handle will not read the result of task i any more. A task that has not begun and that nobody
// else needs is not run; the last reader frees the result.
func (r *Run) Release(i graph.Index) {
	if t := r.look(i); t == nil {
		if !r.takeToken() {
			return
		}
		defer r.dropTokens(1, nil)
		r.task(i)
	}
	t := r.look(i)
	if t == nil {
		return
	}
	for {
		old := t.state.Load()
		if old&flagWanted == 0 {
			return
		}
		if t.state.CompareAndSwap(old, old&^flagWanted) {
			r.unuse(i, t)
			return
		}
	}
}

// WantedAlone reports whether task i is the only one of its run whose result a handle wants, so that cancelling it is
// cancelling the run.
func (r *Run) WantedAlone(i graph.Index) bool {
	return !r.all && len(r.wanted) == 1 && r.wanted[0] == i || r.tasks == 1
}

// WaitChannel waits for a word on a channel or the end of ctx; waiting with the context of a task yields its slot.
func WaitChannel(ctx context.Context, ch <-chan struct{}, what string) error {
	if c := FromContext(ctx); c != nil {
		return c.run.x.wait(ctx, ch, func() string { return what })
	}
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// WaitAllOrFailure waits until every task has its outcome, or one has failed.
func (r *Run) WaitAllOrFailure(ctx context.Context) error {
	r.mu.Lock()
	if r.failed == nil {
		r.failed = make(chan struct{})
		if r.decided || r.tasks == 0 || r.first.Load() != nil {
			close(r.failed)
			r.failedClosed = true
		}
	}
	ch := r.failed
	r.mu.Unlock()
	return r.x.wait(ctx, ch, func() string { return r.Label() })
}

// FirstFailure returns the failure of the lowest task among those that have failed so far, or the cancellation of the
// run, or nil.
func (r *Run) FirstFailure() *Failure {
	if f := r.first.Load(); f != nil {
		return f
	}
	return r.cancelled.Load()
}

// noteFailure remembers the failure of the lowest task and ends waits that a failure ends.
func (r *Run) noteFailure(f *Failure) {
	for {
		old := r.first.Load()
		if old != nil && old.Task <= f.Task {
			return
		}
		if r.first.CompareAndSwap(old, f) {
			break
		}
	}
	r.mu.Lock()
	r.closeFailed()
	r.mu.Unlock()
}

// closeFailed ends waits that a failure ends. Called with mu held.
func (r *Run) closeFailed() {
	if r.failed != nil && !r.failedClosed {
		r.failedClosed = true
		close(r.failed)
	}
}

// Sized reports whether bytes of the run's results are counted, so that a lost handle would leave them counted.
func (r *Run) Sized() bool { return r.sized }

// Forget releases a task whose handle was lost: at once if it has its outcome, otherwise when it has. Unlike Release it
// never keeps a task from running.
func (r *Run) Forget(i graph.Index) { r.Watch(i, func() { r.Release(i) }) }

// ForgetAll forgets every task.
func (r *Run) ForgetAll() {
	r.whenDecided(func(*slot) {
		for i := range graph.Index(r.tasks) {
			r.Release(i)
		}
	})
}
