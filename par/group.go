package par

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

const opGroup = "par.Group"

// A Group runs different functions at the same time and ends with all of them: Go starts one, Wait waits for all. The
// first error or panic cancels the context of the others.
//
// Because functions of a group may wait for each other, each gets a goroutine whether or not a core is free;
// Options.Workers sets a limit. A Group is made by [NewGroup] and used for one round: Go, Go, …, Wait.
type Group struct {
	ctx     context.Context // the caller's
	scope   scope
	slots   chan struct{} // one token a running function; nil without limit
	members sync.WaitGroup

	mu      sync.Mutex
	started int
	skipped int    // functions not run because the group had stopped
	err     *Error // of the lowest number
}

// NewGroup returns a group whose functions run with a context derived from ctx.
func NewGroup(ctx context.Context, opts ...Options) *Group {
	o := settings(opGroup, opts)
	b, _ := budgetOf(ctx)
	g := &Group{ctx: ctx, scope: scope{parent: ctx, budget: b}}
	if o.Workers > 0 {
		g.slots = make(chan struct{}, o.Workers)
	}
	return g
}

// Go runs fn on a goroutine of its own. With a limit it first waits until fewer functions are running, so a function
// of a full group must not call Go. After an error, or after ctx has ended, fn is not run. Functions may call Go, but
// nobody may after Wait has returned.
func (g *Group) Go(fn func(ctx context.Context) error) {
	if fn == nil {
		panic(opGroup + ": nil function")
	}
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
		case <-g.scope.Done():
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	number := g.started
	g.started++
	if g.scope.Err() != nil {
		g.skipped++
		return
	}
	g.members.Go(func() { g.call(number, fn) })
}

func (g *Group) call(number int, fn func(context.Context) error) {
	holding := g.scope.budget.take()
	returned := false
	var err error
	defer func() {
		if !returned {
			err = failure(recover())
		}
		if err != nil {
			g.fail(&Error{Op: opGroup, Index: number, End: number + 1, Err: err})
		}
		if holding {
			g.scope.budget.put()
		}
		if g.slots != nil {
			<-g.slots
		}
	}()
	err = fn(&g.scope)
	returned = true
}

func (g *Group) fail(e *Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.scope.ended.Load() && errors.Is(e.Err, context.Canceled) {
		return // an echo of the failure that stopped the group
	}
	if g.err == nil || e.Index < g.err.Index {
		g.err = e
	}
	g.scope.end()
}

// Wait waits until all functions have returned. It returns, of the errors that came, that of the function started
// first, as an [*Error] whose Index counts the calls of Go; a context.Canceled after another error is dropped. If ctx
// ended and functions were not run, or returned its error, Wait returns an error that wraps ctx.Err().
func (g *Group) Wait() error {
	g.members.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.scope.end()
	if g.err != nil && (g.ctx.Err() == nil || !errors.Is(g.err, g.ctx.Err())) {
		return g.err
	}
	if g.err != nil || g.skipped > 0 {
		return stopped(g.ctx, opGroup, fmt.Sprintf("with %d of %d functions not run", g.skipped, g.started))
	}
	return nil
}
