//go:build unix

package bench

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// programsFlags say what is measured of programs as tasks.
type programsFlags struct {
	*benchFlags
	tasks, runs int
	only        []string
	program     string // the one that is run
	root        string // the folder of all figures
}

// mostParallel is how many tasks GNU parallel is given at most: it takes some ms for each.
const mostParallel = 1000

// mostPrograms bounds the tasks of one measurement.
const mostPrograms = 1_000_000

// programGroups are what programs as tasks cost, by the names that --only takes.
var programGroups = []struct {
	name    string
	figures func(f *programsFlags) figure
}{
	{"sh", func(f *programsFlags) figure {
		return f.peer("programs.xargs_sh.us", f.tasks, "xargs", "-a", listOfAll, slotsFlag(f), "-n1", "sh", "-c", f.program+` "$1" >sh/"$1"`, "sh")
	}},
	{"parallel", func(f *programsFlags) figure {
		return f.peer("programs.parallel.us", min(f.tasks, mostParallel), "parallel", fmt.Sprintf("-j%d", f.slots), "-a", listOfAll, f.program)
	}},
	{"files", func(f *programsFlags) figure { return f.mapped("programs.files.us", "--output", "out") }},
	{"captured", func(f *programsFlags) figure { return f.mapped("programs.captured.us") }},
	{"journal", func(f *programsFlags) figure { return f.mapped("programs.journal.us", "--journal", "journal") }},
	{"submit", func(f *programsFlags) figure { return f.submitted() }},
	{"resume", func(f *programsFlags) figure { return f.resumed() }},
	{"server", func(f *programsFlags) figure { return f.server() }},
}

func slotsFlag(f *programsFlags) string { return fmt.Sprintf("-P%d", f.slots) }

// benchPrograms are the benchmarks of programs as tasks.
func (e *env) benchPrograms(f *benchFlags) []*cobra.Command {
	p := programsFlags{benchFlags: f}
	var groups []string
	for _, g := range programGroups {
		groups = append(groups, g.name)
	}
	cmd := &cobra.Command{
		Use:   "programs",
		Short: "Measure programs as tasks, beside xargs and GNU parallel",
		Long: `programs starts "true", which does nothing, --tasks times, --slots at a time, and gives the time of a task:

  programs.xargs_sh.us     xargs with a shell that sends the output of each into a file
  programs.parallel.us     GNU parallel, with 1000 tasks at most
  programs.files.us        braid map --output: plain files
  programs.captured.us     braid map: what programs print is captured
  programs.journal.us      braid map --journal: captured, and written down
  programs.submit.us       braid submit --wait: captured and written down by a cluster
  programs.resume.seconds  braid map --journal once more, when all is done
  programs.server.bytes_per_task   memory that the process of a cluster has more while it runs an array of so many tasks (of
                           100,000 at least), its share of shared pages included; only some of them are run

The floor is "xargs -n1" with nothing else, run in turns with each. What is not installed is left out. Files are in the directory for
temporary ones (TMPDIR): where it takes long to make one, that shows; as on ext4 without a journal, for some minutes after many
files near there were removed. The groups for --only are
` + strings.Join(groups, ", ") + `.`,
		Example: `  braid bench programs --tasks 100000 --runs 1 --only journal,resume`,
		Args:    console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if f.quick && !cmd.Flags().Changed("tasks") {
				p.tasks = 100
			}
			figures, err := p.figures()
			if err != nil {
				return err
			}
			if p.root, err = os.MkdirTemp("", "braid-bench-"); err != nil {
				return fmt.Errorf("braid bench: programs: %w", err)
			}
			defer func() { err = errors.Join(err, os.RemoveAll(p.root)) }()
			return e.bench(cmd.Context(), "programs", figures)
		},
	}
	cmd.Flags().IntVar(&p.tasks, "tasks", 1000, "how many programs are started")
	cmd.Flags().IntVar(&p.runs, "runs", benchRuns, "how often each figure is measured")
	cmd.Flags().StringSliceVar(&p.only, "only", nil, "measure only these `groups`, with commas between them")
	return []*cobra.Command{cmd}
}

// figures are those that the flags ask for.
func (f *programsFlags) figures() (list []figure, err error) {
	for _, err := range []error{
		f.check(), console.Within("tasks", f.tasks, mostPrograms, "there is at least one task, and there are not more than that"),
		console.Within("runs", f.runs, math.MaxInt16, "a figure is measured at least once, and not for ever"),
	} {
		if err != nil {
			return nil, err
		}
	}
	if f.program, err = exec.LookPath("true"); err != nil {
		return nil, fmt.Errorf("braid bench: programs: %w", err)
	}
	known := make([]string, len(programGroups))
	for k, g := range programGroups {
		known[k] = g.name
	}
	for _, name := range f.only {
		if !slices.Contains(known, name) {
			return nil, console.Unknown("group", name, known)
		}
	}
	for _, g := range programGroups {
		if len(f.only) == 0 || slices.Contains(f.only, g.name) {
			one := g.figures(f)
			one.times = f.runs
			list = append(list, one)
		}
	}
	return list, nil
}
