//go:build unix

package batch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/command/sweep"
)

// Plan is what is to be run, and how.
type Plan struct {
	Template *command.Template
	Sweep    *sweep.Sweep

	Slots     int           // programs that run at once
	Retries   int           // further attempts at a task that failed
	Time      time.Duration // that an attempt may take; 0: any
	Grace     time.Duration // between SIGTERM and SIGKILL
	Memory    int64         // bytes that each process may have; 0: any
	Halt      Halt
	KeepOrder bool // Ended is called in the order of tasks

	Environ []string // the environment of all tasks
	Env     []Variable
	Dir     *command.Text  // the folder a task runs in; nil for that of this process
	Stdin   *command.Text  // the file it reads; nil for none
	Inputs  []command.Text // files whose change makes a task run again
	Content bool           // a file has changed if its content has, not its size or time

	Files string // folder for a file of output per task and stream; "" to capture output
	Keep  int64  // bytes kept of each captured stream

	Archive *archive.Archive // nil for none
	Rerun   bool             // also run what it says is done

	Live  func(task int64, stream int, lines []byte) // gets lines while programs run; may be nil
	Ended func(*Outcome) error                       // gets each task that ended; what it returns stops the run
	Guard func(*process.Table) (io.Closer, error)    // starts a guard; may be nil
	Adopt bool                                       // also what left the group of a task ends with it; for a process that does nothing else
}

// Variable is an entry of the environment.
type Variable struct {
	Name  string
	Value command.Text
}

// Outcome says what came of a task.
type Outcome struct {
	Task     int64 // from 1 on
	Args     []string
	Earlier  bool // it was done in an earlier run, and only its output is known
	Attempts int
	process.Result

	Stdout, Stderr []byte    // captured
	Cut            int64     // bytes of them that were not kept
	Rest           [2][]byte // with Live: what of both was not given yet
	StdoutFile     string    // with Files
	StderrFile     string    // "" if nothing was written
}

// ProgramError is the error of a program that cannot be run.
type ProgramError struct {
	Program string
	Err     error
}

func (e *ProgramError) Error() string {
	what := e.Err.Error()
	switch {
	case errors.Is(e.Err, exec.ErrNotFound):
		what = "it is in no folder of PATH; give its path, as in ./" + e.Program
	case errors.Is(e.Err, fs.ErrNotExist):
		what = "there is no such file"
	case errors.Is(e.Err, fs.ErrPermission):
		what = fmt.Sprintf("the file is not executable; make it so with \"chmod +x %s\", or name the program that reads it", e.Program)
	case errors.Is(e.Err, syscallIsDir):
		what = "it is a folder"
	}
	return fmt.Sprintf("cannot run %q: %s", e.Program, what)
}

func (e *ProgramError) Unwrap() error { return e.Err }

// programs remembers where programs are.
type programs map[string]string

// find returns the absolute path of a program.
func (p programs) find(name string) (string, error) {
	if path, ok := p[name]; ok {
		return path, nil
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		var lookup *exec.Error
		if errors.As(err, &lookup) {
			err = lookup.Err
		}
		return "", &ProgramError{name, err}
	}
	p[name] = path
	return path, nil
}

// check reports what keeps the plan from being run at all.
func (r *Run) check() error {
	p := &r.plan
	in := command.Inputs{Lists: p.Sweep.Lists(), Names: p.Sweep.Names()}
	differs := false // something else than the command does, from task to task
	texts := []*command.Text{p.Dir, p.Stdin}
	for i := range p.Env {
		texts = append(texts, &p.Env[i].Value)
	}
	for i, t := range append(texts, inputs(p)...) {
		if t == nil {
			continue
		}
		if err := t.Check(in); err != nil {
			return err
		}
		differs = differs || i < len(texts) && t.HasFields()
	}
	if err := p.Template.Check(in); err != nil && !(differs && errors.Is(err, command.ErrNoField)) {
		return err
	}
	if name, ok := p.Template.Program(); ok {
		_, err := r.programs.find(name)
		return err
	}
	for i := range p.Sweep.Tasks() {
		if _, err := r.programs.find(p.Template.Expand(command.Task{Number: i + 1, Args: p.Sweep.Args(i)})[0]); err != nil {
			return fmt.Errorf("task %d: %w", i+1, err)
		}
	}
	return nil
}

// inputs are the names of the input files.
func inputs(p *Plan) (texts []*command.Text) {
	for i := range p.Inputs {
		texts = append(texts, &p.Inputs[i])
	}
	return texts
}

// folder makes the folder for files of output.
func (p *Plan) folder() error {
	if p.Files == "" {
		return nil
	}
	return os.MkdirAll(p.Files, 0o777)
}
