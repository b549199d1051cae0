//go:build unix

package jobs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/arguments"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/command/sweep"
	"github.com/braid-compute/braid/internal/job"
)

// specs makes jobs of flags and arguments.
func (f *submitFlags) specs(cmd *cobra.Command, args []string) ([]*job.Spec, error) {
	if f.file != "" {
		return f.fromFile(cmd, args)
	}
	s, err := f.spec(cmd, args)
	if err != nil {
		if coded, ok := errors.AsType[console.UsageError](err); ok {
			return nil, coded
		}
		return nil, submitError{err}
	}
	return []*job.Spec{s}, nil
}

// spec makes a job of flags and arguments.
func (f *submitFlags) spec(cmd *cobra.Command, args []string) (*job.Spec, error) {
	s, err := f.basis()
	if err != nil {
		return nil, err
	}
	words, lists := arguments.Cut(args)
	if len(words) == 0 {
		return nil, errors.New("there is no command; write it after --, as in braid submit -- ./sim 7")
	}
	if err := f.arguments(s, lists); err != nil {
		return nil, err
	}
	f.command(cmd, s, words)
	return s, readyJob(s)
}

// command takes over the command.
func (f *submitFlags) command(cmd *cobra.Command, s *job.Spec, words []string) {
	if len(words) > 1 || cmd.ArgsLenAtDash() == 0 {
		s.Words = job.Texts(words)
		return
	}
	s.Line = job.Text(words[0])
	if cmd.Flags().Changed("shell") {
		s.Shell = "never"
		if f.shell {
			s.Shell = "always"
		}
	}
}

// basis makes a job without a command.
func (f *submitFlags) basis() (s *job.Spec, err error) {
	s = &job.Spec{
		Version: job.SpecVersion, Name: f.name, Env: job.Texts(os.Environ()), Dir: job.Text(f.cwd), Stdin: job.Text(f.stdin), Output: job.Text(f.output),
		Needs: job.Needs{Cores: f.cpus, GPUs: f.gpus, Nodes: f.nodes}, Time: f.time, Grace: f.grace, Retries: f.retries,
	}
	if f.nodes < 1 {
		return nil, console.Usage(fmt.Sprintf("--nodes=%d is impossible", f.nodes), fmt.Sprintf("give a number from 1 to %d", job.MostNodes))
	}
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s.Folder = job.Text(folder)
	for _, size := range []struct {
		flag, text string
		to         *int64
	}{{"mem", f.mem, &s.Needs.Memory}, {"mem-limit", f.limit, &s.Limit}, {"keep-output", f.keep, &s.Keep}} {
		if size.text == "" {
			continue
		}
		if *size.to, err = console.ParseSize(size.flag, size.text); err != nil {
			return nil, err
		}
	}
	for _, r := range f.resources {
		name, text, _ := strings.Cut(r, "=")
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || name == "" {
			return nil, console.Usage(fmt.Sprintf("--resources: %q is no name and amount", r), "write them as in license=1")
		}
		if s.Needs.Resources == nil {
			s.Needs.Resources = map[string]float64{}
		}
		s.Needs.Resources[name] = n
	}
	for _, v := range f.env {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, console.Usage(fmt.Sprintf("--env %s names no value", v), "write NAME=VALUE")
		}
		s.Vars = append(s.Vars, job.Variable{Name: name, Value: job.Text(value)})
	}
	return s, nil
}

// arguments takes over the array and the lists.
func (f *submitFlags) arguments(s *job.Spec, lists []string) error {
	if f.array != "" {
		s.Lists = append(s.Lists, job.Arguments{Array: f.array})
	}
	if len(lists) == 0 && !f.lists.Given() {
		return nil
	}
	sw, err := f.lists.Sweep(lists)
	if err != nil {
		return err
	}
	s.Lists = append(s.Lists, argumentsOf(sw)...)
	return nil
}

// argumentsOf makes lists of a job of a sweep's.
func argumentsOf(sw *sweep.Sweep) (list []job.Arguments) {
	for _, t := range sw.Tables() {
		a := job.Arguments{Names: t.Names}
		for _, c := range t.Columns {
			a.Columns = append(a.Columns, job.Texts(c))
		}
		list = append(list, a)
	}
	return list
}

// readyJob finds what is wrong with a job before it is submitted, and where its program is.
func readyJob(s *job.Spec) error {
	if s.Name == "" {
		s.Name = s.Title()
	}
	if err := s.Check(); err != nil {
		return err
	}
	c, err := s.Compile()
	if err != nil {
		return err
	}
	if err := c.CheckFields(); err != nil {
		return err
	}
	if err := findProgram(s, c); err != nil {
		return err
	}
	if dir := command.ParseText(string(s.Dir)); s.Dir != "" && !dir.HasFields() {
		path := dir.Expand(command.Task{})
		if !filepath.IsAbs(path) {
			path = filepath.Join(string(s.Folder), path)
		}
		if info, err := os.Stat(path); err != nil {
			return fmt.Errorf("the folder to run in: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("the folder to run in: %s is a file", path)
		}
	}
	if s.Output != "" {
		stdout, _ := s.OutputNames(1)
		return os.MkdirAll(filepath.Dir(stdout), 0o777)
	}
	return nil
}

// findProgram finds the program, or those that tasks have of their own.
func findProgram(s *job.Spec, c *job.Compiled) error {
	if name, ok := c.Template.Program(); ok {
		path, err := lookUp(name)
		s.Program = job.Text(path)
		return err
	}
	known := map[string]bool{}
	for n := range c.Tasks() {
		name := c.Template.Expand(c.Task(n + 1))[0]
		if known[name] {
			continue
		}
		if _, err := lookUp(name); err != nil {
			return fmt.Errorf("task %d: %w", n+1, err)
		}
		known[name] = true
	}
	return nil
}

// lookUp returns the absolute path of a program.
func lookUp(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		if lookup, ok := errors.AsType[*exec.Error](err); ok {
			err = lookup.Err
		}
		return "", &batch.ProgramError{Program: name, Err: err}
	}
	return path, nil
}
