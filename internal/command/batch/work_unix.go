//go:build unix

package batch

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/process"
)

// worker is a slot of a run.
type worker struct {
	*Run
	slot    *process.Slot
	sparing bool   // whether empty files serve the next task
	spare   string // the file for errors that a task has left empty, for the next; "" if there is none
}

// work runs tasks in a slot until there are no more, on a thread that it has for itself.
func (r *Run) work(number int) {
	defer r.workers.Done()
	w := worker{Run: r, slot: r.slots[number], sparing: leases}
	defer w.removeSpare()
	variable := slotVariable + "=" + strconv.Itoa(number+1)
	for j := range r.jobs {
		if r.stopped() {
			continue
		}
		j.env = append(j.env, variable)
		r.counts.running.Add(1)
		o := w.attempts(j)
		r.counts.running.Add(-1)
		m := message{outcome: o, job: j}
		r.settle(&m)
		r.messages <- m
	}
}

// attempts tries a task as often as it may be.
func (w *worker) attempts(j *job) *Outcome {
	o := &Outcome{Task: j.task, Args: j.args}
	for o.Attempts = 1; ; o.Attempts++ {
		w.attempt(j, o)
		if o.OK() || o.Why == process.NotStarted || o.Attempts > w.plan.Retries || w.stopped() {
			return o
		}
		w.counts.retried.Add(1)
	}
}

// attempt runs a task once.
func (w *worker) attempt(j *job, o *Outcome) {
	o.Result = process.Result{Code: -1, Why: process.NotStarted}
	p := process.Program{
		Path: j.path, Argv: j.argv, Env: j.env, Dir: j.dir, Stdin: w.null,
		Time: w.plan.Time, Grace: w.plan.Grace, Memory: w.plan.Memory,
	}
	if j.stdin != "" {
		began := time.Now()
		var why process.Reason
		if p.Stdin, why, o.Err = w.slot.Open(j.stdin, w.plan.Time); why != "" {
			o.Why, o.Began, o.Wall = why, began, time.Since(began)
		}
		if p.Stdin < 0 {
			return
		}
		defer unix.Close(p.Stdin)
		if p.Time > 0 {
			p.Time = max(p.Time-time.Since(began), 1)
		}
	}
	if w.plan.Files != "" {
		w.runInFiles(&p, o)
	} else {
		w.runCaptured(&p, o)
	}
	if o.Err != nil && o.Began.IsZero() {
		return
	}
	if o.Why == process.NotStarted {
		o.Err = p.Explain(o.Err)
	}
	w.counts.busy.Add(int64(o.Wall))
	w.counts.cpu.Add(int64(o.CPU))
}

// runCaptured runs a program whose output is kept.
func (w *worker) runCaptured(p *process.Program, o *Outcome) {
	var captures [2]*process.Capture
	for i := range captures {
		if captures[i], o.Err = process.NewCapture(w.plan.Keep, o.Task, i); o.Err != nil {
			return
		}
		defer captures[i].Close()
	}
	p.Stdout, p.Stderr = captures[0].FD(), captures[1].FD()
	o.Result = w.slot.Run(p, captures[:]...)
	o.Cut = 0
	for i := range captures {
		o.keep(captures[i], w.plan.Live != nil)
	}
}

// keep takes over what was kept of a stream. A task whose output cannot be read has not done what it should.
func (o *Outcome) keep(c *process.Capture, live bool) {
	data, cut, err := c.Take()
	if err == nil && live {
		o.Rest[c.Stream], err = c.Lines(true)
	}
	if err != nil && (o.OK() || o.Err == nil) {
		o.Err = fmt.Errorf("read its output: %w", err)
	}
	if err != nil && o.OK() {
		o.Why = process.NotKept
	}
	o.Cut += cut
	if c.Stream == 0 {
		o.Stdout = data
	} else {
		o.Stderr = data
	}
}

// now is the time in a record.
func now() int64 { return time.Now().UnixMilli() }
