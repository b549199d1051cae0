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
	{"C", prepareC, func(ctx context.Context, c *braid.Client, strips [][]string) ([]string, error) {
		return texts(compiled.Map(ctx, c, strips).Gather(ctx))
	}},
	{"Python", preparePython, func(ctx context.Context, c *braid.Client, strips [][]string) ([]string, error) {
		return texts(python.Map(ctx, c, strips).Gather(ctx))
	}},
}

func prepareC(ctx context.Context, c *braid.Client, folder string) (string, error) {
	source, program := filepath.Join(folder, "integrate.c"), filepath.Join(folder, "integrate")
	if err := os.WriteFile(source, cSource, 0o600); err != nil {
		return "", err
	}
	_, err := braid.Submit(ctx, c, compile.Call(braid.V([]string{source, program}))).Get(ctx)
	return program, err
}

func preparePython(ctx context.Context, c *braid.Client, folder string) (string, error) {
	script := filepath.Join(folder, "integrate.py")
	if err := os.WriteFile(script, pythonSource, 0o600); err != nil {
		return "", err
	}
	_, err := braid.Submit(ctx, c, python.Call(braid.V([]string{script, "1", "0", "0"}))).Get(ctx) // says whether there is one
	return script, err
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
