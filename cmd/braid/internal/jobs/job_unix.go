//go:build unix

package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/progress"
)

func (e *env) jobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "job",
		Short: "Show, follow and change the jobs of a cluster",
		Long: `job shows what becomes of jobs that were handed in with "braid submit", and changes it. JOBS is a number, a range or several of
them (1,3-5), the name of a job or of a job file or the beginning of one, last, or all.

What jobs have done can be read also when their cluster is not there; it goes on when "braid up" starts it again.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return console.Unknown("command of job", args[0], console.Subcommands(cmd))
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if e.JSON {
				return console.Usage("--json is not for job", "its commands are "+strings.Join(console.Subcommands(cmd), ", "))
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(e.jobLsCommand(), e.jobInfoCommand(), e.jobWaitCommand("wait"), e.jobWaitCommand("progress"), e.jobLogsCommand(),
		e.jobChangeCommand("cancel"), e.jobChangeCommand("retry"), e.jobChangeCommand("rm"), e.jobExplainCommand(), e.jobUsageCommand())
	return cmd
}

// aboutJobs makes a command about the jobs that its argument means.
func aboutJobs(cmd *cobra.Command, optional string, do func(ctx context.Context, v *jobView, selector string) error) *cobra.Command {
	name := cmd.Use
	cmd.Use += " JOBS"
	if optional != "" {
		cmd.Use = name + " [JOBS]"
	}
	var cluster clusterFlag
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 || len(args) == 0 && optional != "" {
			return nil
		}
		return console.Usage(fmt.Sprintf("%s takes one argument, which jobs", cmd.CommandPath()), "write a number, a range as in 3-5, a name, last or all")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := cluster.viewJobs(cmd.Context())
		if err == nil {
			defer v.Close()
			err = do(cmd.Context(), v, strings.Join(append(args, optional)[:1], ""))
		}
		return console.Named(cmd.CommandPath(), err)
	}
	cluster.add(cmd.Flags())
	return cmd
}

func (e *env) jobLsCommand() *cobra.Command {
	return aboutJobs(&cobra.Command{
		Use: "ls", Short: "List jobs",
		Long: "ls lists jobs with their states and how many of their tasks are done. Exit codes: 0, 3 the cluster does not answer, 4 there is none.",
	}, "all", func(_ context.Context, v *jobView, selector string) error {
		jobs, err := v.chosen(selector)
		if err != nil {
			return err
		}
		if e.JSON {
			return e.Print("job ls", jobResults(jobs))
		}
		return e.printJobs(jobs)
	})
}

func (e *env) jobInfoCommand() *cobra.Command {
	task := 0
	cmd := aboutJobs(&cobra.Command{
		Use: "info", Short: "Show what jobs run, and how tasks ended",
		Long: "info shows what jobs run, with what they need, and how far they are; with --task how a task ended.",
	}, "", func(_ context.Context, v *jobView, selector string) error {
		jobs, err := v.chosen(selector)
		if err != nil {
			return err
		}
		return e.printInfo(v, jobs, task)
	})
	cmd.Flags().IntVar(&task, "task", 0, "show how the task with this `number` ended")
	return cmd
}

func (e *env) jobExplainCommand() *cobra.Command {
	task := 0
	cmd := aboutJobs(&cobra.Command{
		Use: "explain", Short: "Say why jobs or a task do not run",
		Long: "explain says what jobs wait for, or with --task what a task does.",
	}, "", func(ctx context.Context, v *jobView, selector string) error {
		x, err := v.ask(ctx, &job.Request{Do: job.Explain, Select: selector, Task: task})
		if err != nil {
			return err
		}
		if e.JSON {
			return e.Print("job explain", []console.Result{console.Single("explanation", x.Text, "")})
		}
		_, err = fmt.Fprintln(e.Stdout, x.Text)
		return err
	})
	cmd.Flags().IntVar(&task, "task", 0, "explain the task with this `number`")
	return cmd
}

// changes are the commands that change jobs.
var changes = map[string]struct{ do, short, long string }{
	"cancel": {job.Stop, "Cancel what jobs have left to do", `cancel takes away the tasks that have not begun, and ends those that run: SIGTERM, and SIGKILL after the job's grace time. What is
done stays done. Jobs that come after it do not begin; "braid job retry" undoes it.`},
	"retry": {job.Again, "Run again what failed or was cancelled", `retry runs those tasks again that failed or were cancelled, and only those. A job that could not go on does so.`},
	"rm":    {job.Remove, "Forget jobs that are over", `rm removes jobs that are over, with what they printed.`},
}

func (e *env) jobChangeCommand(name string) *cobra.Command {
	c := changes[name]
	return aboutJobs(&cobra.Command{Use: name, Short: c.short, Long: c.long}, "", func(ctx context.Context, v *jobView, selector string) error {
		x, err := v.ask(ctx, &job.Request{Do: c.do, Select: selector})
		if err != nil {
			return err
		}
		if e.JSON {
			results := jobResults(x.Jobs)
			for k, s := range x.Jobs {
				if k < len(x.Tasks) {
					results = append(results, console.Single(fmt.Sprintf("job/%d/changed", s.ID), x.Tasks[k], "tasks"))
				}
			}
			return e.Print("job "+name, results)
		}
		for k, s := range x.Jobs {
			what := "removed"
			if k < len(x.Tasks) {
				what = fmt.Sprintf("%s %s", console.Plural(int64(x.Tasks[k]), "task"), map[string]string{"cancel": "cancelled", "retry": "to be run again"}[name])
			}
			if _, err := fmt.Fprintf(e.Stdout, "job %d (%s): %s\n", s.ID, s.Name, what); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *env) jobWaitCommand(name string) *cobra.Command {
	var limit time.Duration
	short, long := "Wait until jobs are over", "wait waits until jobs are over: done, failed, cancelled, or blocked by one that is."
	if name == "progress" {
		short, long = "Show how jobs get on until they are over", "progress waits as wait does, shows how far the jobs are, and says at the end how they went and what would be a better request."
	}
	cmd := aboutJobs(&cobra.Command{
		Use: name, Short: short,
		Long: long + `

Exit codes: 0 all tasks did what they should, 1 one did not or cannot run, 3 the cluster does not answer any more, 4 there is no such job, 5 it takes longer than
--timeout, 130 interrupted. The jobs go on in any case.`,
	}, "last", func(ctx context.Context, v *jobView, selector string) error {
		return e.waitJobs(ctx, v, selector, limit, name == "progress")
	})
	cmd.Flags().DurationVar(&limit, "timeout", 0, "how long to wait at most (0: for ever)")
	return cmd
}

// notDone is the error of jobs that are over and have not done all they should.
type notDone struct{ jobs []job.Summary }

func (n notDone) Error() string {
	var parts []string
	for _, s := range n.jobs {
		part := fmt.Sprintf("job %d (%s) is %s", s.ID, s.Name, s.State)
		switch {
		case s.Why != "":
			part += ": " + s.Why
		case s.Counts[job.Failed] > 0:
			part += fmt.Sprintf(": %s failed; \"braid job logs %d --failed\" shows what they printed", console.Plural(int64(s.Counts[job.Failed]), "task"), s.ID)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "\n")
}

// waitJobs waits until jobs are over, and returns how that went.
func (e *env) waitJobs(ctx context.Context, v *jobView, selector string, limit time.Duration, show bool) error {
	late := errors.New("too late")
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, late)
		defer cancel()
	}
	if v.jobs == nil {
		if err := v.refresh(ctx, false); err != nil {
			return err
		}
	}
	jobs, err := v.chosen(selector)
	if err != nil {
		return err
	}
	ids := make([]int, len(jobs))
	for k, s := range jobs {
		ids[k] = s.ID
	}
	p := &jobProgress{began: time.Now()}
	p.set(jobs)
	stop := func() {}
	if show {
		meter := progress.Start(e.Stderr, p.snapshot)
		stop = sync.OnceFunc(func() { meter.Stop(progress.Snapshot{}) })
	}
	defer stop()
	for !over(jobs) {
		switch err := v.refresh(ctx, true); {
		case errors.Is(err, late):
			return console.Coded(fmt.Errorf("%s not over after %v; they go on", console.IsAre(int64(unfinished(jobs)), "job"), limit), console.ExitTimeout)
		case err != nil:
			return err
		}
		jobs = slices.DeleteFunc(slices.Clone(v.jobs), func(s job.Summary) bool { return !slices.Contains(ids, s.ID) })
		p.set(jobs)
	}
	if stop(); show {
		if err := e.sayVerdicts(v, jobs); err != nil {
			return err
		}
	}
	bad := slices.DeleteFunc(slices.Clone(jobs), func(s job.Summary) bool { return s.State == job.Succeeded })
	if e.JSON {
		if err := e.Print("job wait", jobResults(jobs)); err != nil {
			return err
		}
	}
	if len(bad) > 0 {
		return notDone{bad}
	}
	return nil
}

func over(jobs []job.Summary) bool { return unfinished(jobs) == 0 }

// unfinished counts jobs that are not over.
func unfinished(jobs []job.Summary) (n int) {
	for _, s := range jobs {
		if !s.State.Over() {
			n++
		}
	}
	return n
}
