package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/workers"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/examples/arrays"
	"github.com/braid-compute/braid/examples/cities"
	"github.com/braid-compute/braid/examples/integrate2d"
	"github.com/braid-compute/braid/examples/lazy"
	"github.com/braid-compute/braid/examples/mean"
	"github.com/braid-compute/braid/examples/programs"
	"github.com/braid-compute/braid/examples/sleep"
	"github.com/braid-compute/braid/examples/squares"
	"github.com/braid-compute/braid/examples/tree"
)

// Example is one that demo can run.
type Example struct {
	Name  string
	Slots int // of its client; 0 for all cores
	Run   func(context.Context, *braid.Client, examples.Params) (examples.Report, error)
}

// Examples are the examples in the order in which demo runs them.
var Examples = []Example{
	{"squares", 0, squares.Run},
	{"mean", mean.Workers, mean.Run},
	{"sleep", sleep.Workers, sleep.Run},
	{"integrate2d", 0, integrate2d.Run},
	{"cities", 0, cities.Run},
	{"lazy", 0, lazy.Run},
	{"tree", 0, tree.Run},
	{"programs", 0, programs.Run},
	{"sum_transpose", 0, arrays.SumTranspose},
	{"integral", 0, arrays.Integral},
}

// env is what the command takes from its surroundings.
type env struct {
	*console.Env
	examples []Example
}

// Command is demo, which runs examples.
func Command(c *console.Env, list []Example) *cobra.Command { return (&env{c, list}).demoCommand() }

func (e *env) demoCommand() *cobra.Command {
	var only, modes []string
	var params examples.Params
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the examples and check their results",
		Long: `demo runs exercises of parallel programming one after the other, each on one core and then on all, and compares
their results with references. It takes about twenty seconds, half of them asleep.

With --modes it compares ways to run them, in one table: serial is the plain way on one core, goroutines a client in this
process, and processes a client with two worker processes, among which the slots of the other are divided.

The examples are ` + strings.Join(Names(e.examples), ", ") + `.
The exit code is 1 if any result is wrong.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && slices.Contains(Names(e.examples), args[0]) {
				return console.Usage(fmt.Sprintf("unexpected argument %q", args[0]), "did you mean --only "+args[0]+"?")
			}
			return console.NoArguments(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := e.choose(only, cmd.Flags().Changed("only"))
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("modes") {
				if modes, err = chooseModes(modes); err != nil {
					return err
				}
				return e.compare(cmd.Context(), chosen, modes, params)
			}
			return e.demo(cmd.Context(), chosen, params)
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "run only these examples, given as `names` with commas between them")
	cmd.Flags().StringSliceVar(&modes, "modes", nil, "compare these `modes`: "+strings.Join(demoModes, ","))
	_ = cmd.RegisterFlagCompletionFunc("modes", cobra.FixedCompletions(demoModes, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().BoolVar(&params.Quick, "quick", false, "run small sizes, in a second or two")
	return cmd
}

// Names are those of examples.
func Names(list []Example) []string {
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = x.Name
	}
	return names
}

// choose returns the examples with the given names, in the order of the demo.
func (e *env) choose(only []string, given bool) ([]Example, error) {
	if !given {
		return e.examples, nil
	}
	if len(only) == 0 {
		return nil, console.Usage("--only names no example", "examples are "+strings.Join(Names(e.examples), ", "))
	}
	for _, name := range only {
		if !slices.Contains(Names(e.examples), name) {
			return nil, console.Unknown("example", name, Names(e.examples))
		}
	}
	return slices.DeleteFunc(slices.Clone(e.examples), func(x Example) bool { return !slices.Contains(only, x.Name) }), nil
}

// outcome is what came of one example.
type outcome struct {
	report examples.Report
	err    error // why there is no report
}

// demo runs examples, prints what came of them, and returns an error if any is wrong or ctx ended.
func (e *env) demo(ctx context.Context, chosen []Example, params examples.Params) error {
	var outcomes []outcome
	for i, x := range chosen {
		fmt.Fprintf(e.Stderr, "braid demo: %d of %d, %s\n", i+1, len(chosen), x.Name)
		o := x.try(ctx, params)
		if ctx.Err() != nil {
			break
		}
		for _, note := range o.report.Notes {
			fmt.Fprintf(e.Stderr, "  %s\n", note)
		}
		outcomes = append(outcomes, o)
	}
	if err := e.printDemo(outcomes); err != nil {
		return err
	}
	if done := len(outcomes); done < len(chosen) {
		// Said here, because after an interrupt Main exits without a word.
		fmt.Fprintf(e.Stderr, "braid demo: interrupted in %s, after %d of %d examples\n", chosen[done].Name, done, len(chosen))
		return context.Cause(ctx)
	}
	return verdict(outcomes)
}

// try runs the example with a client of its own, in this process.
func (x Example) try(ctx context.Context, params examples.Params) outcome {
	return x.tryWith(ctx, braid.Options{Slots: x.Slots}, params)
}

// tryWith runs the example with a client of its own.
func (x Example) tryWith(ctx context.Context, options braid.Options, params examples.Params) (o outcome) {
	o.report.Name = x.Name
	c, err := braid.Open(ctx, options)
	if err != nil {
		o.err = err
		return o
	}
	if _, err := workers.Await(ctx, c, options.Processes); err != nil {
		o.err = errors.Join(err, c.Close())
		return o
	}
	report, err := x.Run(ctx, c, params)
	if err = errors.Join(err, c.Close()); err != nil {
		o.err = err
		return o
	}
	o.report = report
	return o
}

// verdict is nil if all results are right. Otherwise it says which are not.
func verdict(outcomes []outcome) error {
	var wrong []string
	for _, o := range outcomes {
		if o.err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", o.report.Name, o.err))
		} else if err := o.report.Err(); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("braid demo: of %d examples, %d went wrong:\n%s", len(outcomes), len(wrong), strings.Join(wrong, "\n"))
}

func (e *env) printDemo(outcomes []outcome) error {
	if !e.JSON {
		reports := make([]examples.Report, len(outcomes))
		for i, o := range outcomes {
			reports[i] = o.report
		}
		return examples.Table(e.Stdout, reports...)
	}
	var results []console.Result
	for _, o := range outcomes {
		results = append(results, o.results()...)
	}
	return e.Print("demo", results)
}

// results returns the times of the example and what it computed.
func (o outcome) results() []console.Result {
	r := o.report
	if o.err != nil {
		failed := console.None(r.Name, "", o.err.Error())
		failed.OK = new(bool)
		return []console.Result{failed}
	}
	results := []console.Result{
		console.Single(r.Name+"/serial", r.Serial.Seconds(), "s"),
		console.Single(r.Name+"/parallel", r.Parallel.Seconds(), "s"),
		console.Single(r.Name+"/speed-up", r.SpeedUp(), ""),
		console.Single(r.Name+"/tasks", r.Tasks, "tasks"),
	}
	for _, c := range r.Checks {
		results = append(results, checkResult(r.Name+"/"+c.Name, c))
	}
	return results
}
