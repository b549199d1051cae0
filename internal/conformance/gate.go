package conformance

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/braid-compute/braid"
)

// A gate is where a test meets the functions it runs: they say that they came, count, and wait until it opens. It goes by its
// number, which travels as an argument.
type gate struct {
	id     int
	open   chan struct{}
	came   atomic.Int64 // calls that have begun
	inside atomic.Int64 // calls that have not returned
	most   atomic.Int64 // the largest value of inside

	mu    sync.Mutex
	order []int
}

var gates struct {
	mu   sync.Mutex
	last int
	byID map[int]*gate
}

// newGate makes a gate for the time of the test. It must be opened before the client is closed if functions that do not
// watch their context wait at it.
func newGate(t *testing.T) *gate {
	gates.mu.Lock()
	defer gates.mu.Unlock()
	if gates.byID == nil {
		gates.byID = make(map[int]*gate)
	}
	gates.last++
	g := &gate{id: gates.last, open: make(chan struct{})}
	gates.byID[g.id] = g
	t.Cleanup(func() {
		gates.mu.Lock()
		defer gates.mu.Unlock()
		delete(gates.byID, g.id)
	})
	return g
}

func gateOf(id int) *gate {
	gates.mu.Lock()
	defer gates.mu.Unlock()
	return gates.byID[id]
}

// enter counts a call in; the function it returns counts it out.
func (g *gate) enter() (leave func()) {
	g.came.Add(1)
	n := g.inside.Add(1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			break
		}
	}
	return func() { g.inside.Add(-1) }
}

// note writes a number into the gate's book, in the order of the calls.
func (g *gate) note(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.order = append(g.order, n)
}

func (g *gate) noted() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]int(nil), g.order...)
}

// count returns its second argument and counts its calls at the gate.
var count = braid.Func2("conformance/count", func(_ context.Context, id, n int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	g.note(n)
	return n, nil
})

// hold waits at the gate, or for the end of its context, and returns its second argument.
var hold = braid.Func2("conformance/hold", func(ctx context.Context, id, n int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	g.note(n)
	select {
	case <-g.open:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
})

// deaf waits at the gate whatever becomes of its context.
var deaf = braid.Func2("conformance/deaf", func(_ context.Context, id, n int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	<-g.open
	return n, nil
})

// sleep waits for a time, without an eye on its context, and returns it.
var sleep = braid.Func("conformance/sleep", func(_ context.Context, d time.Duration) (time.Duration, error) {
	time.Sleep(d)
	return d, nil
})

// nap is sleep with an eye on its context.
var nap = braid.Func("conformance/nap", func(ctx context.Context, d time.Duration) (time.Duration, error) {
	select {
	case <-time.After(d):
		return d, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
})

var square = braid.Func("conformance/square", func(_ context.Context, n int) (int, error) { return n * n, nil })

var add = braid.Func2("conformance/add", func(_ context.Context, x, y int) (int, error) { return x + y, nil })

var sum = braid.Func("conformance/sum", func(_ context.Context, xs []int) (int, error) {
	s := 0
	for _, x := range xs {
		s += x
	}
	return s, nil
})

// errOdd is what refuse returns.
var errOdd = braid.RegisterError("conformance/odd", errors.New("odd numbers are refused"))

// refuse returns even numbers and an error for odd ones.
var refuse = braid.Func("conformance/refuse", func(_ context.Context, n int) (int, error) {
	if n%2 != 0 {
		return 0, errOdd
	}
	return n, nil
})
