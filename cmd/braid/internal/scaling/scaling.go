package scaling

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/scaling"
	"github.com/braid-compute/braid/par"
)

const (
	leastRuns = 5 // of each count, or the spread says nothing
	mostRuns  = 1000

	mostCores = 8192 // as many as BRAID_CORES may say

	plainWidth = 80 // of output that goes to no terminal
)

// scalingFlags are the flags of the command.
type scalingFlags struct {
	counts  string
	runs    int
	example string
	plot    string
	force   bool
}

// env is what the command takes from its surroundings.
type env struct {
	*console.Env
	examples []string // names of those that demo runs
}

// Command is scaling, for programs and for the examples of demo with these names.
func Command(c *console.Env, list []string) *cobra.Command { return (&env{c, list}).scalingCommand() }

func (e *env) scalingCommand() *cobra.Command {
	var f scalingFlags
	cmd := &cobra.Command{
		Use:   "scaling [flags] -- PROGRAM [ARGUMENT…]",
		Short: "Find out with how many cores a program is fastest",
		Long: `scaling runs a program with several numbers of cores, each at least five times, and says which number is the
fastest, and which smallest number is nearly as fast.

The number reaches the program by its affinity mask (on Linux), by the variables ` + strings.Join(scaling.Variables, ", ") + `,
and in place of ` + scaling.Placeholder + ` in its arguments. Its standard input is empty and its output is dropped.
Speed-up is the median time with the fewest cores over the median time with so many; efficiency is that for each core;
serial is the fraction of Karp and Flatt; others is how many cores other processes used meanwhile.

With --example, one of braid's own examples is run, and its time with the client is what counts: ` + strings.Join(e.examples, ", ") + `.
The exit code is 1 if the program failed with any number.`,
		Example: `  braid scaling -- ./simulate --threads {n} input.dat
  braid scaling -n 1,2,4,8,12,14 --plot scaling.png -- python3 model.py
  braid scaling --example integrate2d`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := e.prepare(cmd, f, args)
			if err != nil {
				return err
			}
			return e.scaling(cmd.Context(), s)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the program is the program's
	flags.StringVarP(&f.counts, "cores", "n", "", "`numbers` of cores, with commas between them (default 1, 2, 4 and so on up to all usable)")
	flags.IntVar(&f.runs, "runs", leastRuns, "`how many` runs of each number, after one warm-up")
	flags.StringVar(&f.example, "example", "", "run the example of this `name` in place of a program")
	flags.StringVar(&f.plot, "plot", "", "also draw the speed-ups into this `file`, as PNG")
	flags.BoolVar(&f.force, "force", false, "allow more cores than are usable here")
	_ = cmd.RegisterFlagCompletionFunc("example", cobra.FixedCompletions(e.examples, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// study is what the command was asked for.
type study struct {
	name    string // of the program or example
	program scaling.Program
	counts  []int
	runs    int
	plot    string
	notes   []string
}

// prepare checks the flags and arguments and finds the program.
func (e *env) prepare(cmd *cobra.Command, f scalingFlags, args []string) (s study, err error) {
	usable := par.Cores()
	s = study{runs: f.runs, plot: f.plot, counts: defaultCounts(usable.N)}
	if cmd.Flags().Changed("cores") {
		if s.counts, err = parseCounts(f.counts, usable, f.force); err != nil {
			return s, err
		}
	}
	if f.runs < leastRuns || f.runs > mostRuns {
		return s, console.Usage(fmt.Sprintf("--runs=%d is not between %d and %d", f.runs, leastRuns, mostRuns), "fewer would not show how much the times spread")
	}
	switch given := cmd.Flags().Changed("example"); {
	case given && len(args) > 0:
		return s, console.Usage(fmt.Sprintf("--example %s and a program, %s", f.example, args[0]), "scaling runs one of them")
	case given && !slices.Contains(e.examples, f.example):
		return s, console.Unknown("example", f.example, e.examples)
	case given:
		s.name = f.example
		s.program, err = exampleProgram(f.example)
	case len(args) == 0 || args[0] == "":
		return s, console.Usage("scaling needs a program to run", `as in "braid scaling -- ./program --threads {n}"; or name one of braid's own with --example`)
	default:
		s.name = strings.Join(args, " ")
		s.program, err = program(args)
	}
	if err != nil {
		return s, err
	}
	s.program.Env = os.Environ()
	s.pin()
	s.warn(usable)
	return s, nil
}

// defaultCounts doubles from 1 up to all cores.
func defaultCounts(usable int) (counts []int) {
	for n := 1; n < usable; n *= 2 {
		counts = append(counts, n)
	}
	return append(counts, usable)
}

// parseCounts reads a list such as "1,2,4".
func parseCounts(list string, usable par.Allowance, force bool) (counts []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return nil, console.Usage(fmt.Sprintf("--cores=%s: %q is not a whole number", list, text), "write numbers with commas between them, as in -n 1,2,4")
		case err != nil || n < 1 || n > mostCores:
			return nil, console.Usage(fmt.Sprintf("--cores=%s: %s is not between 1 and %d", list, strings.TrimSpace(text), mostCores), "a program runs on at least one core")
		case n > usable.N && !force:
			return nil, console.Usage(fmt.Sprintf("%s: only %s usable here, says %s", scaling.Counted(n), areUsable(usable.N), usable.Source),
				`"braid cores --why" shows where that comes from, and --force runs it all the same`)
		}
		counts = append(counts, n)
	}
	slices.Sort(counts)
	return slices.Compact(counts), nil
}

func areUsable(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}

// program finds the program that the arguments name.
func program(args []string) (scaling.Program, error) {
	path, err := scaling.Find(args[0])
	if err != nil {
		return scaling.Program{}, console.Usage(fmt.Sprintf("cannot find the program %q: %v", args[0], err), "give its path, or put its folder into PATH")
	}
	return scaling.Program{Path: path, Args: args}, nil
}

// pin chooses the CPUs for each count.
func (s *study) pin() {
	cpus, err := machine.CPUs()
	if err != nil {
		s.notes = append(s.notes, fmt.Sprintf("the number does not reach the program by an affinity mask, which is not available here (%v)", err))
		return
	}
	s.program.CPUs = machine.ReadTopology().Spread(cpus)
	if most := s.counts[len(s.counts)-1]; most > len(cpus) {
		s.notes = append(s.notes, fmt.Sprintf("counts above %d share the %d CPUs of the affinity mask", len(cpus), len(cpus)))
	}
}

// warn notes what may keep the program from heeding the count.
func (s *study) warn(usable par.Allowance) {
	for _, name := range scaling.Stubborn {
		if value := os.Getenv(name); value != "" {
			s.notes = append(s.notes, fmt.Sprintf("%s=%s is set, which may keep the program from heeding the number", name, value))
		}
	}
	if len(s.counts) == 1 {
		s.notes = append(s.notes, fmt.Sprintf("there is nothing to compare %s with; usable here: %s", scaling.Counted(s.counts[0]), usable))
	}
}

// scaling measures, prints, and returns an error if any count failed or ctx ended.
func (e *env) scaling(ctx context.Context, s study) error {
	picture, err := newPicture(s.plot)
	if err != nil {
		return err
	}
	defer picture.discard()
	fmt.Fprintf(e.Stderr, "braid scaling: %s\n", s.name)
	for _, note := range s.notes {
		fmt.Fprintf(e.Stderr, "  %s\n", note)
	}
	rows, measureErr := scaling.Measure(ctx, scaling.Plan{
		Counts: s.counts, Runs: s.runs, Run: s.program.Run,
		Round: func(done, of int) {
			if done < of {
				fmt.Fprintf(e.Stderr, "braid scaling: round %d of %d\n", done+1, of)
			}
		},
	})
	if measureErr != nil && ctx.Err() == nil {
		return fmt.Errorf("braid scaling: %w", measureErr)
	}
	v := scaling.Judge(rows)
	if e.JSON {
		err = e.Print("scaling", scalingResults(v, s.runs))
	} else {
		err = scaling.WriteText(e.Stdout, v, s.runs, terminalWidth(e.Stdout))
	}
	if err == nil && v.Base != 0 {
		err = picture.save(v, s.name)
	}
	return cmp.Or(err, e.scalingVerdict(v, measureErr, s.runs))
}

// scalingVerdict is what the command returns once all is printed.
func (e *env) scalingVerdict(v scaling.Verdict, interrupted error, runs int) error {
	if interrupted != nil {
		done := 0
		for _, j := range v.Rows {
			done += len(j.Samples)
		}
		// Said here, because after an interrupt Main exits without a word.
		fmt.Fprintf(e.Stderr, "braid scaling: interrupted after %d of %d runs\n", done, runs*len(v.Rows))
		return interrupted
	}
	var failed []string
	for _, j := range v.Rows {
		if j.Failure != nil {
			failed = append(failed, scaling.Counted(j.Cores)+": "+j.Failure.Error())
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("braid scaling: the program failed with %d of %d numbers of cores:\n%s", len(failed), len(v.Rows), strings.Join(failed, "\n"))
}

// terminalWidth returns the width of the terminal that w leads to, or that of plain output.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return plainWidth
}
