//go:build unix

package jobs

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/progress"
)

func (e *env) jobUsageCommand() *cobra.Command {
	return aboutJobs(&cobra.Command{
		Use: "usage", Short: "Show what tasks have used, against what they asked for",
		Long: `usage shows how long tasks took, what they used of cores, memory and disks, and what would be a better request. Of a task the last time that
it ended counts. Memory is that of a task's largest process; of small ones it is not known.`,
	}, "last", func(_ context.Context, v *jobView, selector string) error {
		jobs, err := v.chosen(selector)
		if err != nil {
			return err
		}
		var results []console.Result
		w := e.table()
		for k, s := range jobs {
			u, err := usageOf(job.Path(v.store, s.ID))
			if err != nil {
				return err
			}
			results = append(results, u.results(s)...)
			if k > 0 {
				fmt.Fprintln(w)
			}
			u.print(w, s)
		}
		if e.JSON {
			return e.Print("job usage", results)
		}
		return w.Flush()
	})
}

// jobUsage is what the tasks of a job have used.
type jobUsage struct {
	needs         job.Needs
	limit         int64
	ended         int
	wall, peaks   []int64 // µs, and bytes where they are known; sorted
	busy, cpu     int64   // µs of all tasks
	read, written int64
}

// usageOf adds up what tasks have used.
func usageOf(folder string) (*jobUsage, error) {
	spec, err := job.LoadSpec(folder)
	if err != nil {
		return nil, err
	}
	type used struct{ wall, cpu, peak, read, written int64 }
	last := map[int64]used{}
	if err := job.Scan(folder, func(r *journal.Record) { last[r.Task] = used{r.Wall, r.CPU, r.Peak, r.Read, r.Written} }); err != nil {
		return nil, err
	}
	u := &jobUsage{needs: spec.Needs, limit: spec.Limit, ended: len(last)}
	for _, t := range last {
		u.wall = append(u.wall, t.wall)
		if t.peak > 0 {
			u.peaks = append(u.peaks, t.peak)
		}
		u.busy, u.cpu, u.read, u.written = u.busy+t.wall, u.cpu+t.cpu, u.read+t.read, u.written+t.written
	}
	slices.Sort(u.wall)
	slices.Sort(u.peaks)
	return u, nil
}

// at returns a quantile of sorted values, 0 if there are none.
func at(sorted []int64, q float64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// cores is how many cores a task used on average while it ran.
func (u *jobUsage) cores() float64 { return float64(u.cpu) / max(float64(u.busy), 1) }

func (u *jobUsage) print(w *tabwriter.Writer, s job.Summary) {
	fmt.Fprintf(w, "job %d: %s, %s of %s ended\n", s.ID, s.Name, console.Grouped(int64(u.ended)), console.Plural(int64(s.Counts.Total()), "task"))
	if u.ended == 0 {
		return
	}
	fmt.Fprintf(w, "  a task took\t%s, half of them less than %s, the longest %s\n", console.Span(at(u.wall, 0)*1e3), console.Span(at(u.wall, 0.5)*1e3), console.Span(at(u.wall, 1)*1e3))
	fmt.Fprintf(w, "  all took\t%s together, and %s of CPU time\n", console.Span(u.busy*1e3), console.Span(u.cpu*1e3))
	fmt.Fprintf(w, "  cores\t%.2f of %g used (%.0f %%)\n", u.cores(), u.needs.Cores, 100*u.cores()/u.needs.Cores)
	if len(u.peaks) > 0 {
		asked := "none asked for"
		if u.needs.Memory > 0 {
			asked = "of " + progress.Bytes(u.needs.Memory)
		}
		fmt.Fprintf(w, "  memory\t%s in the largest, %s in the middle, %s\n", progress.Bytes(at(u.peaks, 1)), progress.Bytes(at(u.peaks, 0.5)), asked)
	}
	fmt.Fprintf(w, "  disks\t%s read, %s written\n", progress.Bytes(u.read), progress.Bytes(u.written))
	for _, line := range u.advice() {
		fmt.Fprintf(w, "  ! %s\n", line)
	}
}

// sayVerdicts says in a line how each job went, and what would be a better request.
func (e *env) sayVerdicts(v *jobView, jobs []job.Summary) error {
	for _, s := range jobs {
		u, err := usageOf(job.Path(v.store, s.ID))
		if err != nil {
			return err
		}
		for _, line := range u.verdict(s) {
			fmt.Fprintln(e.Stderr, line)
		}
	}
	return nil
}

// verdict is what people are told when a job is over: what became of its tasks, in which time, how many ran at once and what each used of its
// cores.
func (u *jobUsage) verdict(s job.Summary) []string {
	line := fmt.Sprintf("job %d, %s: %s done", s.ID, s.Name, console.Plural(int64(s.Counts[job.Done]), "task"))
	if n := s.Counts[job.Failed]; n > 0 {
		line += fmt.Sprintf(", %s failed", console.Grouped(int64(n)))
	}
	if n := s.Counts[job.Cancelled]; n > 0 {
		line += fmt.Sprintf(", %s cancelled", console.Grouped(int64(n)))
	}
	if s.Began == nil || s.Ended == nil || u.ended == 0 {
		return []string{line}
	}
	took := s.Ended.Sub(*s.Began)
	line += fmt.Sprintf(" in %s; %.1f at once, each with %.2f of %g cores used (%.0f %%)", console.Span(took.Nanoseconds()),
		float64(u.busy)*1e3/max(float64(took), 1), u.cores(), u.needs.Cores, 100*u.cores()/u.needs.Cores)
	lines := []string{line}
	for _, a := range u.advice() {
		lines = append(lines, "! "+a)
	}
	return lines
}

// What a task has to take together before advice is given: starting and ending explain the rest.
const adviceBusy = 10e6 // µs

// advice names requests that could be better.
func (u *jobUsage) advice() (lines []string) {
	if u.busy < adviceBusy {
		return nil
	}
	whole := max(1, int(u.cores()+0.75))
	if u.needs.Cores > 1 && u.cores() < u.needs.Cores/2 {
		lines = append(lines, fmt.Sprintf("a task asked for %g cores and used %.1f: try --cpus %d, or let the program use more threads", u.needs.Cores, u.cores(), whole))
	}
	if u.cores() > 1.5*max(u.needs.Cores, 1) {
		lines = append(lines, fmt.Sprintf("a task asked for %g cores and used %.1f, which others miss: try --cpus %d, or OMP_NUM_THREADS", u.needs.Cores, u.cores(), whole))
	}
	if top := at(u.peaks, 1); u.needs.Memory > 0 && top > 0 && top < u.needs.Memory/4 {
		lines = append(lines, fmt.Sprintf("a task asked for %s and none used more than %s: with less, more run at once", progress.Bytes(u.needs.Memory), progress.Bytes(top)))
	}
	if u.ended >= 1000 && at(u.wall, 0.5) < 5000 {
		lines = append(lines, "half of the tasks took less than 5 ms, of which starting the program is a good part: give each more work")
	}
	return lines
}

func (u *jobUsage) results(s job.Summary) []console.Result {
	of := func(name string, value any, unit string) console.Result {
		return console.Single(fmt.Sprintf("job/%d/%s", s.ID, name), value, unit)
	}
	list := []console.Result{
		of("ended", u.ended, "tasks"), of("wall/least", float64(at(u.wall, 0))/1e6, "s"), of("wall/median", float64(at(u.wall, 0.5))/1e6, "s"),
		of("wall/greatest", float64(at(u.wall, 1))/1e6, "s"), of("busy", float64(u.busy)/1e6, "s"), of("cpu", float64(u.cpu)/1e6, "s"),
		of("cores_asked", u.needs.Cores, "cores"), of("cores_used", u.cores(), "cores"), of("memory_asked", u.needs.Memory, "bytes"),
		of("peak/median", at(u.peaks, 0.5), "bytes"), of("peak/greatest", at(u.peaks, 1), "bytes"), of("read", u.read, "bytes"), of("written", u.written, "bytes"),
	}
	for _, line := range u.advice() {
		list[7].Note += line + "\n"
	}
	return list
}
