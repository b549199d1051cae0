package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/examples"
	"github.com/braid-compute/braid/par"
)

// The modes of demo, besides examples.Serial.
const (
	goroutinesMode = "goroutines"
	processesMode  = "processes"
)

// demoModes are the names of all modes, in the order of the table.
var demoModes = []string{examples.Serial, goroutinesMode, processesMode}

// demoProcesses is how many worker processes the mode of that name has.
const demoProcesses = 2

// chooseModes returns the named modes, each once and in the order of the table.
func chooseModes(names []string) ([]string, error) {
	list := "modes are " + strings.Join(demoModes, ", ")
	if len(names) == 0 {
		return nil, console.Usage("--modes names no mode", list)
	}
	for _, name := range names {
		if !slices.Contains(demoModes, name) {
			return nil, console.Usage(fmt.Sprintf("unknown mode %q", name), list)
		}
	}
	return slices.DeleteFunc(slices.Clone(demoModes), func(m string) bool { return !slices.Contains(names, m) }), nil
}

// clientOf returns the options of the client that runs an example in a mode. The plain way is timed beside any client.
func clientOf(x Example, mode string) braid.Options {
	if mode != processesMode {
		return braid.Options{Slots: x.Slots}
	}
	slots := x.Slots
	if slots == 0 {
		slots = par.Cores().N
	}
	return braid.Options{Processes: demoProcesses, Slots: (slots + demoProcesses - 1) / demoProcesses}
}

// compare runs examples in several modes, prints what came of them, and returns an error if any is wrong or ctx ended.
func (e *env) compare(ctx context.Context, chosen []Example, modes []string, params examples.Params) error {
	clients := slices.DeleteFunc(slices.Clone(modes), func(m string) bool { return m == examples.Serial })
	if len(clients) == 0 {
		clients = []string{goroutinesMode}
	}
	var all []examples.Comparison
	var interrupted string
	for i, x := range chosen {
		c := examples.Comparison{Name: x.Name}
		for _, mode := range clients {
			fmt.Fprintf(e.Stderr, "braid demo: %d of %d, %s, %s\n", i+1, len(chosen), x.Name, mode)
			o := x.tryWith(ctx, clientOf(x, mode), params)
			if ctx.Err() != nil {
				interrupted = x.Name
				break
			}
			c.Runs = append(c.Runs, examples.Run{Mode: mode, Report: o.report, Err: o.err})
		}
		if len(c.Runs) > 0 {
			all = append(all, c)
		}
		if interrupted != "" {
			break
		}
	}
	if err := e.printComparison(modes, all); err != nil {
		return err
	}
	if interrupted != "" {
		// Said here, because after an interrupt Main exits without a word.
		fmt.Fprintf(e.Stderr, "braid demo: interrupted in %s\n", interrupted)
		return context.Cause(ctx)
	}
	return comparisonVerdict(all)
}

// comparisonVerdict is nil if all results are right. Otherwise it says which are not.
func comparisonVerdict(all []examples.Comparison) error {
	var wrong []string
	runs := 0
	for _, c := range all {
		runs += len(c.Runs)
		for _, r := range c.Runs {
			switch {
			case r.Err != nil:
				wrong = append(wrong, fmt.Sprintf("%s, %s: %v", c.Name, r.Mode, r.Err))
			case r.Report.Err() != nil:
				wrong = append(wrong, fmt.Sprintf("in %s: %v", r.Mode, r.Report.Err()))
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("braid demo: of %d runs, %d went wrong:\n%s", runs, len(wrong), strings.Join(wrong, "\n"))
}

func (e *env) printComparison(modes []string, all []examples.Comparison) error {
	if !e.JSON {
		return examples.Compare(e.Stdout, modes, all...)
	}
	var results []console.Result
	for _, c := range all {
		if slices.Contains(modes, examples.Serial) && c.Serial() > 0 {
			results = append(results, console.Single(c.Name+"/"+examples.Serial, c.Serial().Seconds(), "s"))
		}
		for _, r := range c.Runs {
			if slices.Contains(modes, r.Mode) || r.Wrong() != nil {
				results = append(results, runResults(c, r)...)
			}
		}
	}
	return e.Print("demo", results)
}

// runResults returns the times of an example in one mode and what it computed.
func runResults(c examples.Comparison, r examples.Run) []console.Result {
	name := c.Name + "/" + r.Mode
	if r.Err != nil {
		failed := console.None(name, "s", r.Err.Error())
		failed.OK = new(bool)
		return []console.Result{failed}
	}
	results := []console.Result{
		console.Single(name, r.Report.Parallel.Seconds(), "s"),
		console.Single(name+"/speed-up", c.SpeedUp(r), ""),
		console.Single(name+"/tasks", r.Report.Tasks, "tasks"),
	}
	for _, k := range r.Report.Checks {
		results = append(results, checkResult(name+"/"+k.Name, k))
	}
	return results
}

// checkResult is a result beside its reference.
func checkResult(name string, c examples.Check) console.Result {
	one := console.Single(name, c.Result, c.Unit)
	ok := c.OK()
	one.Reference, one.Tolerance, one.OK = &c.Reference, &c.Tolerance, &ok
	return one
}
