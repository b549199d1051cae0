package agent

import (
	"slices"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// The scheduler has assigned more than runs at once, and does not wait for each task: while the agent has more to do, reports of
// tasks that are done wait a little for others. Every word costs the scheduler's process a wake-up, which is dear beside a
// task of some microseconds. What a client wants is told at once.
const (
	patience    = 2 * time.Millisecond // how long a report waits
	someReports = 24                   // if as many wait then, tasks are so short that they may wait
	longer      = 4 * time.Millisecond // for so much longer
	manyReports = 512                  // or for how many others
)

// tell says something to the scheduler: reports of tasks that are done with others, everything else at once.
func (a *Agent) tell(w any) {
	done, ok := w.(*word.Done)
	if !ok {
		a.report()
		a.send(a.scheduler, w)
		return
	}
	if len(a.reports) == 0 {
		a.reports = done.Tasks
	} else { // and about as many more as came together the last time
		a.reports = slices.Grow(a.reports, max(len(done.Tasks), a.reported-len(a.reports)))
		a.reports = append(a.reports, done.Tasks...)
	}
	switch {
	case a.urgent || a.unended <= 2*a.cfg.Slots || len(a.reports) >= manyReports:
		a.report()
	case a.reporting == nil:
		a.reportIn(patience)
	}
}

// reportIn arranges for reports to be sent.
func (a *Agent) reportIn(wait time.Duration) {
	if a.reporting != nil {
		a.reporting.Stop()
	}
	a.reporting = time.AfterFunc(wait, func() { a.heard(note{report: true}) })
}

// reportsDue sends the reports that have waited, unless they may wait for longer.
func (a *Agent) reportsDue() {
	if len(a.reports) < someReports || a.longer {
		a.report()
		return
	}
	a.longer = true
	a.reportIn(longer)
}

// report sends the reports that wait.
func (a *Agent) report() {
	if a.reporting != nil {
		a.reporting.Stop()
		a.reporting = nil
	}
	a.urgent, a.longer = false, false
	if a.reported = len(a.reports); a.reported > 0 {
		a.send(a.scheduler, &word.Done{Tasks: a.reports})
		a.reports = nil
	}
}
