package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/runner"
)

// foreign runs the ops of other programs than the worker's own: in runners, which are kept for the next call of the same
// code.
type foreign struct {
	folder string // of the cluster
	words  []byte // start words of runners
	slots  int

	mu     sync.Mutex
	closed bool
	pools  map[graph.CodeID]*foreignPool
}

type foreignPool struct {
	*runner.Pool
	calls int       // that run or wait for their turn
	last  time.Time // when the last of them was over
}

// maxPools is how many code ids a worker remembers that it has nothing to do for.
const maxPools = 8

// op finds the function behind an op: in this process, or in the program that its code id names.
func (f *foreign) op(op graph.Op) (*exec.Op, error) {
	if op.Code == (graph.CodeID{}) {
		return program.Op(op)
	}
	return &exec.Op{
		Lends:  true,
		Size:   func(v any) (int64, bool) { return int64(len(v.(*exec.Encoded).Data)), true },
		Encode: func(v any) ([]byte, error) { return v.(*exec.Encoded).Data, nil },
		Form:   func(any) *block.Form { return exec.EncodedForm },
		Call:   func(ctx context.Context, in []any) (any, error) { return f.call(ctx, op, in) },
	}, nil
}

// call runs one task in a runner.
func (f *foreign) call(ctx context.Context, op graph.Op, in []any) (any, error) {
	pool, done, err := f.pool(op.Code)
	if err != nil {
		return nil, err
	}
	defer done()
	q, over, err := Request(ctx, op, in)
	if err != nil {
		return nil, err
	}
	defer over()
	answer, err := pool.Call(ctx, q)
	if err != nil {
		return nil, Ended(q, err)
	}
	return Result(answer)
}

// pool returns the runners of a code id, and what to call when the call is over.
func (f *foreign) pool(id graph.CodeID) (*runner.Pool, func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, nil, runner.ErrPoolClosed
	}
	p := f.pools[id]
	if p == nil {
		f.forget()
		p = &foreignPool{Pool: runner.NewPool(
			func(ctx context.Context) (*runner.Runner, error) { return f.start(ctx, id) },
			runner.PoolOptions{Size: f.slots},
		)}
		if f.pools == nil {
			f.pools = make(map[graph.CodeID]*foreignPool)
		}
		f.pools[id] = p
	}
	p.calls++
	return p.Pool, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		p.calls--
		p.last = time.Now()
	}, nil
}

// forget drops pools whose runners have ended for want of calls, when there are many. Called with mu held.
func (f *foreign) forget() {
	if len(f.pools) < maxPools {
		return
	}
	for id, p := range f.pools {
		if p.calls == 0 && time.Since(p.last) > 2*runner.DefaultIdle {
			delete(f.pools, id)
		}
	}
}

// start starts a runner of a code id, if the cluster has admitted that.
func (f *foreign) start(ctx context.Context, id graph.CodeID) (*runner.Runner, error) {
	path, err := admittedCode(ctx, f.folder, id)
	if err != nil {
		return nil, err
	}
	r, err := runner.Start(ctx, path, runner.Options{
		Payload: f.words, Args: []string{}, Cores: 1, Env: []string{"BRAID_CORES=1"},
		Output: func(line []byte) { _, _ = os.Stdout.Write(slices.Concat(line, []byte("\n"))) }, // whole lines, as others write too
	})
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: if its file system does not let programs run (mounted noexec), start the cluster with TMPDIR set to a folder that does", err)
	}
	if err != nil {
		return nil, fmt.Errorf("a process of code id %.8x: %w", id, err)
	}
	return r, nil
}

// close ends all runners.
func (f *foreign) close() {
	f.mu.Lock()
	f.closed = true
	pools := f.pools
	f.mu.Unlock()
	for _, p := range pools {
		p.Close()
	}
}
