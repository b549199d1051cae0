package braid

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/machine"
)

// Command is a program that is called like a function. Register it where package variables are initialised:
//
//	var simulate = braid.Command{Args: []string{"python3", "sim.py", "--rate", "{}"}}.Func("simulate")
//
// The result is what the program writes on its standard output, or in a file. Fields in braces stand for the arguments of the
// call: {} for the only one, {1}, {2} and so on for one of several, {/} and {1/} for its base name, {//} for its folder, {.} for it
// without its extension and {/.} for both; "{{" is a brace. Arguments reach the program byte for byte, whatever is in them.
//
// A program that ends with another exit code than 0, or by a signal, has failed: the error says so, with the command as a shell
// takes it and the last lines of its standard error. When the call is cancelled or outlives its [TimeLimit], all processes of
// the program's group get SIGTERM, and after a grace time SIGKILL; what is left of the group when the program has ended is killed.
// In a program started with [Main] or [TestMain] nothing of a command outlives the process that runs it either, however that ends; on Linux
// that holds for what has left the group, too, as daemons do, unless it emptied its environment.
//
// The variables OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, MKL_NUM_THREADS and BRAID_CORES tell the program how many cores the call
// has, see [Cores]. Commands run on Unix systems; elsewhere calls are refused.
type Command struct {
	// Args are the program and its arguments. A name without a slash is looked up in PATH; a relative path counts from the
	// folder of the process that runs the command, whatever Dir is.
	Args []string
	// Line is a command as one text, in place of Args. It is split into words as a shell would; if it holds syntax of a shell,
	// such as a pipe, it is run by sh -c, and even then no argument of a call is read as syntax.
	Line string
	// Env are variables as NAME=VALUE, in addition to those of this process or in their place. They may have fields.
	Env []string
	// Dir is the folder in which the program runs; it may have fields. "" means that of the process that runs the command.
	Dir string
	// Scratch lets each call run in an empty folder of its own, which is removed afterwards. It excludes Dir.
	Scratch bool
	// Stdin is the file that is the program's standard input, from the folder of the process that runs the command; it may have
	// fields. "" means that there is nothing to read.
	Stdin string
	// Result is the file whose content is the result, from the folder in which the program runs; it may have fields. "" means
	// that standard output is.
	Result string
	// MaxResult is how many bytes a result may have. 0 means 64 MiB. A program that gives more has failed.
	MaxResult int64
	// Grace is the time between SIGTERM and SIGKILL. 0 means 5 seconds.
	Grace time.Duration
}

const (
	defaultMaxResult = 64 << 20
	defaultGrace     = 5 * time.Second
)

// Func registers the command under a name, as [Func] does, as a function of one argument.
func (c Command) Func(name string) *Func1[string, []byte] {
	p := c.program(name, 1)
	fn := func(ctx context.Context, arg string) ([]byte, error) { return p.run(ctx, []string{arg}) }
	return commanded(p, name, fn)
}

// FuncN registers the command under a name, as [Func] does, as a function of n arguments: of a slice of that length.
func (c Command) FuncN(name string, n int) *Func1[[]string, []byte] {
	p := c.program(name, n)
	fn := func(ctx context.Context, args []string) ([]byte, error) {
		if len(args) != n {
			return nil, fmt.Errorf("it was given %d arguments: the command takes %d", len(args), n)
		}
		return p.run(ctx, args)
	}
	return commanded(p, name, fn)
}

func commanded[A any](p *programOf, name string, fn func(context.Context, A) ([]byte, error)) *Func1[A, []byte] {
	f := registerAs(commandKind, name, false, fn, implementation(fn), p.site)
	f.signature += " " + p.String() // another command is other work
	f.digests, f.readable = []func(any) ([]byte, error){argumentBytes[A]()}, readable[[]byte]()
	f.present = p.present
	return &Func1[A, []byte]{f: f}
}

// programOf is a command that was registered.
type programOf struct {
	c        Command
	template *command.Template
	env      []command.Text
	dir      command.Text
	stdin    command.Text
	result   command.Text
	site     graph.Site
	found    atomic.Bool // the program, once
}

// program checks a command of n arguments. It panics on misuse, as register does.
func (c Command) program(name string, n int) *programOf {
	pc, file, line, _ := runtime.Caller(2)
	p := &programOf{c: c, site: graph.Site{PC: pc, File: file, Line: line}}
	if p.c.MaxResult == 0 {
		p.c.MaxResult = defaultMaxResult
	}
	if p.c.Grace == 0 {
		p.c.Grace = defaultGrace
	}
	if err := p.parse(n); err != nil {
		panic(fmt.Sprintf("braid: command %q, registered at %s:%d: %v", name, file, line, err))
	}
	return p
}

func (p *programOf) parse(n int) (err error) {
	c := &p.c
	switch {
	case n < 0:
		return fmt.Errorf("it is to take %d arguments", n)
	case c.Line != "" && len(c.Args) > 0:
		return errors.New("the fields Args and Line exclude each other")
	case c.Dir != "" && c.Scratch:
		return errors.New("the fields Dir and Scratch exclude each other")
	case c.MaxResult < 0 || c.Grace < 0:
		return errors.New("the fields MaxResult and Grace must not be negative")
	case c.Line != "":
		p.template, err = command.Parse(c.Line, command.Auto)
	default:
		p.template, err = command.Argv(c.Args)
	}
	if err != nil {
		return err
	}
	in := command.Inputs{Lists: n}
	if err := p.template.Check(in); err != nil && !errors.Is(err, command.ErrNoField) { // it may stand elsewhere, or nowhere
		return err
	}
	texts := []*command.Text{&p.dir, &p.stdin, &p.result}
	p.dir, p.stdin, p.result = command.ParseText(c.Dir), command.ParseText(c.Stdin), command.ParseText(c.Result)
	p.env = make([]command.Text, len(c.Env))
	for k, v := range c.Env {
		if name, _, ok := strings.Cut(v, "="); !ok || name == "" || strings.Contains(v, "\x00") {
			return fmt.Errorf("the field Env[%d] is %q: want NAME=VALUE", k, v)
		}
		p.env[k] = command.ParseText(v)
		texts = append(texts, &p.env[k])
	}
	for _, t := range texts {
		if err := t.Check(in); err != nil {
			return err
		}
	}
	for _, word := range append([]string{c.Line, c.Dir, c.Stdin, c.Result}, append(c.Args, c.Env...)...) {
		if strings.Contains(word, "{#}") {
			return errors.New("{#} is the number of a task, which calls have none of: pass it as an argument")
		}
	}
	return nil
}

// String is what the command does, for digests and messages.
func (p *programOf) String() string {
	c := p.c
	return fmt.Sprintf("%q %q %q %q %v %q %q", c.Args, c.Line, c.Env, c.Dir, c.Scratch, c.Stdin, c.Result)
}

// present returns why the program cannot be run here, as far as that is known before it is.
func (p *programOf) present() error {
	if err := commandsRun; err != nil {
		return err
	}
	name, ok := p.template.Program()
	if !ok || p.found.Load() {
		return nil
	}
	_, err := findProgram(name)
	p.found.Store(err == nil)
	return err
}

// programCPU is how long programs that have ended have computed, in ns.
var programCPU atomic.Int64

// usedCPU returns how long this process and the programs that it ran have computed.
func usedCPU() time.Duration { return machine.ProcessCPU() + time.Duration(programCPU.Load()) }

// findProgram returns the absolute path of a program.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("the program %q is in no folder of PATH: install it, or give its path, as in ./%s: %w", name, name, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return "", fmt.Errorf("the program %q is not executable: make it so with chmod +x, or name the program that reads it: %w", name, err)
	}
	return "", fmt.Errorf("the program %q: %w", name, err)
}
