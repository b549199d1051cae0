//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/command/sweep"
)

// listFlags say where arguments come from.
type listFlags struct {
	files, globs, tables []string
	null                 bool
	stdin                bool // has been read
}

func (l *listFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&l.files, "arg-file", "a", nil, "the lines of this `file` are a list; - is standard input; may be repeated")
	flags.StringArrayVar(&l.globs, "glob", nil, "the files that match this `pattern` are a list; may be repeated")
	flags.StringArrayVar(&l.tables, "csv", nil, "the columns of this CSV `file` are lists, zipped, and {name} is the one that its first line calls so; may be repeated")
	flags.BoolVarP(&l.null, "null", "0", false, "values of files and standard input end with a NUL byte, not with the line")
}

// separators begin a list: of what kind, and whether it is zipped.
var separators = map[string]struct{ files, zip bool }{
	":::": {}, ":::+": {zip: true}, "::::": {files: true}, "::::+": {files: true, zip: true},
}

// cutLists cuts the arguments of the command line into the command and the lists.
func cutLists(args []string) (words, lists []string) {
	for i, a := range args {
		if _, ok := separators[a]; ok {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

// sweep puts all lists together.
func (l *listFlags) sweep(args []string) (*sweep.Sweep, error) {
	s := &sweep.Sweep{}
	for _, name := range l.files {
		if err := l.addFile(s, name, false); err != nil {
			return nil, err
		}
	}
	for _, pattern := range l.globs {
		names, err := filepath.Glob(pattern)
		if err == nil && len(names) == 0 {
			err = errors.New("no file matches; put the pattern between quotes, or the shell reads it first")
		}
		if err == nil {
			err = s.Add(names)
		}
		if err != nil {
			return nil, fmt.Errorf("--glob %s: %w", pattern, err)
		}
	}
	for _, name := range l.tables {
		text, err := l.read(name)
		var table sweep.Table
		if err == nil {
			table, err = sweep.ReadCSV(strings.NewReader(text))
		}
		if err == nil {
			err = s.AddTable(table)
		}
		if err != nil {
			return nil, fmt.Errorf("--csv %s: %w", name, err)
		}
	}
	if err := l.addLists(s, args); err != nil {
		return nil, err
	}
	if s.Lists() > 0 {
		return s, nil
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, errors.New("there are no arguments; give them after :::, as in ::: 1 2 3, or on standard input")
	}
	return s, l.addFile(s, "-", false)
}

// addLists adds what stands after the command.
func (l *listFlags) addLists(s *sweep.Sweep, args []string) error {
	for len(args) > 0 {
		kind, name := separators[args[0]], args[0]
		values, rest := cutLists(args[1:])
		args = rest
		if !kind.files {
			add := s.Add
			if kind.zip {
				add = s.Zip
			}
			if err := add(values); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if len(values) == 0 {
			return fmt.Errorf("%s names no file; write the files that hold lists after it", name)
		}
		for _, file := range values {
			if err := l.addFile(s, file, kind.zip); err != nil {
				return err
			}
		}
	}
	return nil
}

// addFile adds the list in a file.
func (l *listFlags) addFile(s *sweep.Sweep, name string, zip bool) error {
	text, err := l.read(name)
	if err != nil {
		return err
	}
	separator := byte('\n')
	if l.null {
		separator = 0
	}
	add := s.Add
	if zip {
		add = s.Zip
	}
	if err := add(sweep.Split(text, separator)); err != nil {
		if !l.null && strings.IndexByte(text, 0) >= 0 {
			err = errors.New("it holds NUL bytes; with -0 these separate values")
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// read returns the text of a file, or of standard input for "-".
func (l *listFlags) read(name string) (string, error) {
	if name != "-" {
		text, err := os.ReadFile(name)
		return string(text), err
	}
	if l.stdin {
		return "", errors.New("standard input is named twice, and can be read once")
	}
	l.stdin = true
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return string(text), nil
}

// check refuses flags that do not go together.
func (f *mapFlags) check(json bool) error {
	for _, c := range []struct {
		wrong        bool
		what, remedy string
	}{
		{f.live && f.output != "", "--live and --output", "files can be followed by tail -f"},
		{f.live && f.keepOrder, "--live and --keep-order", "lines that are printed as they come have no order"},
		{f.live && f.ndjson, "--live and --ndjson", "leave one out"},
		{f.live && json, "--live and --json", "leave one out"},
		{f.ndjson && json, "--ndjson and --json", "leave one out"},
		{f.dryRun && (json || f.ndjson), "--dry-run and JSON", "it prints commands, one a line"},
		{f.journal == "" && f.rerun, "--rerun without --journal", "without a journal everything is run"},
		{f.journal == "" && len(f.inputs) > 0, "--input without --journal", "without a journal everything is run"},
	} {
		if c.wrong {
			return usageError{c.what + " do not go together", c.remedy}
		}
	}
	return nil
}

// plan makes a plan out of flags and arguments.
func (f *mapFlags) plan(cmd *cobra.Command, args []string, argv bool) (p *batch.Plan, err error) {
	if err := within("slots", f.slots, batch.MaxSlots, "each slot is a program that runs"); err != nil {
		return nil, err
	}
	if f.retries < 0 || f.time < 0 || f.grace < 0 {
		return nil, usageError{"--retries, --time or --grace is negative", "give 0 or more"}
	}
	p = &batch.Plan{
		Slots: f.slots, Retries: f.retries, Time: f.time, Grace: f.grace, KeepOrder: f.keepOrder,
		Environ: os.Environ(), Files: f.output, Rerun: f.rerun, Content: f.compare == "content",
	}
	if f.compare != "content" && f.compare != "time" {
		return nil, unknown("comparison", f.compare, []string{"time", "content"})
	}
	if p.Halt, err = batch.ParseHalt(f.halt); err != nil {
		return nil, mapError{fmt.Errorf("--halt: %w", err)}
	}
	if p.Keep, err = parseSize("keep-output", f.keep); err != nil {
		return nil, err
	}
	if f.memory != "" {
		if p.Memory, err = parseSize("memory", f.memory); err != nil {
			return nil, err
		}
	}
	if err := f.texts(p); err != nil {
		return nil, err
	}
	words, lists := cutLists(args)
	mode := command.Auto
	if cmd.Flags().Changed("shell") {
		mode = command.Never
		if f.shell {
			mode = command.Always
		}
	}
	if p.Template, err = template(words, argv, mode); err != nil {
		return nil, mapError{err}
	}
	if p.Sweep, err = f.lists.sweep(lists); err != nil {
		return nil, mapError{err}
	}
	return p, nil
}

// texts takes over the flags that may have fields.
func (f *mapFlags) texts(p *batch.Plan) error {
	for _, e := range f.env {
		name, value, ok := strings.Cut(e, "=")
		if !ok || name == "" {
			return usageError{fmt.Sprintf("--env %s names no value", e), "write NAME=VALUE"}
		}
		p.Env = append(p.Env, batch.Variable{Name: name, Value: command.ParseText(value)})
	}
	if f.cwd != "" {
		t := command.ParseText(f.cwd)
		p.Dir = &t
	}
	if f.stdin != "" {
		t := command.ParseText(f.stdin)
		p.Stdin = &t
	}
	for _, name := range f.inputs {
		p.Inputs = append(p.Inputs, command.ParseText(name))
	}
	return nil
}

// template makes the command out of its words: one word is a text to be split, unless it stands after "--".
func template(words []string, argv bool, mode command.Mode) (*command.Template, error) {
	switch {
	case len(words) == 0:
		return nil, errors.New(`there is no command; write it before the lists, as in braid map 'sim {}' ::: 1 2 3`)
	case len(words) == 1 && !argv:
		return command.Parse(words[0], mode)
	case mode == command.Always:
		return nil, errors.New("--shell takes the command as one text; put it between quotes")
	}
	return command.Argv(words)
}

// parseSize reads a number of bytes with a unit, as in 512M.
func parseSize(flag, text string) (int64, error) {
	number := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	shift := 0
	if i := slices.Index([]byte("KMGT"), last(number)); i >= 0 {
		shift, number = 10*(i+1), number[:len(number)-1]
	}
	v, err := strconv.ParseFloat(number, 64)
	bytes := math.Ldexp(v, shift)
	if err != nil || !(bytes >= 1) || bytes > 1<<60 {
		return 0, usageError{fmt.Sprintf("--%s=%s is no number of bytes", flag, text), "write it as in 800K, 512M or 1.5G, in powers of 1024"}
	}
	return int64(bytes), nil
}

// last is the last byte of a text, or 0.
func last(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}
