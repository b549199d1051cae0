//go:build unix

package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/braid-compute/braid/cmd/braid/internal/arguments"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
)

// submitFlags are the flags of submit.
type submitFlags struct {
	cluster clusterFlag
	lists   arguments.Flags
	file    string

	name, array        string
	cpus, gpus         float64
	nodes              int
	mem, limit, keep   string
	resources          []string
	time, grace        time.Duration
	retries            int
	after, each        []string
	env                []string
	cwd, stdin, output string
	shell              bool
	wait, dryRun       bool
}

// env is what the commands take from their surroundings.
type env struct{ *console.Env }

// Commands are those about jobs.
func Commands(c *console.Env) []*cobra.Command {
	e := &env{c}
	return []*cobra.Command{e.submitCommand(), e.jobCommand()}
}

func (e *env) submitCommand() *cobra.Command {
	f := submitFlags{}
	cmd := &cobra.Command{
		Use:   "submit [flags] -- PROGRAM {} … [::: ARGUMENT…] | submit [flags] 'COMMAND {}' [::: ARGUMENT…] | submit --file JOBS.yaml",
		Short: "Hand a job to a cluster: a program, to be run once or many times",
		Long: `submit hands a job to a cluster that "braid up" started, and prints its number. The cluster runs it when there is
room, also when this shell is gone; a job that is not over when the cluster ends or is killed goes on when one of its name is
started again. "braid job" shows what becomes of it.

A job is a command that is run for each of its tasks: once, for each number of --array, or for each combination of lists of
arguments. The command, its fields and the lists are those of "braid map". Tasks run in the folder and with the environment in which
they are submitted, and find their number in BRAID_TASK, that of the job in BRAID_JOB, and that of --array in BRAID_ARRAY_INDEX.

A job that comes --after others begins when all of their tasks have done what they should; with --after-each its tasks begin one by one, each
after that of the same number. --file submits all jobs of a file.
Exit codes: 0 submitted (and with --wait all tasks done), 1 not (or a task failed), 2 wrong usage, 3 the cluster does not answer, 4 there is none, or no job to come after.`,
		Example: `  braid submit --array 1-1000 --cpus 2 --mem 4G --time 10m --retries 2 -- ./sim --seed {}
  braid submit --name fit -- python3 fit.py --rate {1} --seed {2} ::: 0.1 0.2 0.5 ::: 1 2 3
  braid submit --after fit -- python3 plot.py
  braid submit --file pipeline.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			specs, err := f.specs(cmd, args)
			if err != nil {
				return err
			}
			return e.submit(cmd.Context(), &f, specs)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command is the command's
	f.cluster.add(flags)
	f.lists.Add(flags)
	f.addRun(flags)
	flags.StringVar(&f.file, "file", "", "submit all jobs of this YAML `file` instead")
	flags.StringSliceVar(&f.after, "after", nil, "`jobs` that must have done what they should before: numbers, ranges, names, last; may be repeated")
	flags.StringSliceVar(&f.each, "after-each", nil, "`jobs` with as many tasks: task N begins when their task N has done what it should; may be repeated")
	flags.BoolVar(&f.wait, "wait", false, "wait until the job is over, as \"braid job wait\" does")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print the commands and submit nothing")
	return cmd
}

// addRun adds the flags that say how tasks run.
func (f *submitFlags) addRun(flags *pflag.FlagSet) {
	flags.StringVar(&f.name, "name", "", "`name` of the job (default that of the program)")
	flags.StringVar(&f.array, "array", "", "`numbers` that tasks are for, as in 1-1000, 0-100:10 or 1,5,9; the first list of arguments")
	flags.Float64Var(&f.cpus, "cpus", 1, "cores that a task uses; no more run at once than there are cores for")
	flags.StringVar(&f.mem, "mem", "", "`bytes` of memory that a task uses, as in 4G; no more run at once than there is memory for")
	flags.Float64Var(&f.gpus, "gpus", 0, "GPUs that a task uses, of those that workers offer as gpu; CUDA_VISIBLE_DEVICES tells it which")
	flags.IntVar(&f.nodes, "nodes", 1, "workers that a task uses, with all that it needs on each; its program is started on the first, and BRAID_NODE_FILE names all")
	flags.StringSliceVar(&f.resources, "resources", nil, "what else a task uses of what workers offer, as in `license=1`")
	flags.DurationVar(&f.time, "time", 0, "how long an attempt may take, as in 90s or 2h; then its processes get SIGTERM, and after --grace SIGKILL")
	flags.DurationVar(&f.grace, "grace", 5*time.Second, "time between SIGTERM and SIGKILL")
	if process.CanLimitMemory {
		flags.StringVar(&f.limit, "mem-limit", "", "`bytes` of private memory that each process may have; allocations beyond fail (RLIMIT_DATA)")
	}
	flags.IntVar(&f.retries, "retries", 0, "how often a task that failed is tried again")
	flags.StringArrayVar(&f.env, "env", nil, "a variable `NAME=VALUE` for the tasks; VALUE may have fields; may be repeated")
	flags.StringVar(&f.cwd, "cwd", "", "the `folder` in which tasks run; may have fields")
	flags.StringVar(&f.stdin, "stdin-file", "", "the `file` that is a task's standard input; may have fields")
	flags.StringVar(&f.output, "output", "", "write output into files of this `folder`, N.out and N.err for task N, instead of keeping it with the job")
	flags.StringVar(&f.keep, "keep-output", "1M", "`bytes` that are kept of each stream of a task: the beginning and the end")
	flags.BoolVar(&f.shell, "shell", false, "run the command by sh -c, whether it seems to need it or not; --shell=false refuses to")
}

// submitError is the error of a job that is wrong, before anything was submitted.
type submitError struct{ err error }

func (e submitError) Error() string { return "braid submit: " + e.err.Error() }
func (e submitError) Unwrap() error { return e.err }

// ExitCode is how [braid.Main] ends the program.
func (submitError) ExitCode() int { return console.ExitUsage }

// submit hands jobs to the cluster.
func (e *env) submit(ctx context.Context, f *submitFlags, specs []*job.Spec) error {
	if f.dryRun {
		return e.drySubmit(specs)
	}
	v, err := f.cluster.connect(ctx)
	if err != nil {
		return console.Named("braid submit", err)
	}
	defer v.Close()
	if len(f.after)+len(f.each) > 0 {
		if err := f.comeAfter(ctx, v, specs); err != nil {
			return console.Named("braid submit", err)
		}
	}
	x, err := v.ask(ctx, &job.Request{Do: job.Submit, Specs: specs})
	if err != nil {
		return console.Named("braid submit", err)
	}
	if err := e.printSubmitted(x.Jobs); err != nil || !f.wait {
		return err
	}
	ids := fmt.Sprintf("%d-%d", x.Jobs[0].ID, x.Jobs[len(x.Jobs)-1].ID)
	return console.Named("braid submit", e.waitJobs(ctx, v, ids, 0, true))
}

// comeAfter finds out which jobs are meant by --after and --after-each.
func (f *submitFlags) comeAfter(ctx context.Context, v *jobView, specs []*job.Spec) error {
	if err := v.refresh(ctx, false); err != nil {
		return err
	}
	for _, flag := range []struct {
		name      string
		selectors []string
		to        func(*job.Spec) *[]int
	}{{"after", f.after, func(s *job.Spec) *[]int { return &s.After }}, {"after-each", f.each, func(s *job.Spec) *[]int { return &s.Each }}} {
		for _, selector := range flag.selectors {
			list, err := v.chosen(selector)
			if err != nil {
				return fmt.Errorf("--%s %s: %w", flag.name, selector, err)
			}
			for _, s := range specs {
				to := flag.to(s)
				for _, before := range list {
					*to = append(*to, before.ID)
				}
			}
		}
	}
	return nil
}

// printSubmitted prints the numbers of new jobs.
func (e *env) printSubmitted(jobs []job.Summary) error {
	if e.JSON {
		var results []console.Result
		for _, s := range jobs {
			at := fmt.Sprintf("job/%d/", s.ID)
			results = append(results, console.Single(at+"name", s.Name, ""), console.Single(at+"state", string(s.State), ""), console.Single(at+"tasks", s.Counts.Total(), "tasks"))
		}
		return e.Print("submit", results)
	}
	for _, s := range jobs {
		more := ""
		if s.State == job.Waits || s.State == job.Blocked {
			more = "; " + s.Why
		}
		fmt.Fprintf(e.Stderr, "braid: job %d (%s) has %s%s\n", s.ID, s.Name, console.Plural(int64(s.Counts.Total()), "task"), more)
		if _, err := fmt.Fprintln(e.Stdout, s.ID); err != nil {
			return err
		}
	}
	return nil
}

// drySubmit prints what jobs would run.
func (e *env) drySubmit(specs []*job.Spec) error {
	out := console.Buffered(e.Stdout)
	for _, s := range specs {
		c, err := s.Compile()
		if err != nil {
			return submitError{err}
		}
		if len(specs) > 1 {
			fmt.Fprintf(out, "# %s\n", s.Name)
		}
		for n := range c.Tasks() {
			fmt.Fprintln(out, command.Quote(c.Template.Expand(c.Task(n+1))))
		}
	}
	return out.Flush()
}
