package exec

import (
	"runtime"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/invariants"
)

// succeed settles a task whose function returned a result.
func (w *worker) succeed(ctx *Context, t *task, c *call, v any) {
	r, i := ctx.run, ctx.index
	b, _ := v.(*block.Block) // its function has put it into the store itself
	if c.limit > 0 && ctx.overdue() {
		release(b)
		w.fail(ctx, t, &Failure{})
		return
	}
	if c.outputs > 1 {
		if outs, ok := v.(Outputs); !ok || len(outs) != int(c.outputs) {
			w.fail(ctx, t, &Failure{Reason: ReasonError, Err: badOutputs(c, v)})
			return
		}
	}
	if c.gang && r.gangOf(i).keep(w, ctx, v) {
		return
	}
	var n int64
	var known bool
	switch {
	case b != nil:
		n = b.Size()
	case c.op.Size != nil:
		if n, known = c.size(v); n >= w.x.least && known && w.x.store != nil {
			b = w.x.keep(c, v, n) // before the task is won, since others wait for who has won it
		}
	}
	if !t.win(ctx.attempt) {
		release(b)
		w.late(ctx, t)
		return
	}
	if w.cancelled(ctx, t, c) {
		release(b)
		return
	}
	switch {
	case b != nil:
		r.stored.Add(n)
		c.group.learn(n)
		v = b
	case c.op.Size != nil:
		w.x.addResult(c, n, known)
	}
	w.settle(r, i, t, StatusDone, v)
	w.ended(ctx, c, true)
}

// cancelled settles a task, whose settling was won, as cancelled if its run is: what its function made is dropped.
func (w *worker) cancelled(ctx *Context, t *task, c *call) bool {
	r := ctx.run
	f := r.cancelled.Load()
	if f == nil {
		return false
	}
	w.settle(r, ctx.index, t, StatusCancelled, &Failure{Reason: ReasonCancelled, Run: r, Task: ctx.index, Call: ctx.call, Attempt: int(ctx.attempt) + 1, Err: f.Err})
	w.ended(ctx, c, false)
	return true
}

// fail settles an attempt that has no result: it is tried again, or it fails for good and its dependents with it.
func (w *worker) fail(ctx *Context, t *task, f *Failure) {
	r, i := ctx.run, ctx.index
	c := &r.calls[ctx.call]
	if c.limit > 0 && ctx.overdue() {
		f.Reason, f.Err = ReasonLimit, &limitError{time.Duration(c.limit), f.Err}
	}
	f.Run, f.Task, f.Call, f.Attempt = r, i, ctx.call, int(ctx.attempt)+1
	if c.gang && r.gangOf(i).restart(ctx, f) {
		w.ended(ctx, c, false)
		return
	}
	if !t.win(ctx.attempt) {
		w.late(ctx, t)
		return
	}
	if w.cancelled(ctx, t, c) {
		return
	}
	exceeded := Exceeded(f.Err)
	if exceeded && r.claimMore(i, c) || !exceeded && ctx.attempt < uint32(c.retries)+r.regrown(i) {
		r.retry(i, t, f, w.s)
		w.ended(ctx, c, false)
		return
	}
	c.group.failed.Add(1)
	w.x.observeFailure(f)
	w.settle(r, i, t, StatusFailed, f)
	w.ended(ctx, c, false)
}

// late ends an attempt whose task was settled, or tried again, while it ran: the result is dropped.
func (w *worker) late(ctx *Context, t *task) {
	state := t.state.Load()
	for statusOf(state) == statusSettling { // a time limit may yet decide to try again
		runtime.Gosched()
		state = t.state.Load()
	}
	if attemptOf(state) == ctx.attempt {
		ctx.run.releaseInputs(ctx.index, w.s) // nobody else will
	}
	w.ended(ctx, &ctx.run.calls[ctx.call], false)
}

// ended counts the attempt and gives its token back.
func (w *worker) ended(ctx *Context, c *call, done bool) {
	if c.demand != nil {
		w.x.giveBack(ctx.extra().held)
	}
	if s := w.s; s != nil {
		if rec := s.x.recorder.Load(); rec != nil {
			rec.note(s, ctx, done)
		}
		s.tally(c.group, s.now-ctx.started, done)
		s.done(ctx.run)
		return
	}
	c.group.ended.Add(1)
	if done {
		c.group.done.Add(1)
	}
	ctx.run.dropTokens(1, nil)
}

// retry puts a task whose settling was won back among the waiting, for its next attempt.
func (r *Run) retry(i graph.Index, t *task, f *Failure, s *slot) {
	r.calls[r.g.Load().CallOf(i)].group.retried.Add(1)
	if o := r.x.config.Observer; o != nil {
		o.Retried(f)
	}
	t.again()
	r.enqueue(i, s)
}

// settle publishes the outcome of a task that the caller's worker has run: its readers are told and its inputs released.
func (w *worker) settle(r *Run, i graph.Index, t *task, to Status, v any) {
	r.publish(i, t, to, v, w.s)
	r.unuseAll(w.refs)
}

// publish makes the outcome of a task, whose settling the caller has won, known to everybody: watchers, consumers,
// and the counts. s is the slot of the calling worker, or nil.
func (r *Run) publish(i graph.Index, t *task, to Status, v any, s *slot) {
	t.value = v
	if t.finish(to) {
		r.tell(i, s)
	}
	r.tellEach(i, s != nil)
	if f, ok := v.(*Failure); ok && to != StatusDone {
		r.noteFailure(f)
	}
	if r.cancelled.Load() == nil {
		large, _ := v.(*block.Block)
		for _, c := range r.succ.Of(i) {
			switch {
			case to != StatusDone:
				f, _ := v.(*Failure)
				r.inputFailed(c, f, s)
			case r.task(c).wait.Add(^uint32(0)) == 0:
				if !r.enqueue(c, s) && large != nil && s != nil {
					r.early(c, large, t, s)
				}
			}
		}
	}
	if s != nil {
		s.hold(r)
		s.settled++
	} else {
		r.countSettled(1, nil)
	}
	r.unuse(i, t)
	if f, ok := v.(*Failure); ok && to != StatusDone && r.gangs != nil {
		r.breakGang(i, f, s)
	}
}

// enqueue makes a ready task available to the workers. It reports false for one that it leaves to the walkers.
func (r *Run) enqueue(i graph.Index, s *slot) bool {
	state := r.task(i).state.Load()
	passed, retry := state&flagPassed != 0, attemptOf(state) > 0
	if statusOf(state) != StatusWaiting || !passed && !retry {
		return false // it failed or was cancelled before its last input came, or a walker will come to it
	}
	if passed && !retry {
		r.unpass(s)
	}
	if r.prioritised {
		if p := r.calls[r.g.Load().CallOf(i)].priority; p != 0 {
			r.x.enqueuePriority(r, i, p)
			return true
		}
	}
	if s != nil {
		s.push(r, i)
		return true
	}
	r.live.Add(1)
	r.x.inject(newItem(r.id, uint32(i)))
	return true
}

// inputFailed fails a waiting consumer of a task that has no result, and in turn its consumers: with a list of its
// own instead of recursion, since a chain may be a million long.
func (r *Run) inputFailed(c graph.Index, cause *Failure, s *slot) {
	type pair struct {
		task  graph.Index
		cause *Failure
	}
	todo := []pair{{c, cause}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		t := r.task(p.task)
		passed, ok := t.seizeWaiting()
		if !ok {
			continue
		}
		if passed {
			r.unpass(s)
		}
		number := r.g.Load().CallOf(p.task)
		f := &Failure{Reason: ReasonInput, Run: r, Task: p.task, Call: number, Cause: p.cause}
		t.value = f
		if t.finish(StatusFailed) {
			r.tell(p.task, s)
		}
		r.tellEach(p.task, s != nil)
		r.noteFailure(f)
		r.calls[number].group.failed.Add(1)
		for _, next := range r.succ.Of(p.task) {
			todo = append(todo, pair{next, f})
		}
		if s != nil {
			s.hold(r)
			s.settled++
		} else {
			r.countSettled(1, nil)
		}
		r.releaseInputs(p.task, s)
		r.unuse(p.task, t)
		r.breakGang(p.task, f, s)
	}
}

// releaseInputs says that task i will not read its inputs any more.
func (r *Run) releaseInputs(i graph.Index, s *slot) {
	if r.promise != nil {
		return // they are not here
	}
	var buf []graph.Ref
	if s != nil {
		buf = s.refs
	}
	_, refs := r.g.Load().Task(i, buf)
	r.unuseAll(refs)
}

func (r *Run) unuseAll(refs []graph.Ref) {
	for _, a := range refs {
		if a.Kind() == graph.RefOutput {
			r.unuse(a.Task(), r.task(a.Task()))
		}
	}
}

// unuse takes one reader off a task and frees the result after the last.
func (r *Run) unuse(i graph.Index, t *task) {
	left := t.uses.Add(^uint32(0))
	if invariants.Enabled {
		invariants.Check(left < 1<<31, "task %d of run %d lost a reader it did not have", i, r.submission)
	}
	if left == 0 {
		r.free(i, t)
	}
}

func (r *Run) free(i graph.Index, t *task) {
	if p := r.promise; p != nil {
		if b, ok := t.value.(*block.Block); ok {
			b.Release()
		}
		if p.released != nil {
			p.released(i)
		}
	} else if r.sized && statusOf(t.state.Load()) == StatusDone {
		if number, ok := r.callOf(i); ok {
			r.x.dropResult(&r.calls[number], t.value)
		}
	}
	t.value = nil
}
