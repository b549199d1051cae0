package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
)

// clusterGroups are what worker processes and the scheduler cost.
var clusterGroups = []struct {
	name    string
	figures func(f *benchFlags) []figure
}{
	{"zero_worker", func(f *benchFlags) []figure { return zeroFigures(f.size(100_000, 2000)) }},
	{"empty", func(f *benchFlags) []figure {
		if f.quick {
			return []figure{emptyFigure(10_000, "empty_10k")}
		}
		return []figure{emptyFigure(1_000_000, "empty_1m")}
	}},
	{"metg50", func(f *benchFlags) []figure { return metgProcessesFigures(f, f.size(1000, 50)) }},
	{"trivial", func(f *benchFlags) []figure { return []figure{trivialFigure(f.size(2000, 100))} }},
	{"startup", func(*benchFlags) []figure { return []figure{startFigure()} }},
	{"worker", func(*benchFlags) []figure { return []figure{idleFigure()} }},
	{"block", func(f *benchFlags) []figure { return blockFigures(f.size(1<<30, 1<<24)) }},
	{"scheduler", func(f *benchFlags) []figure { return []figure{schedulerBytesFigure(f.size(1<<18, 1<<14))} }},
	{"sim", func(f *benchFlags) []figure { return eventFigures(f.quick, f.simTasks) }},
}

// size returns the full size of a benchmark, or the small one for a quick look.
func (f *benchFlags) size(full, small int) int {
	if f.quick {
		return small
	}
	return full
}

func (e *env) benchClusterCommand(f *benchFlags) *cobra.Command {
	var only []string
	var groups []string
	for _, g := range clusterGroups {
		groups = append(groups, g.name)
	}
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Measure worker processes, their links and the scheduler",
		Long: `cluster measures, in up to eight minutes, what it costs to run tasks in worker processes of this machine:

  zero_worker.SHAPE.us_per_task     CPU time of the scheduler's process for a task, from the graph's arrival to the release
                                    of its results, with agents in another process that answer at once and run nothing
  empty_1m.seconds                  a million calls that do nothing, from Map to the end of Gather
  metg50.PATTERN.wWIDTH.processes2.us   as in "braid bench metg", in less than a minute each
  trivial.us, trivial.p99.us        one call, from Submit to the end of Get
  startup.ms                        from Open to the first result
  worker.idle_mb                    memory of a worker process that has nothing to do, its share of shared pages included
  block.unix.gbs, block.tls.gbs     a block of 1 GB between two ends of a link, into memory that was used before
  block.tcp.gbs                     the same over TCP without TLS, which no cluster offers, to see what TLS costs
  scheduler.bytes_per_task          memory of the scheduler for a task of a stencil whose results are all held
  sim.WORKERS.TASKS.us_per_event    time of the scheduler for the end of one task, on a made-up cluster

With --sim-tasks, sim also runs a map of so many tasks on 10 made-up workers to its end, such as 10,000,000, which takes some minutes
and 3 GB of memory.

There are two worker processes with one slot each. The groups for --only are
` + strings.Join(groups, ", ") + `.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("slots") {
				return console.Usage("--slots is not for cluster: its workers have one slot each", "leave it out")
			}
			if cmd.Flags().Changed("only") {
				for _, name := range only {
					if !slices.Contains(groups, name) {
						return console.Unknown("group", name, groups)
					}
				}
				if len(only) == 0 {
					return console.Usage("--only names no group", "groups are "+strings.Join(groups, ", "))
				}
			}
			if f.simTasks < 0 || f.simTasks > mostSimTasks {
				return console.Usage(fmt.Sprintf("--sim-tasks is %d", f.simTasks), fmt.Sprintf("give between 0, which is none, and %d", mostSimTasks))
			}
			var figures []figure
			for _, g := range clusterGroups {
				if len(only) == 0 || slices.Contains(only, g.name) {
					figures = append(figures, g.figures(f)...)
				}
			}
			return e.bench(cmd.Context(), "cluster", figures)
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "measure only these `groups`, with commas between them")
	cmd.Flags().IntVar(&f.simTasks, "sim-tasks", 0, "in group sim, also run a map of so many tasks to its end")
	return cmd
}

// mostSimTasks bounds the memory of the benchmark.
const mostSimTasks = 20_000_000
