package exec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/par"
)

// Context is the context of one attempt at a task. It is a type of its own because a context.WithCancel costs more than
// a small task does: here nothing is made until somebody asks for it.
//
// It is done when the attempt is cancelled or outlives its limit, and when its function has returned.
type Context struct {
	run      *Run
	worker   *worker
	more     atomic.Pointer[contextMore]
	started  int64 // clock reading
	index    graph.Index
	attempt  uint32
	call     uint32
	returned atomic.Bool
}

// maxContexts is the number of contexts that are made at once in a long run.
const maxContexts = 64

// newContext returns a context of run r, cleared. Contexts are made in blocks, the larger the more tasks of the run the slot
// has begun. They are never used twice, since functions may keep them; a context that is kept keeps its block, which
// holds no other run.
func (s *slot) newContext(r *Run) *Context {
	if s.contextsOf != r {
		s.contextsOf, s.contexts, s.block = r, nil, 0
	}
	if len(s.contexts) == 0 {
		s.block = min(2*s.block+1, maxContexts)
		s.contexts = make([]Context, s.block)
	}
	c := &s.contexts[0]
	s.contexts = s.contexts[1:]
	return c
}

// dropContexts lets go of the contexts that were made ahead, and with them of their run.
func (s *slot) dropContexts() { s.contextsOf, s.contexts, s.block = nil, nil, 0 }

// contextMore is what few tasks need of a context.
type contextMore struct {
	mu       sync.Mutex
	done     chan struct{}
	err      error
	ended    bool
	heeded   bool // the function looks at its context: it may end soon after it, and say how
	expired  bool // the attempt outlived its limit while its function ran
	deadline time.Time
	timer    *time.Timer
	budget   *par.Budget
	held     *grant          // what the task has taken besides its slot
	waits    int             // Blocks not yet undone
	back     chan struct{}   // closed when the goroutine that asks for a slot for the task has its answer
	waitsFor string          // what the task is waiting for, for Explain
	caused   context.Context // answers package context for the cause, where it is that the gang was broken
	behind   bool            // it has not waited for the end of a meeting of its gang
}

func (c *Context) extra() *contextMore {
	if m := c.more.Load(); m != nil {
		return m
	}
	c.more.CompareAndSwap(nil, new(contextMore))
	return c.more.Load()
}

// Deadline returns the end of the attempt's time limit, if it has one.
func (c *Context) Deadline() (time.Time, bool) {
	m := c.more.Load()
	if m == nil || m.deadline.IsZero() {
		return time.Time{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heeded = true
	return m.deadline, true
}

// Done returns a channel that is closed when the context is done.
func (c *Context) Done() <-chan struct{} {
	m := c.extra()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heeded = true
	if m.done == nil {
		m.done = make(chan struct{})
		if m.err == nil && !c.returned.Load() && c.run.follow(c) {
			return m.done
		}
		if m.err == nil {
			m.err, m.caused = context.Canceled, c.brokenBy()
		}
		close(m.done)
	}
	return m.done
}

// Err returns why the context is done, or nil.
func (c *Context) Err() error {
	if m := c.more.Load(); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.heeded = true
		if m.err != nil {
			return m.err
		}
	}
	if c.returned.Load() || c.run.cancelled.Load() != nil {
		return context.Canceled
	}
	if t := c.run.look(c.index); t == nil || t.status().Settled() {
		return context.Canceled
	}
	return nil
}

type contextKey struct{}

// FromContext returns the context of the task that ctx belongs to, or nil outside tasks.
func FromContext(ctx context.Context) *Context {
	c, _ := ctx.Value(contextKey{}).(*Context)
	return c
}

// Value answers for the task itself and for the budget of cores that package par looks for: the cores that the task needs.
func (c *Context) Value(key any) any {
	switch key.(type) {
	case contextKey:
		return c
	case par.BudgetKey:
		m := c.extra()
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.budget == nil {
			cores := 1
			if d := c.run.calls[c.call].demand; d != nil {
				cores = max(cores, d.cores)
			}
			m.budget = par.NewBudget(cores)
		}
		return m.budget
	}
	if m := c.more.Load(); m != nil {
		m.mu.Lock()
		caused := m.caused
		m.mu.Unlock()
		if caused != nil {
			return caused.Value(key)
		}
	}
	return nil
}

// String describes the context for people who print it.
func (c *Context) String() string {
	return fmt.Sprintf("task %s, attempt %d", c.Name(), c.attempt+1)
}

// Name returns the task's name.
func (c *Context) Name() string { return c.run.name(c.index, c.call) }

// Owner returns what the executor was given as [Config.Owner].
func (c *Context) Owner() any { return c.run.x.config.Owner }

// Executor returns the executor that runs the task.
func (c *Context) Executor() *Executor { return c.run.x }

// Index returns the number of the task in its graph.
func (c *Context) Index() graph.Index { return c.index }

// Memory returns the bytes that the call says it needs, 0 if it says nothing, or more if the task has taken more before.
func (c *Context) Memory() int64 {
	g := c.run.g.Load()
	if g == nil {
		return 0
	}
	if n := c.run.claimOf(c.index); n > 0 {
		return n
	}
	return g.Traits()[g.Calls()[g.CallOf(c.index)].Traits].Needs.Memory
}

// Attempt returns the number of the attempt, from 1.
func (c *Context) Attempt() int { return int(c.attempt) + 1 }

// cancel makes the context done because of err.
func (c *Context) cancel(err error) {
	m := c.extra()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = context.Canceled // what package context promises, whatever the reason
		if errors.Is(err, context.DeadlineExceeded) {
			m.err = context.DeadlineExceeded
		}
		if broken, ok := errors.AsType[*BrokenGang](err); ok {
			m.err, m.caused = context.Canceled, causedBy(broken)
		}
		if m.done != nil {
			close(m.done)
		}
	}
}

// end makes the context done because its function has returned, and stops its timer.
func (c *Context) end() {
	c.returned.Store(true)
	m := c.more.Load()
	if m == nil {
		return
	}
	m.mu.Lock()
	m.ended = true
	if m.timer != nil && !m.expired { // or the task, which may have to wait for a slot, could be settled as late as it likes
		m.timer.Stop()
	}
	followed := m.done != nil
	if m.err == nil {
		m.err = context.Canceled
		if followed {
			close(m.done)
		}
	}
	m.mu.Unlock()
	if followed {
		c.run.unfollow(c)
	}
}

// follow arranges for the context to be cancelled with its run or task. It reports false if that has happened already.
func (r *Run) follow(c *Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancelled.Load() != nil {
		return false
	}
	t := r.look(c.index)
	if t == nil {
		return false
	}
	if state := t.state.Load(); statusOf(state) != StatusRunning || attemptOf(state) != c.attempt {
		return false
	}
	if r.contexts == nil {
		r.contexts = make(map[*Context]struct{})
	}
	r.contexts[c] = struct{}{}
	return true
}

func (r *Run) unfollow(c *Context) {
	r.mu.Lock()
	delete(r.contexts, c)
	r.mu.Unlock()
}

// cancelContexts cancels the followed contexts of the run, or of one task of it.
func (r *Run) cancelContexts(err error, only func(graph.Index) bool) {
	r.mu.Lock()
	var hit []*Context
	for c := range r.contexts {
		if only == nil || only(c.index) {
			hit = append(hit, c)
		}
	}
	r.mu.Unlock()
	for _, c := range hit {
		c.cancel(err)
	}
}

func badOutputs(c *call, v any) error {
	outs, ok := v.(Outputs)
	if !ok {
		return fmt.Errorf("op %s has %d outputs and returned one value of type %T", c.name, c.outputs, v)
	}
	return fmt.Errorf("op %s has %d outputs and returned %d", c.name, c.outputs, len(outs))
}
