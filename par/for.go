package par

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

const opFor = "par.For"

// For runs body on ranges [lo, hi) that together cover [0, n) once each, on several goroutines. It returns when no
// body runs any more. With n of 0 or less it does nothing.
//
// The first error or panic stops the handing out of ranges and cancels the context of the bodies still running. For
// then returns, of the errors that came, the one of the lowest range, as an [*Error]; a context.Canceled that a body
// returns after that is taken for an echo and dropped. If ctx ends before all ranges were handed out, For returns an
// error that wraps ctx.Err(). A body is not interrupted: a long one should look at its context.
//
// A body should keep its running values in local variables and write shared ones once, at its end.
func For(ctx context.Context, n int, body func(ctx context.Context, lo, hi int) error, opts ...Options) error {
	if body == nil {
		panic(opFor + ": nil body")
	}
	return runRange(ctx, opFor, n, body, settings(opFor, opts))
}

// loop is one call of For or Reduce.
type loop struct {
	op       string
	n        int64
	chunk    int64
	schedule Schedule
	body     func(ctx context.Context, lo, hi int) error
	scope    scope
	done     <-chan struct{} // the caller's context
	budget   *Budget
	asked    bool  // Options.Workers was given
	limit    int64 // most workers at once
	lends    bool  // the caller holds a core and gives it up when it has nothing to do but wait
	members  sync.WaitGroup

	_    [64]byte     // the counters below change all the time, the fields above never
	next atomic.Int64 // first item not handed out; Static does not use it
	size atomic.Int64 // workers now
	ran  atomic.Int64 // items of workers that have finished
	halt atomic.Bool
	_    [64]byte

	mu  sync.Mutex
	err *Error // of the lowest range that failed
}

func runRange(ctx context.Context, op string, n int, body func(context.Context, int, int) error, o Options) error {
	if n <= 0 {
		return nil
	}
	b, nested := budgetOf(ctx)
	l := &loop{
		op: op, n: int64(n), chunk: int64(o.Chunk), schedule: o.Schedule, body: body,
		scope: scope{parent: ctx, budget: b}, done: ctx.Done(), budget: b, asked: o.Workers > 0, limit: int64(o.Workers),
	}
	if !l.asked {
		l.limit = int64(b.cores)
	}
	smallest := max(l.chunk, 1)
	l.limit = min(l.limit, (l.n-1)/smallest+1)
	l.lends = nested && !l.asked
	l.run(nested)
	return l.result(ctx)
}

// run does the whole range. A call at the top works on goroutines of its own; a nested one works on the caller's,
// which holds a core, and on more if cores are free.
func (l *loop) run(nested bool) {
	defer l.scope.end()
	defer l.members.Wait() // deferred, because Goexit in a body may be ending the caller's goroutine
	crew, holding := l.gather(nested)
	l.size.Store(crew)
	for w := range crew {
		if nested && w == 0 {
			continue
		}
		l.start(w, crew, holding > 0)
		holding--
	}
	if nested {
		defer l.leave(l.lends) // with Workers the others may have no core to leave to the caller
		l.work(0, crew)
	}
}

// gather takes cores from the budget for the first workers. It returns the number of workers and how many of those
// that will be started hold a core that must be given back.
func (l *loop) gather(nested bool) (crew, holding int64) {
	if nested {
		crew = 1 // the caller, on the core it holds
	}
	for crew+holding < l.limit && l.budget.take() {
		holding++
	}
	crew += holding
	if l.asked {
		crew = l.limit
	}
	return max(crew, 1), holding
}

// start runs worker w on a goroutine of its own.
func (l *loop) start(w, crew int64, holding bool) {
	l.members.Go(func() {
		defer l.leave(holding)
		l.work(w, crew)
	})
}

// leave is the end of a worker. It gives its core back to the budget, except that the last worker of a nested call
// leaves its core to the caller, who may have given up its own while waiting.
func (l *loop) leave(holding bool) {
	if left := l.size.Add(-1); holding && (left > 0 || !l.lends) {
		l.budget.put()
	}
}

// work runs chunks until none is left or the loop is told to stop.
func (l *loop) work(w, crew int64) {
	var ran int64
	if l.schedule == Static {
		ran = l.workStatic(w, crew)
	} else {
		ran = l.workOnDemand()
	}
	l.ran.Add(ran)
}

// workOnDemand asks for chunk after chunk. It returns the number of items whose body returned.
func (l *loop) workOnDemand() (ran int64) {
	for !l.stopping() {
		lo, hi, ok := l.claim()
		if !ok {
			break
		}
		if hi < l.n {
			l.recruit()
		}
		ran += l.runChunk(lo, hi)
	}
	return ran
}

// workStatic runs the chunks that belong to worker w of crew: its contiguous share, or every crew-th chunk.
func (l *loop) workStatic(w, crew int64) (ran int64) {
	if l.chunk == 0 {
		share, more := l.n/crew, l.n%crew // the first more workers have one item on top
		lo := w*share + min(w, more)
		hi := lo + share
		if w < more {
			hi++
		}
		if l.stopping() {
			return 0
		}
		return l.runChunk(lo, hi)
	}
	chunks := (l.n-1)/l.chunk + 1
	for c := w; c < chunks && !l.stopping(); c += crew {
		lo := c * l.chunk
		ran += l.runChunk(lo, lo+min(l.chunk, l.n-lo))
	}
	return ran
}

// claim takes the next chunk.
func (l *loop) claim() (lo, hi int64, ok bool) {
	for {
		lo = l.next.Load()
		left := l.n - lo
		if left <= 0 {
			return 0, 0, false
		}
		size := max(l.chunk, 1)
		if l.schedule == Guided {
			size = max(size, left/(2*l.limit))
		}
		hi = lo + min(size, left)
		if l.next.CompareAndSwap(lo, hi) {
			return lo, hi, true
		}
	}
}

// recruit adds a worker if a core has become free since the loop began.
func (l *loop) recruit() {
	size := l.size.Load()
	if l.asked || size >= l.limit || !l.budget.take() {
		return
	}
	if !l.size.CompareAndSwap(size, size+1) {
		l.budget.put() // another worker came or went: the next chunk is soon enough
		return
	}
	l.start(size, size+1, true)
}

func (l *loop) stopping() bool { return l.halt.Load() || closed(l.done) }

// runChunk runs one chunk and records its failure. It returns the number of items done.
func (l *loop) runChunk(lo, hi int64) (ran int64) {
	returned := false
	var err error
	defer func() {
		if !returned {
			err = failure(recover())
		}
		if err != nil {
			l.fail(&Error{Op: l.op, Index: int(lo), End: int(hi), Err: err})
			ran = 0
		}
	}()
	err = l.body(&l.scope, int(lo), int(hi))
	returned = true
	return hi - lo
}

func (l *loop) fail(e *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halt.Load() && errors.Is(e.Err, context.Canceled) {
		return
	}
	if l.err == nil || e.Index < l.err.Index {
		l.err = e
	}
	l.halt.Store(true)
	l.scope.end()
}

// result is what the call returns, once no worker is left.
func (l *loop) result(ctx context.Context) error {
	if l.err != nil && (ctx.Err() == nil || !errors.Is(l.err, ctx.Err())) {
		return l.err
	}
	if ran := l.ran.Load(); ran < l.n {
		return stopped(ctx, l.op, fmt.Sprintf("after %d of %d items", ran, l.n))
	}
	return nil
}
