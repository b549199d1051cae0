//go:build unix

package jobhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/guard"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/host"
	"github.com/braid-compute/braid/internal/job/work"
	"github.com/braid-compute/braid/internal/session"
)

// jobTask runs a task of a job, in a worker.
var jobTask = braid.Func("braid/job", jobRunner.Run)

var jobRunner = work.Runner{Pool: &process.Pool{Guard: guard.Start, Adopt: true}}

// jobEngine runs tasks of jobs on the cluster of this process, as a client that is attached while there are some.
type jobEngine struct {
	address  string
	over     <-chan struct{} // closed when the cluster ends
	patience time.Duration   // that functions have to return when it is left
	ctx      context.Context // of what runs
	stop     context.CancelFunc
	client   *braid.Client // nil if there is nothing to run; only the host's goroutine uses it
	lost     atomic.Bool   // its connection is
	running  sync.WaitGroup
}

func newJobEngine(address string, over <-chan struct{}, patience time.Duration) *jobEngine {
	e := &jobEngine{address: address, over: over, patience: patience}
	e.ctx, e.stop = context.WithCancel(context.Background())
	return e
}

// Window is how many tasks of a job are with the cluster: some for each slot, so that none waits for the next.
func (e *jobEngine) Window() int {
	if e.client == nil {
		return leastWindow
	}
	return max(4*e.client.Slots(), leastWindow)
}

const leastWindow = 64

// Run hands tasks to the cluster.
func (e *jobEngine) Run(j *job.Job, folder string, numbers []int, ended func(int, *work.Outcome, error)) (host.Batch, error) {
	select {
	case <-e.over:
		return nil, host.ErrStopped
	default:
	}
	if e.lost.Swap(false) {
		_ = e.client.Close()
		e.client = nil
	}
	if e.client == nil {
		c, err := braid.Open(e.ctx, braid.Options{Address: e.address, CloseTimeout: e.patience, Report: io.Discard})
		if err != nil {
			return nil, err
		}
		e.client = c
	}
	handedOut := time.Now()
	begun := func(k int) bool {
		return work.Begun(j.Compiled, work.Task{Folder: folder, Number: numbers[k]}, handedOut)
	}
	if j.Needs.Nodes > 1 {
		return nodeBatch{e.runOnNodes(j, folder, numbers, ended), begun}, nil
	}
	tasks := make([]work.Task, len(numbers))
	for k, n := range numbers {
		tasks[k] = work.Task{Folder: folder, Number: n}
	}
	futures := jobTask.With(options(j)...).Map(e.ctx, e.client, tasks)
	e.running.Go(func() { e.follow(futures, ended) })
	return jobBatch{futures, begun}, nil
}

// runOnNodes hands tasks to the cluster that need several workers each.
func (e *jobEngine) runOnNodes(j *job.Job, folder string, numbers []int, ended func(int, *work.Outcome, error)) (members []gangOfTask) {
	f := nodeTask.With(append(options(j), braid.Resource(NodeResource, 1))...)
	for k, n := range numbers {
		gang := f.Gang(e.ctx, e.client, slices.Repeat([]work.Task{{Folder: folder, Number: n}}, j.Needs.Nodes))
		members = append(members, gang)
		e.running.Go(func() {
			o, err := gang.At(0).Get(e.ctx)
			ended(k, o, e.meaning(err))
			gang.Release()
		})
	}
	return members
}

// options are what the cluster has to know of the tasks of a job. Earlier jobs go first.
func options(j *job.Job) []braid.Option {
	n := &j.Needs
	list := []braid.Option{braid.Cores(n.Cores), braid.Impure(), braid.Priority(-(j.ID % 1_000_000))}
	if n.Memory > 0 {
		list = append(list, braid.Memory(n.Memory))
	}
	if n.GPUs > 0 {
		list = append(list, braid.GPUs(n.GPUs))
	}
	for name, amount := range n.Resources {
		list = append(list, braid.Resource(name, amount))
	}
	return list
}

// follow tells how tasks ended.
func (e *jobEngine) follow(futures *braid.Futures[*work.Outcome], ended func(int, *work.Outcome, error)) {
	told := make([]bool, futures.Len())
	for k, f := range futures.Completed(e.ctx) {
		o, err := f.Get(e.ctx)
		told[k] = true
		ended(k, o, e.meaning(err))
	}
	for k, t := range told {
		if !t { // the engine ends, or there was no submission
			_, err := futures.At(k).Get(e.ctx)
			ended(k, nil, e.meaning(errors.Join(err, e.ctx.Err())))
		}
	}
	futures.Release()
}

// meaning makes of the error of a task what the host distinguishes.
func (e *jobEngine) meaning(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-e.over:
		return host.ErrStopped
	case <-e.ctx.Done():
		return host.ErrStopped
	default:
	}
	if errors.Is(err, session.ErrLost) {
		e.lost.Store(true)
		return host.ErrStopped
	}
	if errors.Is(err, braid.ErrCancelled) {
		return host.ErrStopped
	}
	if t, ok := errors.AsType[*braid.TaskError](err); ok {
		if t.Attempt == 0 {
			return fmt.Errorf("%w: %w", host.ErrRefused, t.Err)
		}
		return t.Err
	}
	return fmt.Errorf("%w: %w", host.ErrRefused, err)
}

// Rest leaves the cluster, which is idle then as far as jobs go.
func (e *jobEngine) Rest() {
	e.running.Wait()
	if e.client != nil {
		_ = e.client.Close() // nothing runs
		e.client = nil
	}
}

// Close stops what runs.
func (e *jobEngine) Close() error {
	e.stop()
	e.running.Wait()
	if e.client != nil {
		_ = e.client.Close() // what it cancels runs again another time
	}
	return nil
}

// jobBatch is tasks that were handed in together.
type jobBatch struct {
	*braid.Futures[*work.Outcome]
	begun func(k int) bool
}

func (b jobBatch) Stop() { b.Cancel() }

func (b jobBatch) Explain(k int) string { return explained(b.At(k)) }

func (b jobBatch) Begun(k int) bool { return b.begun(k) }

// gangOfTask is a task that needs several workers.
type gangOfTask = *braid.Futures[*work.Outcome]

// nodeBatch is tasks that were handed in together and need several workers each.
type nodeBatch struct {
	tasks []gangOfTask
	begun func(k int) bool
}

func (b nodeBatch) Stop() {
	for _, gang := range b.tasks {
		gang.Cancel()
	}
}

func (b nodeBatch) Explain(k int) string { return explained(b.tasks[k].At(0)) }

func (b nodeBatch) Begun(k int) bool { return b.begun(k) }

// explained says in words where a task stands.
func explained(f *braid.Future[*work.Outcome]) string {
	x := f.Explain()
	if x.Why == "" {
		return x.State
	}
	return x.State + ": " + x.Why
}
