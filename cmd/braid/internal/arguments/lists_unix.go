//go:build unix

package arguments

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/braid-compute/braid/internal/command/sweep"
)

// Flags say where arguments come from.
type Flags struct {
	files, globs, tables []string
	null                 bool
	stdin                bool // has been read
}

// Add adds the flags.
func (l *Flags) Add(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&l.files, "arg-file", "a", nil, "the lines of this `file` are a list; - is standard input; may be repeated")
	flags.StringArrayVar(&l.globs, "glob", nil, "the files that match this `pattern` are a list; may be repeated")
	flags.StringArrayVar(&l.tables, "csv", nil, "the columns of this CSV `file` are lists, zipped, and {name} is the one that its first line calls so; may be repeated")
	flags.BoolVarP(&l.null, "null", "0", false, "values of files and standard input end with a NUL byte, not with the line")
}

// Given reports whether there are lists by flags.
func (l *Flags) Given() bool { return len(l.files)+len(l.globs)+len(l.tables) > 0 }

// separators begin a list: of what kind, and whether it is zipped.
var separators = map[string]struct{ files, zip bool }{
	":::": {}, ":::+": {zip: true}, "::::": {files: true}, "::::+": {files: true, zip: true},
}

// Cut cuts the arguments of the command line into the command and the lists.
func Cut(args []string) (words, lists []string) {
	for i, a := range args {
		if _, ok := separators[a]; ok {
			return args[:i], args[i:]
		}
	}
	return args, nil
}

// Sweep puts all lists together.
func (l *Flags) Sweep(args []string) (*sweep.Sweep, error) {
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
func (l *Flags) addLists(s *sweep.Sweep, args []string) error {
	for len(args) > 0 {
		kind, name := separators[args[0]], args[0]
		values, rest := Cut(args[1:])
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
func (l *Flags) addFile(s *sweep.Sweep, name string, zip bool) error {
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
func (l *Flags) read(name string) (string, error) {
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
