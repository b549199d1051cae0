//go:build unix

package mapcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/arguments"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/guard"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/par"
)

// mapFlags are the flags of the command.
type mapFlags struct {
	lists arguments.Flags

	slots, retries     int
	time, grace        time.Duration
	memory, keep       string
	halt               string
	keepOrder, dryRun  bool
	live, ndjson       bool
	shell              bool
	env, inputs        []string
	cwd, stdin, output string
	journal, compare   string
	rerun              bool
}

// env is what the commands take from their surroundings.
type env struct{ *console.Env }

// Commands are map, and what it starts itself as.
func Commands(c *console.Env) []*cobra.Command {
	e := &env{c}
	return []*cobra.Command{e.mapCommand(), guard.Command()}
}

func (e *env) mapCommand() *cobra.Command {
	f := mapFlags{slots: par.Cores().N}
	cmd := &cobra.Command{
		Use:   "map [flags] 'COMMAND {}' ::: ARGUMENT… | map [flags] -- PROGRAM {} … ::: ARGUMENT…",
		Short: "Run a program for each of many arguments",
		Long: `map runs a command once for each argument, as many at a time as there are cores, and prints what each has printed
when it has ended. The command is one text, which is split into words as a shell would, or words of its own.

Fields stand for the argument: {} all of it, {/} its base name, {//} its folder, {.} without its extension, {/.} base name
without extension, {#} the number of the task. {2} and {2/} are of the second list, {name} is a column of a CSV file. "{{"
is a brace. Arguments reach the program byte for byte. A text with syntax of a shell is run by "sh -c", and even then no
argument is read as syntax.

Lists follow the command. Several make all combinations:
  ::: A B C      these arguments           :::+ X Y Z    zipped with the list before
  :::: FILE…     the lines of each file    ::::+ FILE    zipped with the list before; "-" is standard input
Lists by flags come first: --arg-file, --glob, --csv. Without any, the lines of standard input are the list.

With --journal, the same command again runs only what is missing, failed or changed. Tasks find their number in BRAID_TASK
and their slot in BRAID_SLOT; their standard input is empty. Flags go before the command.
The exit code is 1 if a task failed. Ctrl-C ends what runs and says how to go on; a second one kills it.`,
		Example: `  braid map 'python3 sim.py --rate {1} --seed {2}' ::: 0.1 0.2 0.5 ::: 1 2 3
  braid map --glob 'data/*.csv' --output out './convert {} out/{/.}.png'
  braid map --journal sweep.journal --retries 2 --time 10m --csv runs.csv -- ./sim --name {name} --alpha {alpha}
  find . -name '*.gz' -print0 | braid map -0 'zcat {} | wc -l'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			argv := cmd.ArgsLenAtDash() == 0
			return e.mapTasks(cmd, f, args, argv)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command is the command's
	f.lists.Add(flags)
	flags.IntVarP(&f.slots, "slots", "n", f.slots, "how many programs run at once")
	flags.IntVar(&f.retries, "retries", 0, "how often a task that failed is tried again")
	flags.DurationVar(&f.time, "time", 0, "how long an attempt may take, as in 90s or 2h; then its processes get SIGTERM, and after --grace SIGKILL")
	flags.DurationVar(&f.grace, "grace", 5*time.Second, "time between SIGTERM and SIGKILL")
	if process.CanLimitMemory {
		flags.StringVar(&f.memory, "memory", "", "`bytes` of private memory that each process may have, as in 512M or 4G; allocations beyond fail (RLIMIT_DATA)")
	}
	flags.StringVar(&f.halt, "halt", "never", "`when` to stop early: now or soon, and fail, success or done with a count or share, as in now,fail=1 or soon,fail=10%")
	flags.BoolVarP(&f.keepOrder, "keep-order", "k", false, "print in the order of the tasks")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the commands and run none")
	flags.BoolVar(&f.live, "live", false, "print lines as they come, each after the number of its task")
	flags.BoolVar(&f.shell, "shell", false, "run the command by sh -c, whether it seems to need it or not; --shell=false refuses to")
	flags.StringArrayVar(&f.env, "env", nil, "a variable `NAME=VALUE` for the tasks; VALUE may have fields; may be repeated")
	flags.StringVar(&f.cwd, "cwd", "", "the `folder` in which tasks run; may have fields")
	flags.StringVar(&f.stdin, "stdin-file", "", "the `file` that is a task's standard input; may have fields")
	flags.StringVar(&f.output, "output", "", "write output into files of this `folder`, N.out and N.err for task N, instead of printing it")
	flags.StringVar(&f.keep, "keep-output", "1M", "`bytes` that are kept of each stream of a task: the beginning and the end")
	flags.StringVar(&f.journal, "journal", "", "write down in this `file` what is done, and leave that out next time")
	flags.BoolVar(&f.rerun, "rerun", false, "with --journal: run also what is done")
	flags.StringArrayVar(&f.inputs, "input", nil, "with --journal: a `file` whose change makes a task run again; may have fields; may be repeated")
	flags.StringVar(&f.compare, "compare", "time", "whether a file has changed by its `time` (and size) or its content")
	flags.BoolVar(&f.ndjson, "ndjson", false, "print one line of JSON for each task as it ends, with its output, and one for all")
	_ = cmd.RegisterFlagCompletionFunc("compare", cobra.FixedCompletions([]string{"time", "content"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// mapError is the error of a wrong command or argument list, before anything was run.
type mapError struct{ err error }

func (e mapError) Error() string { return "braid map: " + e.err.Error() }
func (e mapError) Unwrap() error { return e.err }

// ExitCode is how [braid.Main] ends the program.
func (mapError) ExitCode() int { return console.ExitUsage }

// tasksFailed is the error of a run in which tasks failed; the summary has said so.
type tasksFailed struct{ failed int64 }

func (e tasksFailed) Error() string {
	if e.failed == 1 {
		return "braid map: 1 task failed"
	}
	return fmt.Sprintf("braid map: %d tasks failed", e.failed)
}

// mapTasks does what the command is asked for.
func (e *env) mapTasks(cmd *cobra.Command, f mapFlags, args []string, argv bool) (err error) {
	plan, err := f.plan(cmd, args, argv)
	if err != nil {
		return err
	}
	if err := f.check(e.JSON); err != nil {
		return err
	}
	printer := newMapPrinter(e, &f, plan)
	plan.Ended = printer.ended
	plan.Guard = func(t *process.Table) (io.Closer, error) { return guard.Start(t) }
	plan.Adopt = true
	if f.live {
		plan.Live = printer.live
	}
	if f.journal != "" && !f.dryRun {
		if plan.Archive, err = archive.Open(f.journal); err != nil {
			return mapError{err}
		}
		defer func() {
			if e := plan.Archive.Close(); err == nil && e != nil {
				err = fmt.Errorf("braid map: close the journal: %w", e)
			}
		}()
		printer.noteJournal(plan.Archive, plan.Archive.Forget())
	}
	run, err := batch.New(*plan)
	if err != nil {
		return mapError{err}
	}
	if f.dryRun {
		return e.dryRun(run)
	}
	if plan.Archive != nil {
		if err := plan.Archive.Begin(time.Now().UnixMilli(), plan.Template.Title()); err != nil {
			return fmt.Errorf("braid map: %s: %w", f.journal, err)
		}
	}
	return e.runTasks(cmd.Context(), run, printer)
}

// dryRun prints the commands.
func (e *env) dryRun(run *batch.Run) (err error) {
	out := console.Buffered(e.Stdout)
	run.Commands(func(_ int64, argv []string) bool {
		_, err = fmt.Fprintln(out, command.Quote(argv))
		return err == nil
	})
	return errors.Join(err, out.Flush())
}

// runTasks runs all tasks and says what came of them.
func (e *env) runTasks(ctx context.Context, run *batch.Run, printer *mapPrinter) error {
	printer.begin(run)
	said := make(chan struct{})
	undisturbed := context.AfterFunc(ctx, func() {
		defer close(said)
		fmt.Fprintln(e.Stderr, "braid map: interrupted: no more tasks start, and those that run are asked to end; interrupt once more to kill them at once")
	})
	summary, err := run.Run(ctx)
	if !undisturbed() {
		<-said
	}
	if ended := printer.end(summary, ctx.Err() != nil); err == nil {
		err = ended // which is often the same
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("braid map: %w", err)
	case summary.Failed > 0 && !(summary.Halted && printer.plan.Halt.On == "success"):
		return tasksFailed{summary.Failed}
	}
	return nil
}
