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
		if p.Stdin, o.Err = open(j.stdin, unix.O_RDONLY); o.Err != nil {
			return
		}
		defer unix.Close(p.Stdin)
	}
	if r.plan.Files != "" {
		r.runInFiles(slot, &p, o)
	} else {
		r.runCaptured(slot, &p, o)
	}
	if o.Err != nil && o.Began.IsZero() {
		return
	}
	o.explain(&p)
	r.counts.busy.Add(int64(o.Wall))
	r.counts.cpu.Add(int64(o.CPU))
}

// explain says more about a program that was found and could not be started.
func (o *Outcome) explain(p *process.Program) {
	if o.Why != process.NotStarted {
		return
	}
	if p.Dir != "" {
		if info, err := os.Stat(p.Dir); err != nil {
			o.Err = fmt.Errorf("the folder to run in: %w", err)
			return
		} else if !info.IsDir() {
			o.Err = fmt.Errorf("the folder to run in: %s is a file", p.Dir)
			return
		}
	}
	switch o.Err {
	case unix.ENOEXEC:
		o.Err = fmt.Errorf("%s is no program that this system runs: %w; a script begins with a line such as #!/bin/sh", p.Path, o.Err)
	case unix.ENOENT:
		o.Err = fmt.Errorf("%s, or the interpreter that its first line names, is not there: %w", p.Path, o.Err)
	case unix.E2BIG:
		o.Err = fmt.Errorf("the arguments and the environment are larger than this system allows: %w; pass the data in a file", o.Err)
	}
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
	for i, data := range []*[]byte{&o.Stdout, &o.Stderr} {
		var cut int64
		var err error
		if *data, cut, err = captures[i].Take(); err == nil && r.plan.Live != nil {
			o.Rest[i], err = captures[i].Lines(true)
		}
		if err != nil && o.Err == nil {
			o.Err = fmt.Errorf("read its output: %w", err)
		}
		o.Cut += cut
	}
}

// now is the time in a record.
func now() int64 { return time.Now().UnixMilli() }
