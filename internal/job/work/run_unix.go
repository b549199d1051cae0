//go:build unix

package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
)

// Runner runs tasks. It may be used by several goroutines.
type Runner struct {
	Pool *process.Pool

	jobs cache
}

// Run runs a task, as often as it may be tried. That its program failed is no error; ctx ends it.
func (r *Runner) Run(ctx context.Context, t Task) (*Outcome, error) { return r.RunOn(ctx, t, nil) }

// RunOn is Run with the hosts of the nodes that the task has, the first of them this one.
func (r *Runner) RunOn(ctx context.Context, t Task, hosts []string) (*Outcome, error) {
	c, err := r.jobs.get(t.Folder)
	if err != nil {
		return nil, fmt.Errorf("what is to be run: %w", err)
	}
	if o := finished(t); o != nil {
		return o, nil
	}
	around, err := surroundingsOf(ctx, c, t, hosts)
	if err != nil {
		return nil, err
	}
	defer around.close()
	o := &Outcome{}
	for attempt := 1; ; attempt++ {
		if err := r.attempt(ctx, c, t, around.env, o); err != nil {
			return nil, err
		}
		o.Record.Task, o.Record.Attempts = int64(t.Number), attempt
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if o.Record.OK() || o.Record.Why == string(process.NotStarted) || attempt > c.Retries {
			return o, job.WriteEnd(t.Folder, &o.Record, o.Stdout, o.Stderr)
		}
	}
}

// finished returns how the task ended on another worker, if that could note it and then was lost.
func finished(t Task) *Outcome {
	r, stdout, stderr, err := job.ReadEnd(t.Folder, t.Number)
	if err != nil {
		return nil
	}
	return &Outcome{*r, stdout, stderr}
}

// attempt runs a task once. The error is that of files, of which another worker may know better.
func (r *Runner) attempt(ctx context.Context, c *job.Compiled, t Task, env []string, o *Outcome) error {
	*o = Outcome{}
	p, call, err := program(c, t.Number)
	if err != nil {
		o.notStarted(err)
		return nil
	}
	p.Env = replaced(p.Env, env)
	files, err := open(c, t)
	if err != nil {
		return err
	}
	defer files.close()
	p.Stdout, p.Stderr = files.descriptors[0], files.descriptors[1]
	stdin := call.Stdin
	if stdin == "" {
		stdin = os.DevNull
	}
	var res process.Result
	err = r.Pool.Do(ctx, c.Grace, func(slot *process.Slot) {
		began := time.Now()
		res = process.Result{Code: -1, Why: process.NotStarted, Began: began}
		var why process.Reason
		if p.Stdin, why, res.Err = slot.Open(stdin, p.Time); why != "" {
			res.Why, res.Wall = why, time.Since(began)
		}
		if p.Stdin < 0 {
			return
		}
		defer unix.Close(p.Stdin)
		if p.Time > 0 {
			p.Time = max(p.Time-time.Since(began), 1)
		}
		res = slot.Run(p, files.captures...)
		if res.Why == process.NotStarted {
			res.Err = p.Explain(res.Err)
		}
	})
	if err != nil {
		return err
	}
	o.take(&res)
	files.take(o)
	return nil
}

// program makes what is to be started of a task.
func program(c *job.Compiled, number int) (*process.Program, *job.Call, error) {
	call, err := c.Call(number)
	if err != nil {
		return nil, nil, err
	}
	if call.Path == "" {
		if call.Path, err = find(call.Argv[0], call.Env, string(c.Folder)); err != nil {
			return nil, nil, err
		}
	}
	return &process.Program{
		Path: call.Path, Argv: call.Argv, Env: call.Env, Dir: call.Dir, Time: c.Time, Grace: c.Grace, Memory: c.Limit,
	}, call, nil
}

// find returns the path of a program in an environment and a folder that are not this process's.
func find(name string, env []string, folder string) (string, error) {
	if strings.Contains(name, "/") {
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		return name, executable(name)
	}
	denied := ""
	for _, e := range env {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			if !filepath.IsAbs(dir) {
				continue // as LookPath of os/exec
			}
			file := filepath.Join(dir, name)
			switch err := executable(file); {
			case err == nil:
				return file, nil
			case errors.Is(err, fs.ErrPermission) && denied == "":
				denied = file
			}
		}
	}
	if denied != "" {
		return "", fmt.Errorf("%s is not executable; make it so with chmod +x", denied)
	}
	return "", fmt.Errorf("the program %q is in no folder of PATH; give its path, as in ./%s", name, name)
}

// executable returns why a file cannot be run.
func executable(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder: %w", file, syscall.EISDIR)
	case unix.Access(file, unix.X_OK) != nil:
		return fmt.Errorf("%s is not executable: %w", file, fs.ErrPermission)
	}
	return nil
}

// notStarted notes that the program could not be started, and leaves a word where people look.
func (o *Outcome) notStarted(err error) {
	o.take(&process.Result{Code: -1, Why: process.NotStarted, Err: err})
}

// take notes how the program ended.
func (o *Outcome) take(res *process.Result) {
	r := &o.Record
	r.Code, r.Signal, r.Why = res.Code, res.Signal, string(res.Why)
	r.Ended = time.Now().UnixMilli()
	r.Wall, r.CPU = res.Wall.Microseconds(), res.CPU.Microseconds()
	r.Peak, r.Read, r.Written = res.Peak, res.Read, res.Written
	if res.Err != nil {
		o.Stderr = fmt.Appendf(nil, "braid: the program could not be started: %v\n", res.Err)
	}
}
