//go:build unix

package braid

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/par"
)

// commandsRun says why commands cannot be run on this system.
var commandsRun error

// run runs the program once.
func (p *programOf) run(ctx context.Context, args []string) (result []byte, err error) {
	task := command.Task{Args: args}
	argv := p.template.Expand(task)
	for _, a := range argv {
		if strings.Contains(a, "\x00") {
			return nil, fmt.Errorf("an argument holds a NUL byte, which no program can be given: %s", command.Quote(argv))
		}
	}
	r := process.Program{Argv: argv, Env: p.environment(ctx, task), Dir: p.dir.Expand(task), Grace: p.c.Grace}
	if r.Path, err = findProgram(argv[0]); err != nil {
		return nil, err
	}
	if p.c.Scratch {
		if r.Dir, err = os.MkdirTemp("", "braid-command-"); err != nil {
			return nil, fmt.Errorf("a folder to run in: %w", err)
		}
		defer func() {
			if e := os.RemoveAll(r.Dir); e != nil && err == nil {
				err = fmt.Errorf("remove the folder that the program ran in: %w", e)
			}
		}()
	}
	out, err := runCaptured(ctx, &r, p.stdin.Expand(task), p.c.MaxResult)
	if err != nil {
		return nil, err
	}
	if file := p.result.Expand(task); file != "" {
		if !filepath.IsAbs(file) {
			file = filepath.Join(r.Dir, file)
		}
		return p.read(file, argv)
	}
	if out.cut > 0 {
		return nil, fmt.Errorf("the program wrote %d bytes more than MaxResult, %d, allows: raise it, or let the program write a file and return its name: %s",
			out.cut, p.c.MaxResult, command.Quote(argv))
	}
	return out.stdout, nil
}

// read returns the content of the file that is the result.
func (p *programOf) read(file string, argv []string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the program succeeded, and its result is not there: %w: %s", err, command.Quote(argv))
	case info.Size() > p.c.MaxResult:
		return nil, fmt.Errorf("the result, %s, has %d bytes, and MaxResult allows %d: %s", file, info.Size(), p.c.MaxResult, command.Quote(argv))
	}
	return os.ReadFile(file)
}

// threadVariables tell programs how many cores they have.
var threadVariables = [...]string{"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BRAID_CORES"}

// environment returns the program's: that of this process, the cores of the call, and what the command says; each name once,
// because programs differ in which of two they take.
func (p *programOf) environment(ctx context.Context, task command.Task) []string {
	cores := 1
	if b, ok := ctx.Value(par.BudgetKey{}).(*par.Budget); ok {
		cores = b.Cores()
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { // a program of braid's must not write into this one's file
		return strings.HasPrefix(v, "BRAID_EVENTS=") || strings.HasPrefix(v, "BRAID_SPANS=")
	})
	for _, name := range threadVariables {
		env = append(env, name+"="+strconv.Itoa(cores))
	}
	env = append(env, gangVariables(ctx)...)
	for _, v := range p.env {
		env = append(env, v.Expand(task))
	}
	last := make(map[string]int, len(env))
	for k, v := range env {
		name, _, _ := strings.Cut(v, "=")
		last[name] = k
	}
	n := 0
	for k, v := range env {
		if name, _, _ := strings.Cut(v, "="); last[name] == k {
			env[n] = v
			n++
		}
	}
	return env[:n]
}

// programError says how a program failed.
func programError(ctx context.Context, r *process.Program, res *process.Result, stderr []byte) error {
	shown := command.Quote(r.Argv)
	if r.Dir != "" {
		shown = "cd " + command.Quote([]string{r.Dir}) + " && " + shown
	}
	switch {
	case res.Why == process.NotStarted:
		return fmt.Errorf("the program could not be started: %w: %s", startError(r, res.Err), shown)
	case ctx.Err() != nil:
		return fmt.Errorf("the program was stopped: %w: %s%s", context.Cause(ctx), shown, lastLines(stderr))
	case res.Signal != 0:
		return fmt.Errorf("the program was ended by %s: %s%s", process.SignalName(res.Signal), shown, lastLines(stderr))
	}
	return fmt.Errorf("the program ended with exit code %d: %s%s", res.Code, shown, lastLines(stderr))
}

// startError says more about what the kernel refused.
func startError(r *process.Program, err error) error {
	if info, e := os.Stat(r.Dir); r.Dir != "" && e != nil {
		return fmt.Errorf("the folder to run in: %w", e)
	} else if r.Dir != "" && !info.IsDir() {
		return fmt.Errorf("the folder to run in is a file: %w", err)
	}
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		return fmt.Errorf("%s is no program that this system runs; a script begins with a line such as #!/bin/sh: %w", r.Path, err)
	case errors.Is(err, syscall.ENOENT):
		return fmt.Errorf("%s, or the interpreter that its first line names, is not there: %w", r.Path, err)
	case errors.Is(err, syscall.E2BIG):
		return fmt.Errorf("the arguments and the environment are larger than this system allows; pass the data in a file: %w", err)
	}
	return err
}

// mostLines and mostTail bound what an error shows of a standard error.
const (
	mostLines = 10
	mostTail  = 2 << 10
)

// lastLines returns the last lines of a text as a part of an error.
func lastLines(text []byte) string {
	s := strings.TrimRight(strings.ToValidUTF8(string(text), "\uFFFD"), "\n")
	if s == "" {
		return ""
	}
	cut := false
	if len(s) > mostTail {
		s, cut = strings.ToValidUTF8(s[len(s)-mostTail:], ""), true
	}
	lines := strings.Split(s, "\n")
	if len(lines) > mostLines {
		lines, cut = lines[len(lines)-mostLines:], true
	}
	what := "it wrote on standard error"
	if cut {
		what = "the last that it wrote on standard error"
	}
	return "\n" + what + ":\n  " + strings.Join(lines, "\n  ")
}
