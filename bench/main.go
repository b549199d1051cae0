// Command bench runs braid and other systems side by side on this machine and writes docs/benchmarks.md and its plot.
//
//	go run ./bench                        everything, in five rounds after a warm-up; writes the page
//	go run ./bench --only graph,cities    some workloads; prints the page, writes nothing
//	go run ./bench --quick                small sizes, two rounds, to see that all works; prints the page, writes nothing
//
// A claim about speed is worth what the run behind it is worth. So each workload is run by braid, then by each peer, then
// by braid again, and so on, each time in a fresh process; every answer is checked; the page holds medians with their
// ranges, the ratio of medians, the versions, the machine, the command of every row, and how many cores other processes
// used meanwhile. A row in which that was more than 0.2 is marked as disturbed. Rows in which a peer is faster look like
// the others.
//
// The peers are scripts in bench/peers, each of which also runs alone. They need Debian's python3-dask,
// python3-distributed, python3-numpy, python3-joblib and gfortran; rows whose peer is missing are left out, and both the
// page and standard error say so and name the packages. Only Linux tells how many cores others used.
//
// An interrupt ends the run: what was measured is printed, and an older page stays as it is. Every single measurement goes
// to bench/results, which is not kept in version control. The exit code is 0 if all is well, 1 if a program failed or
// answered wrongly, 2 for wrong usage, 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/braid-compute/braid/internal/machine"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// maxRounds bounds the time of a run that was started by mistake.
const maxRounds = 1000

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are what the flags say.
type options struct {
	args   []string // as given
	rounds int
	only   []string // names of workloads; empty for all
	quick  bool
	out    string // the page's file; empty to print the page
	python string
}

// usageError is wrong usage; the exit code is 2.
type usageError string

func (e usageError) Error() string { return string(e) }

// parseFlags reads the arguments. It returns flag.ErrHelp if they ask for help, which it has printed then.
func parseFlags(args []string, stderr io.Writer) (options, error) {
	o := options{args: args}
	var only string
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.IntVar(&o.rounds, "rounds", 0, "how often each program is run after its warm-up (default 5, with --quick 2)")
	fs.StringVar(&only, "only", "", "run only these workloads, given as `names` with commas between them")
	fs.BoolVar(&o.quick, "quick", false, "run small sizes; their numbers are for tests of this command only")
	fs.StringVar(&o.out, "out", "", "write the page to this `file.md` and the plot beside it (default docs/benchmarks.md for a whole run, else the page is printed)")
	fs.StringVar(&o.python, "python", defaultPython(), "the Python that has the peers")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "usage: go run ./bench [flags]\n\nWorkloads are %s.\n\n", strings.Join(workloadNames(), ", "))
		fs.SetOutput(stderr)
		fs.PrintDefaults()
		return o, err
	} else if err != nil {
		return o, usageError(err.Error())
	}
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if given["only"] {
		o.only = strings.Split(only, ",")
	}
	if !given["rounds"] {
		o.rounds = 5
		if o.quick {
			o.rounds = 2
		}
	}
	if !given["out"] && !o.quick && o.only == nil {
		o.out = filepath.Join("docs", "benchmarks.md")
	}
	return o, o.check(fs.Args())
}

func (o options) check(rest []string) error {
	if len(rest) > 0 {
		return usageError(fmt.Sprintf("unexpected argument %q; workloads are named with --only", rest[0]))
	}
	if o.rounds < 1 || o.rounds > maxRounds {
		return usageError(fmt.Sprintf("--rounds %d: want 1 to %d", o.rounds, maxRounds))
	}
	if o.out != "" && filepath.Ext(o.out) != ".md" {
		return usageError(fmt.Sprintf("--out %q: want a name that ends in .md; the plot goes beside it", o.out))
	}
	for _, name := range o.only {
		if !slices.Contains(workloadNames(), name) {
			return usageError(fmt.Sprintf("unknown workload %q; workloads are %s", name, strings.Join(workloadNames(), ", ")))
		}
	}
	return nil
}

// defaultPython prefers the system's Python, for which Debian's packages are, over one that comes first on the path.
func defaultPython() string {
	const system = "/usr/bin/python3"
	if _, err := os.Stat(system); err == nil {
		return system
	}
	return "python3"
}

// run does everything and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v; -h lists the flags\n", err)
		return exitUsage
	}
	r, err := o.measure(ctx, stderr)
	switch {
	case ctx.Err() != nil:
		return interrupted(r, stdout, stderr)
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
	}
	if err := o.publish(r, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
	}
	if failures := r.failures(); len(failures) > 0 {
		fmt.Fprintf(stderr, "bench: %d rows have no number:\n  %s\n", len(failures), strings.Join(failures, "\n  "))
		return exitFailed
	}
	return 0
}

// interrupted prints what there is.
func interrupted(r report, stdout, stderr io.Writer) int {
	fmt.Fprintln(stderr, "bench: interrupted; no page was written, what was measured follows")
	if err := r.page(stdout, ""); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
	}
	return exitInterrupted
}

// measure opens a session and runs the chosen workloads. Its report holds what was measured, also when the context ended.
func (o options) measure(ctx context.Context, stderr io.Writer) (report, error) {
	r := report{args: o.args, quick: o.quick, rounds: o.rounds, began: time.Now(), machine: machine.Describe()}
	s, err := openSession(ctx, o, stderr)
	if err != nil {
		return r, err
	}
	defer s.close()
	r.versions, r.missing = s.found.versions, s.found.missing()
	if len(r.missing) > 0 {
		fmt.Fprintf(stderr, "bench: %s\n", aptLine(r.missing))
	}
	warm, full := o.chosen(r.machine.Cores, true), o.chosen(r.machine.Cores, o.quick)
	r.tables = s.alternate(ctx, warm, full, o.rounds)
	r.took = time.Since(r.began)
	return r, s.logErr
}

// chosen returns the workloads that --only names, or all.
func (o options) chosen(cores int, quick bool) []workload {
	return slices.DeleteFunc(workloads(cores, quick), func(w workload) bool {
		return len(o.only) > 0 && !slices.Contains(o.only, w.name)
	})
}

// publish writes the page and its plot, or prints the page.
func (o options) publish(r report, stdout, stderr io.Writer) error {
	if o.out == "" {
		return r.page(stdout, "")
	}
	plot := strings.TrimSuffix(o.out, ".md") + ".svg"
	var text, picture strings.Builder
	if err := errors.Join(r.page(&text, filepath.Base(plot)), r.plot(&picture)); err != nil {
		return err
	}
	if err := errors.Join(replaceFile(plot, picture.String()), replaceFile(o.out, text.String())); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "bench: wrote %s and %s in %v\n", o.out, plot, r.took.Round(time.Second))
	return nil
}

// replaceFile writes a file so that there is always either the old text or the new one.
func replaceFile(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".bench-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
