package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/sim"
	"github.com/braid-compute/braid/par"
)

// simFlags say which simulations to run.
type simFlags struct {
	first uint64
	seeds int
	large bool
}

// mostSeeds bounds the simulations of one command.
const mostSeeds = 1_000_000_000

func (e *env) benchSimCommand() *cobra.Command {
	var f simFlags
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Simulate clusters that fail, and check the scheduler",
		Long: `sim runs whole clusters in virtual time: the scheduler, agents and clients, with a network and executors that are made
up, agents that die, connections that break, schedulers that are replaced, tasks that fail, clients that cancel. A judge
with its own idea of every task looks on. The same seed gives the same run on every machine.

It prints what happened, counted over all runs, and of every run that failed the seed and the command that repeats it.
The exit code is 1 if any run failed. After Ctrl-C it prints what was done.`,
		Example: `  braid bench sim --seeds 10000
  braid bench sim --seed 1460 --seeds 1`,
		Args: console.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{"slots", "quick"} {
				if cmd.Flags().Changed(name) {
					return console.Usage("--"+name+" is not for sim", "give --seeds, how many runs")
				}
			}
			if err := console.Within("seeds", f.seeds, mostSeeds, "at least one run, and not for ever"); err != nil {
				return err
			}
			if f.first > math.MaxUint64-uint64(f.seeds) {
				return console.Usage(fmt.Sprintf("--seed=%d is impossible: %d seeds from there are none", f.first, f.seeds), "give a smaller number")
			}
			return e.simulate(cmd.Context(), f, sim.Run)
		},
	}
	cmd.Flags().IntVar(&f.seeds, "seeds", 1000, "how many runs, each with a seed of its own")
	cmd.Flags().Uint64Var(&f.first, "seed", 1, "the first seed")
	cmd.Flags().BoolVar(&f.large, "large", false, "simulate up to twenty agents and hundreds of tasks a graph, not up to four and thirty")
	return cmd
}

// scenario returns the run of a seed.
func (f simFlags) scenario(seed uint64) sim.Scenario {
	if f.large {
		return sim.Large(seed)
	}
	return sim.Random(seed)
}

// repeat is the command that repeats one run.
func (f simFlags) repeat(seed uint64) string {
	command := fmt.Sprintf("braid bench sim --seed %d --seeds 1", seed)
	if f.large {
		command += " --large"
	}
	return command
}

// simFailure is a run that failed.
type simFailure struct {
	seed        uint64
	what, story string
}

// simulated is what came of several runs.
type simulated struct {
	mu       sync.Mutex
	report   sim.Report
	runs     int
	failures []simFailure
	took     time.Duration
}

func (s *simulated) add(seed uint64, report sim.Report, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs++
	s.report.Add(report)
	if err == nil {
		return
	}
	failure := simFailure{seed: seed, what: err.Error()}
	var f *sim.Failure
	if errors.As(err, &f) {
		failure.what, failure.story = f.What, f.Story
	}
	s.failures = append(s.failures, failure)
}

// simulate runs the scenarios of all seeds on all cores, prints what happened, and returns an error if any failed or ctx
// ended.
func (e *env) simulate(ctx context.Context, f simFlags, run func(sim.Scenario) (sim.Report, error)) error {
	var s simulated
	fmt.Fprintf(e.Stderr, "braid bench: %d simulations from seed %d\n", f.seeds, f.first)
	start := time.Now()
	err := par.For(ctx, f.seeds, func(ctx context.Context, low, high int) error {
		for k := low; k < high && ctx.Err() == nil; k++ {
			seed := f.first + uint64(k)
			report, err := run(f.scenario(seed))
			s.add(seed, report, err)
		}
		return nil
	})
	s.took = time.Since(start)
	slices.SortFunc(s.failures, func(a, b simFailure) int { return cmp.Compare(a.seed, b.seed) })
	if err := e.printSimulated(f, &s); err != nil {
		return err
	}
	if ctx.Err() != nil {
		// Said here, because after an interrupt Main exits without a word.
		fmt.Fprintf(e.Stderr, "braid bench: interrupted after %d of %d simulations\n", s.runs, f.seeds)
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	return s.verdict(f)
}

// verdict is nil if no run failed. Otherwise it says which did, and how to repeat them.
func (s *simulated) verdict(f simFlags) error {
	if len(s.failures) == 0 {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "braid bench: of %d simulations, %d failed:", s.runs, len(s.failures))
	for _, x := range s.failures {
		fmt.Fprintf(&text, "\nseed %d: %s\n  repeat it with: %s", x.seed, x.what, f.repeat(x.seed))
	}
	if len(s.failures) == 1 && s.runs == 1 {
		fmt.Fprintf(&text, "\nwhat happened before:\n%s", s.failures[0].story)
	}
	return errors.New(text.String())
}

// count is one of the counts of simulations.
type count struct {
	name  string
	value int
	unit  string
	note  string
}

func (s *simulated) counts() []count {
	r := s.report
	return []count{
		{"runs", s.runs, "runs", "clusters from their beginning to their end"},
		{"failures", len(s.failures), "runs", "in which something was wrong"},
		{"tasks", r.Tasks, "tasks", "of all graphs"},
		{"events", r.Steps, "events", "that schedulers and agents took in"},
		{"words", r.Words, "words", "that arrived"},
		{"attempts", r.Assigned, "attempts", "assigned to agents"},
		{"made", r.Made, "blocks", "made"},
		{"made_again", r.Again, "attempts", "of tasks that had been made before"},
		{"failed", r.Failed, "attempts", "that failed"},
		{"fetched", r.Fetched, "results", "read by clients and found right"},
		{"delivered", r.Delivered, "blocks", "sent from agent to agent"},
		{"revoked", r.Revoked, "attempts", "asked back, mostly to give them to others"},
		{"stolen", r.Returned, "attempts", "that came back unstarted"},
		{"missing", r.Missing, "inputs", "reported as missing"},
		{"resolved", r.Resolved, "inputs", "of them that were found elsewhere"},
		{"cancelled", r.Cancelled, "attempts", "cancelled"},
		{"freed", r.Freed, "blocks", "freed"},
		{"deaths", r.Deaths, "agents", "that died"},
		{"rejoins", r.Rejoins, "agents", "that came back after they were cut off, or after their scheduler died"},
		{"announced", r.Announced, "blocks", "that they brought back"},
		{"terms", r.Terms, "schedulers", "that took over from one that died"},
		{"breaks", r.Breaks, "connections", "between peers that broke"},
		{"duplicates", r.Duplicates, "words", "that came twice"},
	}
}

func (e *env) printSimulated(f simFlags, s *simulated) error {
	if !e.JSON {
		table := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "count\tvalue\tmeaning")
		for _, c := range s.counts() {
			fmt.Fprintf(table, "%s\t%d\t%s %s\n", c.name, c.value, c.unit, c.note)
		}
		fmt.Fprintf(table, "virtual\t%.3g\tseconds of virtual time\n", float64(s.report.Nanos)/1e9)
		fmt.Fprintf(table, "elapsed\t%.3g\tseconds that this took\n", s.took.Seconds())
		return table.Flush()
	}
	var results []console.Result
	for _, c := range s.counts() {
		one := console.Single("sim."+c.name, c.value, c.unit)
		if c.name == "failures" {
			ok := c.value == 0
			one.OK = &ok
		}
		results = append(results, one)
	}
	results = append(results,
		console.Single("sim.virtual", float64(s.report.Nanos)/1e9, "s"), console.Single("sim.elapsed", s.took.Seconds(), "s"))
	for _, x := range s.failures {
		failed := console.None(fmt.Sprintf("sim.seed.%d", x.seed), "", x.what+"; repeat it with: "+f.repeat(x.seed))
		failed.OK = new(bool)
		results = append(results, failed)
	}
	return e.Print("bench sim", results)
}
