//go:build unix

package batch

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/process"
)

// work runs tasks in a slot until there are no more, on a thread that ends with it.
func (r *Run) work(number int) {
	runtime.LockOSThread() // never unlocked; see process.Slot.Run
	defer r.workers.Done()
	slot := r.slots[number]
	variable := slotVariable + "=" + strconv.Itoa(number+1)
	for j := range r.jobs {
		if r.stopped() {
			continue
		}
		j.env = append(j.env, variable)
		r.counts.running.Add(1)
		o := r.attempts(slot, j)
		r.counts.running.Add(-1)
		m := message{outcome: o, job: j}
		r.settle(&m)
		r.messages <- m
	}
}

// attempts tries a task as often as it may be.
func (r *Run) attempts(slot *process.Slot, j *job) *Outcome {
	o := &Outcome{Task: j.task, Args: j.args}
	for o.Attempts = 1; ; o.Attempts++ {
		r.attempt(slot, j, o)
		if o.OK() || o.Why == process.NotStarted || o.Attempts > r.plan.Retries || r.stopped() {
			return o
		}
		r.counts.retried.Add(1)
	}
}

// attempt runs a task once.
func (r *Run) attempt(slot *process.Slot, j *job, o *Outcome) {
	o.Result = process.Result{Code: -1, Why: process.NotStarted}
	p := process.Program{
		Path: j.path, Argv: j.argv, Env: j.env, Dir: j.dir, Stdin: r.null,
		Time: r.plan.Time, Grace: r.plan.Grace, Memory: r.plan.Memory,
	}
	if j.stdin != "" {
		began := time.Now()
		var why process.Reason
		if p.Stdin, why, o.Err = slot.Open(j.stdin, r.plan.Time); why != "" {
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
	if r.plan.Files != "" {
		r.runInFiles(slot, &p, o)
	} else {
		r.runCaptured(slot, &p, o)
	}
	if o.Err != nil && o.Began.IsZero() {
		return
	}
	if o.Why == process.NotStarted {
		o.Err = p.Explain(o.Err)
	}
	r.counts.busy.Add(int64(o.Wall))
	r.counts.cpu.Add(int64(o.CPU))
}

// open opens a file for a program.
func open(name string, flags int) (int, error) {
	for {
		fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0o666)
		if err == nil {
			return fd, nil
		}
		if err != unix.EINTR {
			return -1, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// runInFiles runs a program that writes into files of its own.
func (r *Run) runInFiles(slot *process.Slot, p *process.Program, o *Outcome) {
	var stderr string
	o.StdoutFile, stderr = r.plan.outputNames(o.Task)
	if p.Stdout, o.Err = open(o.StdoutFile, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC); o.Err != nil {
		return
	}
	defer unix.Close(p.Stdout)
	if p.Stderr, o.Err = open(stderr, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC); o.Err != nil {
		return
	}
	defer unix.Close(p.Stderr)
	o.Result = slot.Run(p)
	var st unix.Stat_t
	if unix.Fstat(p.Stderr, &st) == nil && st.Size == 0 {
		unix.Unlink(stderr) // most have nothing to say
	} else {
		o.StderrFile = stderr
	}
}

// runCaptured runs a program whose output is kept.
func (r *Run) runCaptured(slot *process.Slot, p *process.Program, o *Outcome) {
	var captures [2]*process.Capture
	for i := range captures {
		if captures[i], o.Err = process.NewCapture(r.plan.Keep, o.Task, i); o.Err != nil {
			return
		}
		defer captures[i].Close()
	}
	p.Stdout, p.Stderr = captures[0].FD(), captures[1].FD()
	o.Result = slot.Run(p, captures[:]...)
	o.Cut = 0
	for i := range captures {
		o.keep(captures[i], r.plan.Live != nil)
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
