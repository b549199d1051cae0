//go:build unix

package jobs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/jobfile"
)

// besideFile are the flags that go together with --file: all others are about one job.
var besideFile = []string{"file", "address", "after", "wait", "dry-run", "json", "help"}

// fromFile makes the jobs of a file.
func (f *submitFlags) fromFile(cmd *cobra.Command, args []string) ([]*job.Spec, error) {
	if len(args) > 0 {
		return nil, console.Usage("--file and a command do not go together", "write the command into the file, or leave --file out")
	}
	var wrong error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if !slices.Contains(besideFile, flag.Name) && wrong == nil {
			wrong = console.Usage(fmt.Sprintf("--file and --%s do not go together", flag.Name), remedyInFile(flag.Name))
		}
	})
	if wrong != nil {
		return nil, wrong
	}
	data, err := readJobFile(f.file)
	if err != nil {
		return nil, submitError{err}
	}
	file, err := jobfile.Parse(data)
	if file == nil {
		return nil, submitError{inFile(f.file, err)}
	}
	around, err := f.basis()
	if err != nil {
		return nil, submitError{err}
	}
	if file.Name == "" {
		file.Name = groupName(f.file)
	}
	specs, err := file.Specs(around, readyJob)
	if err != nil {
		return nil, submitError{inFile(f.file, err)}
	}
	return specs, nil
}

// remedyInFile says where a file has what a flag says of one job.
func remedyInFile(flag string) string {
	switch flag {
	case "after-each":
		return "write it into the file, where a step comes after each task of another one of the file; of other jobs use --after"
	case "array":
		return "write it into the file, below a step"
	case "name":
		return "write it into the file, at its beginning; it is the first part of the names of all its jobs"
	case "arg-file", "glob", "csv", "null":
		return "write the arguments into the file, below a step as matrix or zip"
	}
	return "write it into the file, below a step or defaults"
}

// readJobFile reads a file, or standard input for "-".
func readJobFile(name string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, jobfile.MostBytes+1))
}

// inFile puts the name of a file before each line with an error.
func inFile(name string, err error) error {
	list, ok := errors.AsType[jobfile.Errors](err)
	if !ok {
		return fmt.Errorf("%s: %w", name, err)
	}
	var lines []string
	for _, e := range list {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", name, e.Line, e.What))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// groupName returns what the jobs of a file are called together.
func groupName(path string) string {
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if job.CheckName(name) != nil {
		return "jobs"
	}
	return name
}
