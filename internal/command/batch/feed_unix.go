//go:build unix

package batch

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/command/process"
)

// syscallIsDir is what looking for a program says of a folder.
const syscallIsDir = syscall.EISDIR

// job is a task that is to be run.
type job struct {
	task  int64
	args  []string
	path  string
	argv  []string
	env   []string
	dir   string
	stdin string
	key   journal.Key
}

// feeder makes tasks out of the plan, in their order. One goroutine uses it.
type feeder struct {
	*Run
	environ []string // of all tasks
	folder  string   // in which this process is
	seen    map[journal.Key]uint32
	inputs  map[string]string // what is known of files
	key     []string          // room for the parts of a key
}

func (r *Run) newFeeder() (*feeder, error) {
	f := &feeder{Run: r, seen: map[journal.Key]uint32{}, inputs: map[string]string{}}
	own := map[string]bool{taskVariable: true, slotVariable: true}
	for _, v := range r.plan.Env {
		own[v.Name] = true
	}
	for _, e := range r.plan.Environ {
		if name, _, _ := strings.Cut(e, "="); !own[name] {
			f.environ = append(f.environ, e)
		}
	}
	var err error
	f.folder, err = os.Getwd()
	return f, err
}

// The variables that a task finds in its environment.
const (
	taskVariable = "BRAID_TASK"
	slotVariable = "BRAID_SLOT"
)

// feed hands all tasks out, until the run stops.
func (f *feeder) feed() {
	defer close(f.jobs)
	for i := range f.plan.Sweep.Tasks() {
		j, earlier, err := f.make(i)
		o := &Outcome{Task: j.task, Args: j.args, Attempts: 1, Result: process.Result{Code: -1, Why: process.NotStarted, Err: err}}
		switch {
		case earlier != nil:
			o.Attempts, o.Result, o.Earlier = 0, process.Result{}, true
			if !f.report(message{outcome: o, job: j, output: *earlier}) {
				return
			}
		case err != nil:
			if !f.report(message{outcome: o, job: j}) {
				return
			}
		default:
			select {
			case f.jobs <- j:
			case <-f.stopping:
				return
			}
		}
	}
}

// report hands a message to the collector, unless the run stops.
func (f *feeder) report(m message) bool {
	f.settle(&m)
	select {
	case f.messages <- m:
		return true
	case <-f.stopping:
		return false
	}
}

// make makes the task with an index from 0 on, and says what is known of it from an earlier run. The error is the task's.
func (f *feeder) make(index int64) (j *job, earlier *journal.Output, err error) {
	p := &f.plan
	t := command.Task{Number: index + 1, Args: p.Sweep.Args(index)}
	j = &job{task: t.Number, args: t.Args, argv: p.Template.Expand(t)}
	j.env = make([]string, len(f.environ), len(f.environ)+len(p.Env)+2)
	copy(j.env, f.environ)
	for _, v := range p.Env {
		j.env = append(j.env, v.Name+"="+v.Value.Expand(t))
	}
	if p.Dir != nil {
		j.dir = p.Dir.Expand(t)
	}
	if p.Stdin != nil {
		j.stdin = p.Stdin.Expand(t)
	}
	if p.Archive != nil {
		if j.key, err = f.keyOf(j, t); err != nil {
			return j, nil, err
		}
		if out, ok := p.Archive.Done(j.key); ok && !p.Rerun {
			return j, &out, nil
		}
	}
	j.env = append(j.env, taskVariable+"="+strconv.FormatInt(j.task, 10))
	for _, s := range j.env[len(f.environ):] {
		if strings.IndexByte(s, 0) >= 0 {
			return j, nil, errors.New("a variable of its environment holds a NUL byte")
		}
	}
	if j.path, err = f.programs.find(j.argv[0]); err != nil {
		return j, nil, err
	}
	return j, nil, nil
}

// keyOf makes the key of a task: command, variables that were given, folder, and the state of its input files. Equal tasks
// of a run are told apart by counting them.
func (f *feeder) keyOf(j *job, t command.Task) (journal.Key, error) {
	k := append(f.key[:0], "braid map", strconv.Itoa(len(j.argv)))
	k = append(k, j.argv...)
	k = append(k, strconv.Itoa(len(j.env)-len(f.environ)))
	k = append(k, j.env[len(f.environ):]...)
	k = append(k, f.folder, j.dir, j.stdin)
	files := make([]string, 0, len(f.plan.Inputs)+1)
	for _, text := range f.plan.Inputs {
		files = append(files, text.Expand(t))
	}
	if j.stdin != "" {
		files = append(files, j.stdin)
	}
	for _, name := range files {
		state, err := f.state(name)
		if err != nil {
			return journal.Key{}, fmt.Errorf("input file: %w", err)
		}
		k = append(k, name, state)
	}
	f.key = k
	base := journal.NewKey(k...)
	n := f.seen[base]
	f.seen[base] = n + 1
	return base.Copy(n), nil
}

// state tells one state of a file from another.
func (f *feeder) state(name string) (string, error) {
	if s, ok := f.inputs[name]; ok {
		return s, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	s := fmt.Sprintf("%d bytes of %d", info.Size(), info.ModTime().UnixNano())
	if f.plan.Content {
		if s, err = digest(name); err != nil {
			return "", err
		}
	}
	f.inputs[name] = s
	return s, nil
}

func digest(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return string(h.Sum(nil)), nil
}

// outputNames are the files for the output of a task.
func (p *Plan) outputNames(task int64) (stdout, stderr string) {
	name := filepath.Join(p.Files, strconv.FormatInt(task, 10))
	return name + ".out", name + ".err"
}
