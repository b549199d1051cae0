//go:build unix

package jobs

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/progress"
)

// table lines up what people are shown; with --json it takes everything and shows nothing.
func (e *env) table() *tabwriter.Writer {
	out := e.Stdout
	if e.JSON {
		out = io.Discard
	}
	return tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
}

// jobResults are what --json shows of jobs.
func jobResults(jobs []job.Summary) (list []console.Result) {
	for _, s := range jobs {
		at := fmt.Sprintf("job/%d/", s.ID)
		state := console.Single(at+"state", string(s.State), "")
		state.Note = s.Why
		list = append(list, console.Single(at+"name", s.Name, ""), state, console.Single(at+"submitted", s.Submitted.Format(time.RFC3339), ""),
			console.Single(at+"took", took(s).Seconds(), "s"), console.Single(at+"tasks", s.Counts.Total(), "tasks"))
		for status := job.Pending; status <= job.Cancelled; status++ {
			list = append(list, console.Single(at+status.String(), s.Counts[status], "tasks"))
		}
		list = append(list, console.Single(at+"retried", s.Retried, "attempts"))
	}
	return list
}

// took is for how long tasks of a job have been run, until now if some do.
func took(s job.Summary) time.Duration {
	switch {
	case s.Began == nil:
		return 0
	case s.Counts.Left() > 0 && s.State != job.Suspended:
		return time.Since(*s.Began)
	}
	return s.Ended.Sub(*s.Began)
}

// printJobs lists jobs for people.
func (e *env) printJobs(jobs []job.Summary) error {
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(e.Stdout, "no jobs")
		return err
	}
	w := e.table()
	fmt.Fprintln(w, "job\tname\tstate\ttasks\tdone\tfailed\tcancelled\trunning\tsubmitted\ttook")
	for _, s := range jobs {
		c := s.Counts
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", s.ID, s.Name, s.State, c.Total(), c[job.Done], c[job.Failed], c[job.Cancelled],
			c[job.Running], s.Submitted.Local().Format(time.DateTime), console.Span(int64(took(s))))
	}
	return w.Flush()
}

// printInfo shows jobs, or a task of each, at length.
func (e *env) printInfo(v *jobView, jobs []job.Summary, task int) error {
	w := e.table()
	var results []console.Result
	for k, s := range jobs {
		folder := job.Path(v.store, s.ID)
		spec, err := job.LoadSpec(folder)
		if err != nil {
			return err
		}
		if task != 0 {
			err = printTask(w, s, spec, folder, task, &results)
		} else {
			if k > 0 {
				fmt.Fprintln(w)
			}
			err = printJob(w, s, spec, folder)
			results = append(results, console.Single(fmt.Sprintf("job/%d/folder", s.ID), folder, ""))
		}
		if err != nil {
			return err
		}
	}
	if e.JSON {
		return e.Print("job info", append(jobResults(jobs), results...))
	}
	return w.Flush()
}

// printJob shows a job.
func printJob(w *tabwriter.Writer, s job.Summary, spec *job.Spec, folder string) error {
	c, err := spec.Compile()
	if err != nil {
		return err
	}
	why := ""
	if s.Why != "" {
		why = ": " + s.Why
	}
	n := s.Counts
	fmt.Fprintf(w, "job %d: %s\n  state\t%s%s\n", s.ID, s.Name, s.State, why)
	fmt.Fprintf(w, "  tasks\t%d: %d done, %d failed, %d cancelled, %d running, %d pending\n", n.Total(), n[job.Done], n[job.Failed], n[job.Cancelled], n[job.Running], n[job.Pending])
	text := string(spec.Line)
	if text == "" {
		text = command.Quote(job.Strings(spec.Words))
	}
	fmt.Fprintf(w, "  command\t%s\n", console.Shortened(text))
	fmt.Fprintf(w, "  the first task\t%s\n", console.Shortened(command.Quote(c.Template.Expand(c.Task(1)))))
	fmt.Fprintf(w, "  folder\t%s\n", spec.Folder)
	fmt.Fprintf(w, "  a task needs\t%s\n", needs(spec))
	fmt.Fprintf(w, "  submitted\t%s\n", s.Submitted.Local().Format(time.DateTime))
	if s.Began != nil {
		fmt.Fprintf(w, "  took\t%s\n", console.Span(int64(took(s))))
	}
	if len(s.After) > 0 {
		fmt.Fprintf(w, "  after\tjob %s\n", strings.Trim(strings.ReplaceAll(fmt.Sprint(s.After), " ", ", "), "[]"))
	}
	if len(s.Each) > 0 {
		fmt.Fprintf(w, "  after each of\tjob %s\n", strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Each), " ", ", "), "[]"))
	}
	fmt.Fprintf(w, "  files\t%s\n", folder)
	return nil
}

// needs says what a task needs.
func needs(spec *job.Spec) string {
	n := spec.Needs
	parts := []string{fmt.Sprintf("%g cores", n.Cores)}
	if n.Cores == 1 {
		parts[0] = "1 core"
	}
	if n.Memory > 0 {
		parts = append(parts, progress.Bytes(n.Memory))
	}
	if n.GPUs > 0 {
		parts = append(parts, fmt.Sprintf("%g GPUs", n.GPUs))
	}
	if n.Nodes > 1 {
		parts = append(parts, fmt.Sprintf("each on %d nodes", n.Nodes))
	}
	for name, v := range n.Resources {
		parts = append(parts, fmt.Sprintf("%g %s", v, name))
	}
	if spec.Time > 0 {
		parts = append(parts, fmt.Sprintf("at most %v", spec.Time))
	}
	return strings.Join(parts, ", ")
}

// printTask shows how a task ended.
func printTask(w *tabwriter.Writer, s job.Summary, spec *job.Spec, folder string, task int, results *[]console.Result) error {
	c, err := spec.Compile()
	if err != nil {
		return err
	}
	if task < 1 || task > c.Tasks() {
		return console.Coded(fmt.Errorf("job %d (%s) has tasks 1 to %d, and none %d", s.ID, s.Name, c.Tasks(), task), console.ExitNotFound)
	}
	var last journal.Record
	if err := job.Scan(folder, func(r *journal.Record) {
		if r.Task == int64(task) {
			last = *r
		}
	}); err != nil {
		return err
	}
	fmt.Fprintf(w, "task %d of job %d (%s)\n  command\t%s\n", task, s.ID, s.Name, console.Shortened(command.Quote(c.Template.Expand(c.Task(task)))))
	if last.Task == 0 {
		fmt.Fprintf(w, "  ended\tnot yet\n")
		return nil
	}
	fmt.Fprintf(w, "  ended\t%s, %s, after %s\n", time.UnixMilli(last.Ended).Local().Format(time.DateTime), howEnded(&last), console.Span(last.Wall*1e3))
	fmt.Fprintf(w, "  used\t%s of CPU time, %s of memory, %s read, %s written\n", console.Span(last.CPU*1e3), orUnknown(last.Peak), progress.Bytes(last.Read), progress.Bytes(last.Written))
	at := fmt.Sprintf("job/%d/task/%d/", s.ID, task)
	*results = append(*results, console.Single(at+"ok", fmt.Sprint(last.OK()), ""), console.Single(at+"exit", last.Code, ""), console.Single(at+"signal", last.Signal, ""),
		console.Single(at+"why", last.Why, ""), console.Single(at+"attempts", last.Attempts, "attempts"), console.Single(at+"seconds", float64(last.Wall)/1e6, "s"),
		console.Single(at+"cpu", float64(last.CPU)/1e6, "s"), console.Single(at+"peak", last.Peak, "bytes"), console.Single(at+"read", last.Read, "bytes"), console.Single(at+"written", last.Written, "bytes"))
	return nil
}

// orUnknown writes an amount of memory that may not be known.
func orUnknown(bytes int64) string {
	if bytes == 0 {
		return "an unknown amount"
	}
	return progress.Bytes(bytes)
}

// howEnded says in words how a task ended.
func howEnded(r *journal.Record) string {
	text := fmt.Sprintf("with exit code %d", r.Code)
	switch {
	case r.OK():
		text = "well"
	case r.Why == string(process.NotStarted):
		text = "without having been started"
	case r.Why == string(process.TimeLimit):
		text = "by its time limit"
	case r.Why == string(process.NotKept):
		text = "well, and what it wrote cannot be read"
	case r.Why != "" && r.Why != job.DiskFull:
		text = "by the loss of its workers"
	case r.Signal != 0:
		text = "by " + process.SignalName(r.Signal)
	}
	if r.Attempts > 1 {
		text += fmt.Sprintf(", at attempt %d", r.Attempts)
	}
	if r.Why == job.DiskFull {
		text += "; the disk of its output had no room left"
	}
	return text
}

// jobProgress is what a display shows of jobs that are waited for.
type jobProgress struct {
	began time.Time

	mu   sync.Mutex
	jobs []job.Summary
}

func (p *jobProgress) set(jobs []job.Summary) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = jobs
}

// snapshot is called by the display.
func (p *jobProgress) snapshot() progress.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := progress.Snapshot{Elapsed: time.Since(p.began)}
	s.Active = s.Elapsed
	for _, j := range p.jobs {
		c := j.Counts
		s.Running += c[job.Running]
		s.Groups = append(s.Groups, progress.Group{
			Name: fmt.Sprintf("%d %s", j.ID, j.Name), Total: int64(c.Total()), Done: int64(c[job.Done]), Failed: int64(c[job.Failed]),
			Cancelled: int64(c[job.Cancelled]), Retried: int64(j.Retried),
		})
	}
	return s
}
