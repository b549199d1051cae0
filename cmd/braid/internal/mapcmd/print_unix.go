//go:build unix

package mapcmd

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/archive"
	"github.com/braid-compute/braid/internal/command/batch"
	"github.com/braid-compute/braid/internal/command/process"
	"github.com/braid-compute/braid/internal/progress"
	"github.com/braid-compute/braid/par"
)

// mostFailures is how many failures are listed as they happen.
const mostFailures = 100

// mapPrinter says what becomes of the tasks. The goroutine that collects them calls it.
type mapPrinter struct {
	env    *env
	flags  *mapFlags
	plan   *batch.Plan
	title  string
	stdout io.Writer
	json   *mapJSON // nil for people
	cores  par.Allowance

	meter    *progress.Meter
	began    time.Time
	run      *batch.Run
	failures int
}

func newMapPrinter(e *env, f *mapFlags, plan *batch.Plan) *mapPrinter {
	p := &mapPrinter{env: e, flags: f, plan: plan, title: plan.Template.Title(), stdout: e.Stdout, cores: par.Cores()}
	if e.JSON || f.ndjson {
		p.json = &mapJSON{lines: f.ndjson, out: console.Buffered(e.Stdout)}
	}
	return p
}

// noteJournal says what is unusual about the journal.
func (p *mapPrinter) noteJournal(a *archive.Archive, lost int) {
	if n := a.Damaged(); n > 0 {
		fmt.Fprintf(p.env.Stderr, "braid map: %s: %s could not be read, as after a crash; the tasks they were about are run again\n", p.flags.journal, console.Plural(int64(n), "line"))
	}
	if lost > 0 {
		fmt.Fprintf(p.env.Stderr, "braid map: %s%s: the output of %s is missing; they are run again\n", p.flags.journal, archive.Suffix, console.Plural(int64(lost), "task"))
	}
}

// begin starts to show progress.
func (p *mapPrinter) begin(run *batch.Run) {
	p.run, p.began = run, time.Now()
	p.meter = progress.Start(p.env.Stderr, p.snapshot)
}

// snapshot is what the display shows.
func (p *mapPrinter) snapshot() progress.Snapshot {
	c, elapsed := p.run.Counts(), time.Since(p.began)
	return progress.Snapshot{
		Elapsed: elapsed, Active: elapsed, CPU: c.CPU, Slots: p.plan.Slots, Running: int(c.Running), CoresHeld: p.cores.N,
		Groups: []progress.Group{{Name: p.title, Total: c.Total - c.Earlier, Done: c.Done, Failed: c.Failed, Retried: c.Retried, Busy: c.Busy}},
	}
}

// ended prints what a task has printed, and how it failed.
func (p *mapPrinter) ended(o *batch.Outcome) error {
	if p.json != nil {
		p.failed(o)
		return p.json.task(o)
	}
	if p.plan.Live != nil && !o.Earlier {
		for stream, text := range o.Rest {
			p.live(o.Task, stream, text)
		}
	} else {
		if err := p.print(p.stdout, o.Stdout); err != nil {
			return fmt.Errorf("print what tasks have printed: %w", err)
		}
		_ = p.print(p.env.Stderr, o.Stderr) // there is nobody left to tell
	}
	p.failed(o)
	return nil
}

// print writes what a task has printed, past the lines of progress.
func (p *mapPrinter) print(w io.Writer, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	p.meter.Hide()
	_, err := w.Write(text)
	return err
}

// live prints lines of a program that runs, each after the number of its task.
func (p *mapPrinter) live(task int64, stream int, text []byte) {
	w := p.stdout
	if stream == 1 {
		w = p.env.Stderr
	}
	var b []byte
	for line := range bytes.Lines(text) {
		b = append(fmt.Appendf(b, "[%d] ", task), line...)
		if line[len(line)-1] != '\n' {
			b = append(b, '\n')
		}
	}
	_ = p.print(w, b) // what was printed in full is not missed here
}

// failed lists a failure.
func (p *mapPrinter) failed(o *batch.Outcome) {
	if o.Earlier || o.OK() {
		return
	}
	if p.failures++; p.failures > mostFailures {
		if p.failures == mostFailures+1 {
			p.meter.Say("braid: more tasks have failed; they are counted and not listed; --ndjson has them all")
		}
		return
	}
	p.meter.Say(fmt.Sprintf("braid: task %d %s: %s", o.Task, failure(o), p.commandOf(o)))
}

// failure says in words how a task failed.
func failure(o *batch.Outcome) string {
	var b strings.Builder
	switch {
	case o.Why == process.NotStarted:
		fmt.Fprintf(&b, "could not be started (%v)", o.Err)
	case o.Why == process.NotKept:
		fmt.Fprintf(&b, "ended well, and %v", o.Err)
	case o.Why == process.TimeLimit:
		fmt.Fprintf(&b, "was stopped by its time limit after %s", seconds(o.Wall))
	case o.Signal != 0:
		fmt.Fprintf(&b, "was killed by %s after %s", process.SignalName(o.Signal), seconds(o.Wall))
	default:
		fmt.Fprintf(&b, "failed with exit code %d after %s", o.Code, seconds(o.Wall))
		if o.Err != nil {
			fmt.Fprintf(&b, " (%v)", o.Err)
		}
	}
	if o.Attempts > 1 {
		fmt.Fprintf(&b, ", at attempt %d", o.Attempts)
	}
	if o.StderrFile != "" {
		fmt.Fprintf(&b, ", see %s", o.StderrFile)
	}
	return b.String()
}

// commandOf is the command of a task, shortened.
func (p *mapPrinter) commandOf(o *batch.Outcome) string {
	return console.Shortened(command.Quote(p.plan.Template.Expand(command.Task{Number: o.Task, Args: o.Args})))
}

// end takes the display away and says what was done. The error is that of standard output.
func (p *mapPrinter) end(s batch.Summary, interrupted bool) error {
	p.meter.Stop(progress.Snapshot{})
	v := mapVerdict{
		Summary: s, slots: p.plan.Slots, cores: p.cores.N, interrupted: interrupted, journal: p.flags.journal, files: p.plan.Files, halt: p.plan.Halt,
	}
	for _, line := range v.lines() {
		p.meter.Say("braid: " + line)
	}
	if p.json == nil {
		return nil
	}
	if p.flags.ndjson {
		return p.json.summary(v)
	}
	return p.env.Print("map", p.json.results(v))
}
