package record

import (
	"iter"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Ledger remembers the events that a successor needs, without those of runs that are over. It keeps them as they are, so a
// graph is in memory once. The zero value is empty.
type Ledger struct {
	lines []line // in the order of events
	runs  map[word.Run]*tally
	open  map[word.Client]int // runs that are not over
	alive int                 // lines that are needed
	last  Numbers
}

// line is an event, with the run that it is about; 0 for that a client is gone.
type line struct {
	run word.Run
	ev  sched.Event
}

// tally is a run that is not over.
type tally struct {
	client word.Client
	lines  int
}

// Note takes an event in.
func (l *Ledger) Note(ev sched.Event) {
	switch e := ev.(type) {
	case sched.Submitted:
		l.last.Run, l.last.Client = max(l.last.Run, e.Run), max(l.last.Client, e.Client)
		if l.runs == nil {
			l.runs, l.open = make(map[word.Run]*tally), make(map[word.Client]int)
		}
		if l.runs[e.Run] == nil {
			l.runs[e.Run] = &tally{client: e.Client}
			l.open[e.Client]++
			l.add(e.Run, ev)
		}
	case sched.ClientWord:
		switch w := e.Word.(type) {
		case *word.Release:
			l.add(w.Run, ev)
		case *word.CancelTasks:
			l.add(w.Run, ev)
		case *word.Leave:
			l.gone(e.Client)
		}
	case sched.ClientGone:
		l.gone(e.Client)
	case sched.AgentWord:
		l.last.Agent = max(l.last.Agent, e.Agent)
		if w, ok := e.Word.(*word.Failed); ok {
			l.add(w.Block.Task.Run, ev)
		}
	case sched.AgentJoined:
		l.last.Agent = max(l.last.Agent, e.Agent)
	}
}

// Over takes note that a run is over.
func (l *Ledger) Over(run word.Run) {
	t := l.runs[run]
	if t == nil {
		return
	}
	delete(l.runs, run)
	l.alive -= t.lines
	if l.open[t.client]--; l.open[t.client] == 0 {
		delete(l.open, t.client)
	}
	l.compact()
}

// Given takes note of numbers that were given.
func (l *Ledger) Given(n Numbers) {
	l.last = Numbers{max(l.last.Run, n.Run), max(l.last.Agent, n.Agent), max(l.last.Client, n.Client)}
}

// Last returns the numbers that were given last, as far as events tell.
func (l *Ledger) Last() Numbers { return l.last }

// Events returns the events that a successor needs, in their order. The ledger must not change meanwhile.
func (l *Ledger) Events() iter.Seq[sched.Event] {
	return func(yield func(sched.Event) bool) {
		for _, x := range l.lines {
			if l.needed(x) && !yield(x.ev) {
				return
			}
		}
	}
}

func (l *Ledger) needed(x line) bool {
	if x.run != 0 {
		return l.runs[x.run] != nil
	}
	return l.open[x.ev.(sched.ClientGone).Client] > 0
}

// add keeps an event about a run that is not over.
func (l *Ledger) add(run word.Run, ev sched.Event) {
	if t := l.runs[run]; t != nil {
		t.lines++
		l.alive++
		l.lines = append(l.lines, line{run, ev})
	}
}

func (l *Ledger) gone(c word.Client) {
	l.last.Client = max(l.last.Client, c)
	if l.open[c] > 0 {
		l.lines = append(l.lines, line{0, sched.ClientGone{Client: c}})
	}
}

// slack is how many lines may be kept that are not needed, beside as many as are.
const slack = 64

// compact drops the lines that are not needed when they are most of them, so that the cost of doing so is shared.
func (l *Ledger) compact() {
	if len(l.lines) < 2*l.alive+slack {
		return
	}
	kept := l.lines[:0]
	for _, x := range l.lines {
		if l.needed(x) {
			kept = append(kept, x)
		}
	}
	clear(l.lines[len(kept):])
	l.lines = kept
}
