package braid

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/memo"
)

// flight is a call whose result will be kept, and for which equal calls wait.
type flight struct {
	id   flightID
	ctx  context.Context
	kept atomic.Bool   // the result is there
	over chan struct{} // closed when the call has ended, or nobody wants its result any more
	end  func()        // closes it
}

type flightID struct {
	folder string
	key    memo.Key
}

// flights are the calls of this process that run.
var flights struct {
	mu  sync.Mutex
	all map[flightID]*flight
}

// board returns the call that runs for a key, and whether it is the caller's.
func board(ctx context.Context, folder string, k memo.Key) (fl *flight, first bool) {
	id := flightID{folder, k}
	flights.mu.Lock()
	defer flights.mu.Unlock()
	if fl := flights.all[id]; fl != nil {
		return fl, false
	}
	fl = &flight{id: id, ctx: ctx, over: make(chan struct{})}
	fl.end = sync.OnceFunc(func() { close(fl.over) })
	if flights.all == nil {
		flights.all = make(map[flightID]*flight)
	}
	flights.all[id] = fl
	return fl, true
}

// land ends the flight.
func (fl *flight) land() {
	flights.mu.Lock()
	delete(flights.all, fl.id)
	flights.mu.Unlock()
	fl.end()
}

// wait waits until the call has ended, giving its slot away meanwhile. A call that was cancelled, or outlived its limit, may
// not end for long, and nothing will be kept of it.
func (fl *flight) wait(ctx context.Context, name string) error {
	defer context.AfterFunc(fl.ctx, fl.end)()
	return exec.WaitChannel(ctx, fl.over, "an equal call of "+name+", which runs")
}
