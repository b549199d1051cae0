package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// BrokenGang is why the context of a member is done when another one has failed.
type BrokenGang struct {
	Member string // the name of the other
	Err    error
}

// Error names the member and says what became of it.
func (e *BrokenGang) Error() string {
	return fmt.Sprintf("%s, another task of the gang, has no result: %v", e.Member, e.Err)
}

// Unwrap returns why the other has no result.
func (e *BrokenGang) Unwrap() error { return e.Err }

// Is makes it a cancellation for everybody who asks for no more.
func (e *BrokenGang) Is(target error) bool { return target == context.Canceled }

// causedBy returns a context that was cancelled with a cause, for [context.Cause] to find it.
func causedBy(err error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(err)
	return ctx
}

// brokenBy returns what answers for the cause of a context that is done because its gang is broken, or nil.
func (c *Context) brokenBy() context.Context {
	g := c.run.gangOf(c.index)
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.cause == nil || !g.over && g.attempt == c.attempt {
		return nil
	}
	return causedBy(g.cause)
}

// enter notes that a member has begun.
func (g *gang) enter(c *Context) {
	g.mu.Lock()
	broken := g.over || g.attempt != c.attempt
	if !broken {
		g.members[g.rank(c.index)].ctx = c
	}
	cause := g.cause
	g.mu.Unlock()
	if broken {
		c.cancel(cause)
	}
}

// keep takes the result of a member. It reports false if that is to be settled as that of any other task; otherwise the
// result is held, or was the last and all are settled.
func (g *gang) keep(w *worker, c *Context, v any) bool {
	if g.run.x.config.Meet != nil {
		return false
	}
	if !g.current(c) {
		return false
	}
	k := &g.run.calls[c.call]
	kept := w.x.measure(k, v)
	g.mu.Lock()
	if g.over || g.attempt != c.attempt || g.run.cancelled.Load() != nil {
		g.mu.Unlock()
		kept.drop()
		return false
	}
	m := &g.members[g.rank(c.index)]
	m.result, m.returned = kept, true
	g.left--
	g.meeting.leave(c.Name())
	last := g.left == 0
	g.over = last
	members := g.members
	g.mu.Unlock()
	w.x.giveBack(c.extra().held)
	if s := w.s; s != nil {
		if rec := s.x.recorder.Load(); rec != nil {
			rec.note(s, c, true)
		}
		s.tally(k.group, s.now-c.started, false)
	} else {
		k.group.ended.Add(1)
	}
	if last {
		for rank := range members {
			g.settle(rank, c.attempt, members[rank].result, w.s)
		}
	}
	return true
}

// current reports whether an attempt is the one that counts.
func (g *gang) current(c *Context) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.over && g.attempt == c.attempt && g.run.cancelled.Load() == nil
}

// result is what a function has returned: a value, or a block of the store that has it.
type result struct {
	value any
	block *block.Block
	bytes int64
	known bool
}

// measure returns a result with its size, in the store if it is large.
func (x *Executor) measure(c *call, v any) (k result) {
	k.value = v
	if c.op.Size == nil {
		return k
	}
	if k.bytes, k.known = c.size(v); k.known && k.bytes >= x.least && x.store != nil {
		if k.block = x.keep(c, v, k.bytes); k.block != nil {
			k.value = nil
		}
	}
	return k
}

// count counts the result of a task that is done, and returns it as the task has it.
func (k result) count(x *Executor, c *call) any {
	switch {
	case k.block != nil:
		c.group.learn(k.bytes)
		return k.block
	case c.op.Size != nil:
		x.addResult(c, k.bytes, k.known)
	}
	return k.value
}

func (k result) drop() { release(k.block) }

// settle gives a member whose function has returned its outcome, and its token back.
func (g *gang) settle(rank int, attempt uint32, kept result, s *slot) {
	r, i := g.run, g.first+graph.Index(rank)
	t := r.task(i)
	if t.win(attempt) {
		number := r.g.Load().CallOf(i)
		c := &r.calls[number]
		if f := r.cancelled.Load(); f != nil {
			r.publish(i, t, StatusCancelled, &Failure{Reason: ReasonCancelled, Run: r, Task: i, Call: number, Attempt: int(attempt) + 1, Err: f.Err}, s)
		} else {
			v := kept.count(r.x, c)
			kept.block = nil // the task has it now
			c.group.done.Add(1)
			r.publish(i, t, StatusDone, v, s)
		}
	}
	g.letGo(rank, kept, s)
}

// letGo drops the result of a member, unless its task has it, releases its inputs, and gives its token back.
func (g *gang) letGo(rank int, kept result, s *slot) {
	kept.drop()
	g.run.releaseInputs(g.first+graph.Index(rank), s)
	if s != nil {
		s.done(g.run)
		return
	}
	g.run.dropTokens(1, nil)
}

// restart gives the gang another attempt because that of one member has failed, if there is one left. f is complete but for
// what is known of every attempt.
func (g *gang) restart(c *Context, f *Failure) bool {
	r := g.run
	retries := g.retries()
	g.mu.Lock()
	if g.over || g.attempt != c.attempt || c.attempt >= retries || r.cancelled.Load() != nil {
		g.mu.Unlock()
		return false
	}
	g.cause = &BrokenGang{Member: c.Name(), Err: f.Err}
	cause, members := g.cause, g.members
	tokens := int64(0)
	for rank, m := range members {
		t := r.task(g.first + graph.Index(rank))
		if t.win(c.attempt) { // otherwise it is being cancelled, which ends the gang in a moment
			t.again()
		} else {
			t.skip(c.attempt)
		}
		if !m.returned {
			tokens++ // that of the attempt ends with its function
		}
	}
	g.attempt++
	g.begin()
	g.mu.Unlock()
	for _, m := range members {
		m.result.drop()
		if m.ctx != nil && m.ctx != c {
			m.ctx.cancel(cause)
		}
	}
	r.calls[c.call].group.retried.Add(1)
	if o := r.x.config.Observer; o != nil {
		o.Retried(f)
	}
	r.live.Add(tokens)
	x := r.x
	x.mu.Lock()
	for rank := range g.count {
		g.came = append(g.came, g.item(rank))
	}
	x.queueGang(g)
	x.mu.Unlock()
	x.wakeMany()
	return true
}

// breakGang ends the gang of a task that has its outcome and no result, if it is of one: the others have none either. Where
// others are elsewhere, it only keeps those from beginning that have not.
func (r *Run) breakGang(i graph.Index, f *Failure, s *slot) {
	g := r.gangOf(i)
	if g == nil {
		return
	}
	err := f.Err
	if err == nil {
		err = f.Root().Err
	}
	broken, told := errors.AsType[*BrokenGang](err)
	g.mu.Lock()
	own := g.members[g.rank(i)].ctx
	g.mu.Unlock()
	if told && own != nil {
		own.cancel(broken)
	}
	g.mu.Lock()
	if g.over {
		g.mu.Unlock()
		return
	}
	g.over, g.cause = true, &BrokenGang{Member: r.Name(i), Err: err}
	cause, members := g.cause, g.members
	seized := make([]seizure, g.count)
	if r.x.config.Meet != nil {
		seized = nil
	}
	for rank := range seized { // at once, lest one that returns now has its result
		t := r.task(g.first + graph.Index(rank))
		if seized[rank].passed, seized[rank].waiting = t.seizeWaiting(); !seized[rank].waiting {
			_, seized[rank].running = t.seize()
		}
	}
	g.mu.Unlock()
	for rank, was := range seized {
		if m := members[rank]; m.ctx != nil {
			m.ctx.cancel(cause)
		}
		r.endWith(g.first+graph.Index(rank), was, f, s)
		if members[rank].returned {
			g.letGo(rank, members[rank].result, s)
		}
	}
	r.x.mu.Lock()
	r.x.dissolve(g)
	r.x.mu.Unlock()
	r.x.wakeMany()
}

// seizure is what a task was when the right to settle it was taken, if it was.
type seizure struct{ waiting, passed, running bool }

// endWith gives a member that was seized the outcome that another one has none.
func (r *Run) endWith(i graph.Index, was seizure, cause *Failure, s *slot) {
	if !was.waiting && !was.running {
		return
	}
	if was.passed {
		r.unpass(s)
	}
	number := r.g.Load().CallOf(i)
	r.calls[number].group.failed.Add(1)
	r.publish(i, r.task(i), StatusFailed, &Failure{Reason: ReasonInput, Run: r, Task: i, Call: number, Cause: cause}, s)
	if was.waiting {
		r.releaseInputs(i, s)
	}
}

// dismissGangs lets go of what the gangs of a cancelled run hold, and of their members that wait.
func (r *Run) dismissGangs() {
	for _, g := range r.gangs {
		g.mu.Lock()
		over := g.over
		g.over = true
		members := g.members
		g.mu.Unlock()
		for rank, m := range members {
			if m.returned && !over {
				i := g.first + graph.Index(rank)
				r.settleCancelled(i, r.task(i), r.cancelled.Load())
				g.letGo(rank, m.result, nil)
			}
		}
		r.x.mu.Lock()
		r.x.dissolve(g)
		r.x.mu.Unlock()
	}
}
