package programs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/braid-compute/braid"
)

// language is one in which the integral is written.
type language struct {
	name string
	// prepare makes what is to be run in a folder, and returns its file.
	prepare func(ctx context.Context, c *braid.Client, folder string) (string, error)
	// submit runs the strips, whose arguments are the file, the size of the grid, the first row and that after the last.
	submit func(ctx context.Context, c *braid.Client, strips [][]string) ([]string, error)
}

var languages = []language{
	{"Go", func(context.Context, *braid.Client, string) (string, error) { return "", nil },
		func(ctx context.Context, c *braid.Client, strips [][]string) ([]string, error) {
			return plain.Map(ctx, c, strips).Gather(ctx)
		}},
	{"C", compiler(compileC, "integrate.c"), program(compiled)},
	{"Fortran", compiler(compileFortran, "integrate.f90"), program(compiled)},
	{"Python", interpreter(python, "integrate.py"), program(python)},
	{"Julia", interpreter(julia, "integrate.jl"), program(julia)},
}

// command is a function that runs a program.
type command = *braid.Func1[[]string, []byte]

// compiler prepares what it makes of a source.
func compiler(compile command, source string) func(context.Context, *braid.Client, string) (string, error) {
	return func(ctx context.Context, c *braid.Client, folder string) (string, error) {
		file, err := unpack(folder, source)
		if err != nil {
			return "", err
		}
		program := file + ".program"
		_, err = braid.Submit(ctx, c, compile.Call(braid.V([]string{file, program}))).Get(ctx)
		return program, err
	}
}

// interpreter prepares a source that it runs as it is.
func interpreter(run command, source string) func(context.Context, *braid.Client, string) (string, error) {
	return func(ctx context.Context, c *braid.Client, folder string) (string, error) {
		file, err := unpack(folder, source)
		if err != nil {
			return "", err
		}
		_, err = braid.Submit(ctx, c, run.Call(braid.V([]string{file, "1", "0", "0"}))).Get(ctx) // says whether there is one
		return file, err
	}
}

// unpack writes a source into a folder.
func unpack(folder, source string) (file string, err error) {
	text, err := sources.ReadFile("source/" + source)
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, source)
	return file, os.WriteFile(file, text, 0o600)
}

// program runs a program for each strip.
func program(run command) func(context.Context, *braid.Client, [][]string) ([]string, error) {
	return func(ctx context.Context, c *braid.Client, strips [][]string) ([]string, error) {
		return texts(run.Map(ctx, c, strips).Gather(ctx))
	}
}

func texts(outputs [][]byte, err error) ([]string, error) {
	lines := make([]string, len(outputs))
	for k, out := range outputs {
		lines[k] = strings.TrimSpace(string(out))
	}
	return lines, err
}

// integrate sums up the lower half of a grid in so many strips.
func (l language) integrate(ctx context.Context, c *braid.Client, file string, n, count int) (total float64, err error) {
	all := make([][]string, count)
	for k := range all {
		first, last := n/2*k/count, n/2*(k+1)/count
		all[k] = []string{file, strconv.Itoa(n), strconv.Itoa(first), strconv.Itoa(last)}
	}
	parts, err := l.submit(ctx, c, all)
	if err != nil {
		return 0, err
	}
	for k, text := range parts {
		part, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, fmt.Errorf("strip %d of %d: the program printed no number: %w", k, count, err)
		}
		total += part
	}
	return total, nil
}
