package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// PoolOptions say how a [Pool] keeps its runners.
type PoolOptions struct {
	Size   int           // runners at most; 0 means 1
	Idle   time.Duration // how long a runner is kept without a call; 0 means DefaultIdle
	Deaths int           // a call during which so many runners died fails; 0 means 3
}

// maxWaiting bounds the runners whose calls wait for others, and so let further calls run.
const maxWaiting = 64

// DefaultIdle is how long a pool keeps a runner without a call.
const DefaultIdle = time.Minute

// Pool is runners of one kind that take turns: a call gets one that is idle, or a new one. It is safe for concurrent use.
type Pool struct {
	options PoolOptions
	start   func(context.Context) (*Runner, error)
	turns   chan struct{} // holds a token for each call that runs
	users   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	idle   []idleRunner // the one used last is the last
	all    map[*Runner]bool
}

// idleRunner is a runner without a call, and what ends it then.
type idleRunner struct {
	*Runner
	late *time.Timer
}

// ErrPoolClosed is the error of calls on a pool that was closed.
var ErrPoolClosed = errors.New("runner: the worker ends, and its runners with it")

// NewPool returns a pool without runners. They are made by start when calls need them; its context is that of the call.
func NewPool(start func(context.Context) (*Runner, error), o PoolOptions) *Pool {
	if o.Size <= 0 {
		o.Size = 1
	}
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	if o.Deaths <= 0 {
		o.Deaths = 3
	}
	return &Pool{options: o, start: start, turns: make(chan struct{}, o.Size), all: make(map[*Runner]bool)}
}

// Call executes an op on one of the runners, as [Runner.Call] does, waiting for its turn when all are busy.
//
// A runner that dies takes the call along, which is then tried again on another runner, up to PoolOptions.Deaths times in all;
// the error then holds every [*Death]. A death counts if the runner had the call and nobody had ended it: one that
// died idle costs nothing, and a call that was cancelled, or is to be made once, is not tried again.
func (p *Pool) Call(ctx context.Context, q Request) (Response, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return Response{}, context.Cause(ctx)
	}
	if q.Waits != nil {
		q.Waits = &turn{p, q.Waits}
	}
	var deaths []error
	for {
		r, used, err := p.take(ctx)
		if err != nil {
			return Response{}, errors.Join(append(deaths, err)...)
		}
		a, err := r.Call(ctx, q)
		died, ok := errors.AsType[*Death](err)
		if !ok {
			p.put(r)
			return a, err
		}
		p.drop(r)
		if died.Op == "" && used {
			continue // it was dead before; there are only so many of these
		}
		deaths = append(deaths, died)
		exceeded := q.Memory > 0 && died.Certificate.OutOfMemory // as it would again
		if q.Once || exceeded || ctx.Err() != nil || len(deaths) >= p.options.Deaths || p.over() {
			return Response{}, asOne(deaths)
		}
	}
}

// turn gives the turn of a call to others while it waits. As long as tasks have a turn only with a slot, of which there are as many, taking
// a turn again after the slot takes no time.
type turn struct {
	p *Pool
	Waits
}

func (t *turn) Block(what string) {
	t.Waits.Block(what)
	<-t.p.turns
}

func (t *turn) Unblock() {
	t.Waits.Unblock()
	t.p.turns <- struct{}{}
}

// asOne makes one error of the deaths that a call has met.
func asOne(deaths []error) error {
	if len(deaths) == 1 {
		return deaths[0]
	}
	return &Deaths{deaths}
}

// Deaths is the error of a call during which several runners died.
type Deaths struct{ All []error }

func (d *Deaths) Error() string {
	texts := make([]string, len(d.All))
	for k, err := range d.All {
		texts[k] = strings.TrimPrefix(err.Error(), "runner: ")
	}
	return fmt.Sprintf("runner: %d processes ended while they ran it: %s", len(d.All), strings.Join(texts, "; "))
}

// Unwrap returns the deaths.
func (d *Deaths) Unwrap() []error { return d.All }

// take returns an idle runner or a new one, and says which.
func (p *Pool) take(ctx context.Context) (r *Runner, used bool, err error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, false, ErrPoolClosed
	}
	if n := len(p.idle); n > 0 {
		i := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if i.late.Stop() {
			p.users.Done() // otherwise by the timer's function, which finds that the runner is taken
		}
		return i.Runner, true, nil
	}
	if most := p.options.Size + maxWaiting; len(p.all) >= most {
		p.mu.Unlock()
		return nil, false, fmt.Errorf("runner: there are %d processes of one program here already, of which each waits for tasks that its own has submitted, and no more are started: let fewer tasks wait at once", most)
	}
	p.users.Add(1)
	p.mu.Unlock()
	defer p.users.Done()
	if r, err = p.start(ctx); err != nil {
		return nil, false, err
	}
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.all[r] = true
	}
	p.mu.Unlock()
	if closed {
		r.Close()
		return nil, false, ErrPoolClosed
	}
	return r, false, nil
}

// put keeps a runner for the next call.
func (p *Pool) put(r *Runner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return // Close ends it
	}
	p.users.Add(1)
	i := idleRunner{Runner: r}
	i.late = time.AfterFunc(p.options.Idle, func() {
		defer p.users.Done()
		p.retire(r)
	})
	p.idle = append(p.idle, i)
}

// retire ends a runner that is still idle.
func (p *Pool) retire(r *Runner) {
	p.mu.Lock()
	n := slices.IndexFunc(p.idle, func(i idleRunner) bool { return i.Runner == r })
	if n >= 0 {
		p.idle = slices.Delete(p.idle, n, n+1)
		delete(p.all, r)
	}
	p.mu.Unlock()
	if n >= 0 {
		r.Close()
	}
}

// drop lets go of a runner that has died.
func (p *Pool) drop(r *Runner) {
	p.mu.Lock()
	delete(p.all, r)
	p.mu.Unlock()
	r.Close()
}

func (p *Pool) over() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// Len returns how many runners there are, idle or not.
func (p *Pool) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all)
}

// Close ends all runners and waits for them. Calls that run fail with a [*Death].
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	for _, i := range p.idle {
		if i.late.Stop() {
			p.users.Done()
		}
	}
	p.idle = nil
	var ends sync.WaitGroup
	for r := range p.all {
		ends.Go(r.Close)
	}
	p.all = nil
	p.mu.Unlock()
	ends.Wait()
	p.users.Wait()
}
