//go:build unix

package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/job"
)

func (e *env) jobLogsCommand() *cobra.Command {
	l := jobLogs{env: e}
	cmd := aboutJobs(&cobra.Command{
		Use: "logs", Short: "Print what tasks have printed",
		Long: `logs prints what the tasks of jobs have printed, standard output to standard output and standard error to standard error, in the order
in which they ended, and then what those that run have printed so far. With --follow it goes on as they print, until the jobs are over; lines of a job with
several tasks come after the number of the task, and after that of the job if there are several.`,
	}, "last", func(ctx context.Context, v *jobView, selector string) error { return l.run(ctx, v, selector) })
	cmd.Flags().IntVar(&l.task, "task", 0, "only what the task with this `number` has printed")
	cmd.Flags().BoolVarP(&l.follow, "follow", "f", false, "go on until the jobs are over")
	cmd.Flags().BoolVar(&l.failed, "failed", false, "only what tasks have printed that failed")
	return cmd
}

// jobLogs prints what tasks have printed.
type jobLogs struct {
	env            *env
	task           int
	follow, failed bool
}

// followEvery is how often it is looked whether tasks have printed something.
const followEvery = 100 * time.Millisecond

func (l *jobLogs) run(ctx context.Context, v *jobView, selector string) error {
	jobs, err := v.chosen(selector)
	if err != nil {
		return err
	}
	if l.env.JSON {
		return console.Usage("--json is not for job logs", "what tasks have printed is in the file output of the folder that job info names")
	}
	followers := make([]*job.Follower, len(jobs))
	for k, s := range jobs {
		if followers[k], err = l.open(v, s, len(jobs) > 1); err != nil {
			return err
		}
		defer followers[k].Close()
		if err := followers[k].Past(); err != nil {
			return err
		}
	}
	if !l.follow {
		return nil
	}
	ended := make(chan error, 1) // that the jobs are over
	ctx, stop := context.WithCancel(ctx)
	go func() { ended <- l.env.waitJobs(ctx, v, selector, 0, false) }()
	defer func() { stop(); <-ended }()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for last := false; ; {
		for _, f := range followers {
			if err := f.More(); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- nil
			if _, bad := errors.AsType[notDone](err); err != nil && !bad {
				return err
			}
			last = true // what came in before the end
		}
	}
}

// open opens the outputs of a job.
func (l *jobLogs) open(v *jobView, s job.Summary, several bool) (*job.Follower, error) {
	f, err := job.Follow(job.Path(v.store, s.ID))
	if err != nil {
		return nil, err
	}
	if l.task < 0 || l.task > s.Counts.Total() {
		return nil, console.Coded(fmt.Errorf("job %d (%s) has tasks 1 to %d, and none %d", s.ID, s.Name, s.Counts.Total(), l.task), console.ExitNotFound)
	}
	f.Task, f.Failed = l.task, l.failed
	f.Emit = func(task, stream int, text []byte) error {
		w := l.env.Stdout
		if stream == 1 {
			w = l.env.Stderr
		}
		if l.follow && l.task == 0 {
			text = labelled(text, s, task, several)
		}
		_, err := w.Write(text)
		return err
	}
	return f, nil
}

// labelled puts the number of the task, and of the job if there are several, before each line.
func labelled(text []byte, s job.Summary, task int, several bool) []byte {
	if s.Counts.Total() == 1 && !several {
		return text
	}
	label := fmt.Sprintf("[%d] ", task)
	if several {
		label = fmt.Sprintf("[%d/%d] ", s.ID, task)
	}
	var b []byte
	for line := range bytes.Lines(text) {
		b = append(append(b, label...), line...)
		if line[len(line)-1] != '\n' {
			b = append(b, '\n')
		}
	}
	return b
}
