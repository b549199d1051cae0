package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/taskbench"
	"github.com/braid-compute/braid/par"
)

// benchFlags are those that all benchmarks have.
type benchFlags struct {
	slots    int
	quick    bool
	simTasks int // of the map that cluster runs to its end
}

// env is what the commands take from their surroundings.
type env struct{ *console.Env }

// Command is bench, with a command below it for each benchmark and for what the benchmarks start themselves as.
func Command(c *console.Env) *cobra.Command { return (&env{c}).benchCommand() }

func (e *env) benchCommand() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what braid itself costs on this machine",
		Long: `bench measures what braid itself costs on this machine: what is left when the tasks do nothing or little.

Each figure is the median of five runs or more. Beside it stands its floor, the same work by hand without braid, run in
turns with it, and how many cores other processes used meanwhile: where that is above 0.2 the figure was disturbed.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return console.Unknown("benchmark", args[0], console.Subcommands(cmd))
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.JSON {
				return console.Usage("--json needs a benchmark", "benchmarks are "+strings.Join(console.Subcommands(cmd), ", "))
			}
			return cmd.Help()
		},
	}
	cmd.PersistentFlags().IntVar(&f.slots, "slots", min(2, par.Cores().N), "how many tasks run at once")
	cmd.PersistentFlags().BoolVar(&f.quick, "quick", false, "run small sizes, for a look; the figures are rough")
	cmd.AddCommand(e.benchOverheadCommand(&f), e.benchMETGCommand(&f), e.benchClusterCommand(&f), e.benchMemoryCommand(&f), e.benchArrayCommand(&f), e.benchCoordCommand(&f), e.benchSimCommand(), e.benchReductionCommand(), e.benchLargeCommand())
	cmd.AddCommand(e.benchPrograms(&f)...)
	return cmd
}

// check refuses more slots than cores: the figures would say something else than their names.
func (f *benchFlags) check() error {
	cores := par.Cores()
	return console.Within("slots", f.slots, cores.N, fmt.Sprintf("this process may use %s", cores))
}

func (e *env) benchOverheadCommand(f *benchFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "overhead",
		Short: "Measure the cost of a loop, a call, a map and a graph",
		Long: `overhead measures, in about half a minute:

  par.for.ns              an item of par.For, whose body multiplies and adds
  submit.get.us           one call, from Submit to the end of Get, on an idle client; p99 is the 99th percentile
  map.gather.us           a call of a Map over a million items, from Map to the end of Gather
  dag.random.us           a task that does nothing, in a graph of a million in which each takes two earlier ones drawn at
                          random: from Submit to the end of Get; submit is the part before Submit returns, and write is
                          what it took before to write a call down
  graph.bytes_per_task    memory of such a graph, without its values`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return e.bench(cmd.Context(), "overhead", overheadFigures(f.slots, f.quick))
		},
	}
}

// metgFlags say what METG is measured of.
type metgFlags struct {
	*benchFlags
	pattern string
	client  string
	width   int
	steps   int
	percent int
}

// clients are the names of the kinds of client that can be measured.
var clients = []string{"inprocess", processesClient}

// processesClient is the name of the client with two worker processes of one slot each.
const processesClient = "processes2"

func (e *env) benchMETGCommand(f *benchFlags) *cobra.Command {
	m := metgFlags{benchFlags: f}
	cmd := &cobra.Command{
		Use:   "metg",
		Short: "Find the smallest tasks that are run efficiently",
		Long: `metg finds the smallest tasks with which the cores still spend at least half of their time, or --percent of it, on the
tasks themselves: the minimum effective task granularity of Task Bench (Slaughter et al., SC20). Granularity is elapsed
time × cores / tasks, from Submit to the end of Get; the ideal is the number of cores times the rate of one core, which is
measured in between. It takes half a minute.

The graph has --steps × --width tasks. A task takes outputs of the step before, as the pattern says:
` + patternList() + `
"kernel" is how much of the granularity the task itself takes, alone on one core.`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.quick && !cmd.Flags().Changed("steps") {
				m.steps = 100
			}
			g, err := m.graph()
			if err != nil {
				return err
			}
			return e.bench(cmd.Context(), "metg", []figure{metgFigure(m, g)})
		},
	}
	cmd.Flags().StringVar(&m.pattern, "pattern", "stencil_1d", "what tasks take")
	cmd.Flags().StringVar(&m.client, "client", "inprocess", "what runs the tasks: inprocess, this process; processes2, two worker processes of one slot each")
	cmd.Flags().IntVar(&m.width, "width", 64, "tasks of a step")
	cmd.Flags().IntVar(&m.steps, "steps", 1000, "steps of the graph")
	cmd.Flags().IntVar(&m.percent, "percent", 50, "efficiency to reach")
	return cmd
}

// patternList is the names of the patterns on indented lines.
func patternList() string {
	s, line := "", " "
	for _, name := range taskbench.PatternNames() {
		if len(line)+len(name) > 100 {
			s, line = s+line+"\n", " "
		}
		line += " " + name
	}
	return s + line + "\n"
}

// mostBenchTasks bounds the graphs of metg, which need some hundred bytes a task.
const mostBenchTasks = 1 << 24

// graph returns the graph that the flags ask for.
func (m *metgFlags) graph() (taskbench.Graph, error) {
	var g taskbench.Graph
	p, err := taskbench.ParsePattern(m.pattern)
	if err != nil {
		return g, console.Unknown("pattern", m.pattern, taskbench.PatternNames())
	}
	if !slices.Contains(clients, m.client) {
		return g, console.Unknown("client", m.client, clients)
	}
	g = taskbench.Graph{Pattern: p, Width: m.width, Steps: m.steps, Kernel: taskbench.Kernel{Kind: taskbench.Compute}}
	for _, err := range []error{
		m.check(),
		console.Within("width", m.width, 1<<16, "steps have at least one task and at most 65536"),
		console.Within("steps", m.steps, mostBenchTasks/max(1, min(m.width, mostBenchTasks)), fmt.Sprintf("graphs have at least one step and at most %d tasks", mostBenchTasks)),
		m.checkProcesses(),
		console.Within("percent", m.percent, 95, "no efficiency of 0, and none close to 100, can be found"),
	} {
		if err != nil {
			return g, err
		}
	}
	if err := g.Check(); err != nil {
		return g, console.Usage(err.Error(), "change --width or --steps")
	}
	return g, nil
}

// checkProcesses refuses what only a client in this process can run.
func (m *metgFlags) checkProcesses() error {
	if m.client == processesClient {
		return console.Within("steps", m.steps, taskbench.MostRemoteSteps, "graphs for worker processes have at least one step and at most that many")
	}
	return nil
}

// round shortens a number to so many significant digits, for people.
func round(x float64, digits int) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Sprint(x)
	}
	decimals := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(x)))))
	return fmt.Sprintf("%.*f", decimals, x)
}
