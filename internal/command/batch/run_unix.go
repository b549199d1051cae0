//go:build unix

package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/command/process"
)

// MaxSlots bounds the programs that run at once; each has a thread that waits for it.
const MaxSlots = 4096

// Run is a plan that is or was run, once.
type Run struct {
	plan     Plan
	programs programs
	slots    []*process.Slot
	table    *process.Table
	guard    io.Closer // nil if there is none
	null     int       // the empty standard input

	jobs     chan *job
	messages chan message
	stopping chan struct{} // closed when no more tasks are to be started
	stop     sync.Once
	workers  sync.WaitGroup
	lines    lineQueue

	spool   *archive.Outputs      // outputs that wait for their turn, without an archive
	waiting map[int64]waitingTask // outcomes that wait for their turn, by task
	turn    int64                 // the task whose turn it is

	counts  counts
	summary Summary
}

// message is what the collector is told.
type message struct {
	outcome *Outcome
	job     *job
	output  journal.Output // where the archive has its output
	err     error          // the archive could not keep it
}

// waitingTask is an outcome whose output is in a file.
type waitingTask struct {
	outcome *Outcome
	output  journal.Output
}

// counts are what is known while the run goes on.
type counts struct {
	done, failed, earlier, retried, running atomic.Int64
	busy, cpu                               atomic.Int64 // ns of attempts that have ended
	live                                    atomic.Int64 // ns of CPU time of programs that run
	threads                                 atomic.Int64 // the most that a program was seen with
	halted                                  atomic.Bool  // because of Plan.Halt
}

// Counts are the state of a run.
type Counts struct {
	Total, Done, Failed, Earlier, Retried, Running int64
	Busy, CPU                                      time.Duration
	Threads                                        int // the most threads that a program was seen with; 0 if none was looked at
}

// Summary says what came of a run.
type Summary struct {
	Counts
	NotRun int64         // tasks that were not started, or stopped with the run
	Halted bool          // it stopped because of Plan.Halt
	Peak   int64         // bytes of the largest process of all
	Cut    int64         // bytes of output that were not kept
	Wall   time.Duration // of the whole run
}

// New checks a plan. Nothing is run before.
func New(plan Plan) (*Run, error) {
	r := &Run{plan: plan, programs: programs{}, stopping: make(chan struct{}), waiting: map[int64]waitingTask{}, turn: 1, null: -1}
	r.lines.ready = make(chan struct{}, 1)
	if plan.Slots < 1 || plan.Slots > MaxSlots {
		return nil, fmt.Errorf("%d slots: there can be from 1 to %d", plan.Slots, MaxSlots)
	}
	return r, r.check()
}

// Commands calls f for each task with its number and its arguments, as long as f returns true.
func (r *Run) Commands(f func(task int64, argv []string) bool) {
	for i := range r.plan.Sweep.Tasks() {
		t := command.Task{Number: i + 1, Args: r.plan.Sweep.Args(i)}
		if !f(t.Number, r.plan.Template.Expand(t)) {
			return
		}
	}
}

// Counts returns the state now. It may be called by any goroutine.
func (r *Run) Counts() Counts {
	c := &r.counts
	return Counts{
		Total: r.plan.Sweep.Tasks(), Done: c.done.Load(), Failed: c.failed.Load(), Earlier: c.earlier.Load(),
		Retried: c.retried.Load(), Running: c.running.Load(), Busy: time.Duration(c.busy.Load()),
		CPU: time.Duration(c.cpu.Load() + c.live.Load()), Threads: int(c.threads.Load()),
	}
}

// Run runs all tasks. When ctx ends it stops those that run and returns the context's error. Other errors are those of files
// and of Plan.Ended; that a task failed is none.
func (r *Run) Run(ctx context.Context) (s Summary, err error) {
	began := time.Now()
	defer func() {
		if e := r.close(); err == nil {
			err = e
		}
	}()
	if err := r.open(); err != nil {
		return s, err
	}
	f, err := r.newFeeder()
	if err != nil {
		return s, err
	}
	r.workers.Add(len(r.slots))
	for i := range r.slots {
		go process.OffMain(func() { r.work(i) })
	}
	fed := make(chan struct{})
	go func() { defer close(fed); f.feed() }()
	watched, over := make(chan struct{}), make(chan struct{})
	go func() { defer close(watched); r.watch(over) }()
	go func() { <-fed; r.workers.Wait(); close(r.messages) }()
	err = r.collect(ctx)
	close(over)
	<-watched
	r.summary.Counts, r.summary.Halted = r.Counts(), r.counts.halted.Load()
	r.summary.NotRun = r.summary.Total - r.summary.Done - r.summary.Failed - r.summary.Earlier
	r.summary.Wall = time.Since(began)
	return r.summary, err
}

// open makes what the run needs.
func (r *Run) open() (err error) {
	if err := r.plan.folder(); err != nil {
		return err
	}
	if r.null, err = open(os.DevNull, unix.O_RDONLY); err != nil {
		return err
	}
	if r.table, err = process.NewTable(r.plan.Slots); err != nil {
		return err
	}
	if r.plan.Adopt {
		if err := r.table.Adopt(true); err != nil {
			return err
		}
	}
	if r.plan.Guard != nil {
		if r.guard, err = r.plan.Guard(r.table); err != nil {
			return err
		}
	}
	for i := range r.plan.Slots {
		r.slots = append(r.slots, process.NewSlot(i, r.table))
	}
	r.jobs = make(chan *job, 2*r.plan.Slots)
	r.messages = make(chan message, 4*r.plan.Slots+64)
	return nil
}

// close frees what open has made, also if that was not all.
func (r *Run) close() (err error) {
	if r.guard != nil {
		err = r.guard.Close()
	}
	if r.table != nil {
		err = errors.Join(err, r.table.Close())
	}
	if r.spool != nil {
		err = errors.Join(err, r.spool.Close())
	}
	if r.null >= 0 {
		unix.Close(r.null)
	}
	return err
}

func (r *Run) stopped() bool {
	select {
	case <-r.stopping:
		return true
	default:
		return false
	}
}

// halt lets no more tasks start, and stops those that run if that is wanted.
func (r *Run) halt(running bool) {
	r.stop.Do(func() { close(r.stopping) })
	if running {
		for _, s := range r.slots {
			s.Stop(process.Interrupted, min(r.plan.Grace, interruptGrace))
		}
	}
}

// interruptGrace is how long programs have to end after SIGTERM when the whole run is stopped. It is less than what a
// program has after Ctrl-C.
const interruptGrace = 4 * time.Second

// collect takes what came of the tasks until all goroutines that run some have ended.
func (r *Run) collect(ctx context.Context) (err error) {
	ended := ctx.Done()
	for {
		select {
		case m, ok := <-r.messages:
			if !ok {
				if err == nil {
					err = r.flush()
				}
				if err == nil {
					err = context.Cause(ctx)
				}
				return err
			}
			if err != nil {
				continue // nothing can be said or kept any more
			}
			r.passOn()
			if err = r.take(m); err != nil {
				r.halt(true)
			}
		case <-r.lines.ready:
			r.passOn()
		case <-ended:
			ended = nil
			r.halt(true)
		}
	}
}

// take takes what came of one task.
func (r *Run) take(m message) error {
	o := m.outcome
	r.summary.Peak = max(r.summary.Peak, o.Peak)
	if o.Why == process.Interrupted {
		return nil // it counts as not run, and half of its output says nothing
	}
	r.summary.Cut += o.Cut
	if m.err != nil {
		return m.err
	}
	if r.plan.KeepOrder {
		return r.inOrder(o, m.output)
	}
	return r.give(o, m.output)
}

// settle writes down and counts a task that has ended. It is called before its slot takes another: a run that is to stop starts
// none, and one that is killed has at most one task in each slot that is not written down.
func (r *Run) settle(m *message) {
	o, c := m.outcome, &r.counts
	if r.plan.Archive != nil && !o.Earlier && o.Why != process.Interrupted {
		rec := record(o, m.job.key)
		m.err = r.plan.Archive.Append(&rec, o.Stdout, o.Stderr)
		m.output = journal.Output{Stdout: rec.Stdout, Stderr: rec.Stderr}
	}
	switch {
	case o.Earlier:
		c.earlier.Add(1)
	case o.OK():
		c.done.Add(1)
	case o.Why != process.Interrupted:
		c.failed.Add(1)
	}
	if h := r.plan.Halt; h.reached(c.done.Load()+c.earlier.Load(), c.failed.Load(), r.plan.Sweep.Tasks()) && c.halted.CompareAndSwap(false, true) {
		r.halt(h.Now)
	}
}

// record is what is written down of a task.
func record(o *Outcome, k journal.Key) journal.Record {
	return journal.Record{
		Key: k, Task: o.Task, Code: o.Code, Signal: o.Signal, Why: string(o.Why), Attempts: o.Attempts,
		Ended: now(), Wall: o.Wall.Microseconds(), CPU: o.CPU.Microseconds(), Peak: o.Peak,
		Read: o.Read, Written: o.Written, Cut: o.Cut, Args: o.Args,
	}
}

// give hands an outcome out, with its output if that is in the archive.
func (r *Run) give(o *Outcome, output journal.Output) (err error) {
	if o.Earlier && r.plan.Files == "" {
		if o.Stdout, err = r.plan.Archive.Read(output.Stdout); err != nil {
			return err
		}
		if o.Stderr, err = r.plan.Archive.Read(output.Stderr); err != nil {
			return err
		}
	}
	if o.Earlier && r.plan.Files != "" {
		o.StdoutFile, _ = r.plan.outputNames(o.Task)
	}
	return r.plan.Ended(o)
}

// inOrder hands outcomes out in the order of tasks. Those that come early wait, and their output does so in a file.
func (r *Run) inOrder(o *Outcome, output journal.Output) (err error) {
	if o.Task != r.turn {
		if r.plan.Archive == nil && len(o.Stdout)+len(o.Stderr) > 0 {
			if r.spool == nil {
				if r.spool, err = archive.Spool(); err != nil {
					return fmt.Errorf("keep output until its turn: %w", err)
				}
			}
			if output, err = r.spool.Append(o.Task, o.Stdout, o.Stderr); err != nil {
				return fmt.Errorf("keep the output of task %d until its turn: %w", o.Task, err)
			}
		}
		o.Stdout, o.Stderr = nil, nil
		r.waiting[o.Task] = waitingTask{o, output}
		return nil
	}
	if err := r.give(o, output); err != nil {
		return err
	}
	for r.turn++; ; r.turn++ {
		next, ok := r.waiting[r.turn]
		if !ok {
			return nil
		}
		if err := r.giveWaiting(next); err != nil {
			return err
		}
	}
}

// flush hands out what has waited for tasks that were not run.
func (r *Run) flush() error {
	for _, task := range slices.Sorted(maps.Keys(r.waiting)) {
		if err := r.giveWaiting(r.waiting[task]); err != nil {
			return err
		}
	}
	return nil
}

// giveWaiting hands out an outcome that has waited for its turn.
func (r *Run) giveWaiting(w waitingTask) error {
	delete(r.waiting, w.outcome.Task)
	if !w.outcome.Earlier {
		if err := r.fetch(w.outcome, w.output); err != nil {
			return err
		}
	}
	return r.give(w.outcome, w.output)
}

// fetch reads the output of a task that has waited for its turn.
func (r *Run) fetch(o *Outcome, output journal.Output) (err error) {
	var from interface {
		Read(journal.Span) ([]byte, error)
	} = r.spool
	if r.plan.Archive != nil {
		from = r.plan.Archive
	}
	if output == (journal.Output{}) {
		return nil
	}
	if o.Stdout, err = from.Read(output.Stdout); err == nil {
		o.Stderr, err = from.Read(output.Stderr)
	}
	return err
}
