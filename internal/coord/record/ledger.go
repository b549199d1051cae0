package record

import (
	"iter"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Ledger remembers what a successor needs: events, without those of runs that are over, clients that are there, and results with names. It
// keeps them as they are, so a graph is in memory once. The zero value is empty.
type Ledger struct {
	lines   []line // in the order in which they came
	runs    map[word.Run]*tally
	open    map[word.Client]int // runs that are not over
	clients map[word.Client]*Attached
	names   map[string]*Named
	alive   int // lines that are needed, without those that a client is gone
	last    Numbers
}

// line is a record, with the run that it is about; 0 for those of the shell, and for that a client is gone.
type line struct {
	run  word.Run
	what any
}

// tally is a run that is not over.
type tally struct {
	client word.Client
	lines  int
}

// Note takes a record in.
func (l *Ledger) Note(what any) {
	switch e := what.(type) {
	case Over:
		l.over(e.Run)
	case Numbers:
		l.last = Numbers{max(l.last.Run, e.Run), max(l.last.Agent, e.Agent), max(l.last.Client, e.Client)}
	case Attached, Heard, Named, Unnamed:
		l.noteShell(what)
	case sched.Event:
		l.noteEvent(e)
	}
}

func (l *Ledger) noteEvent(ev sched.Event) {
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
	case sched.Past:
		l.add(e.Task.Run, ev)
	case sched.AgentJoined:
		l.last.Agent = max(l.last.Agent, e.Agent)
	}
}

// noteShell takes in what a scheduler's shell knows.
func (l *Ledger) noteShell(what any) {
	switch e := what.(type) {
	case Attached:
		l.last.Client = max(l.last.Client, e.Client)
		if l.clients == nil {
			l.clients = make(map[word.Client]*Attached)
		}
		if old := l.clients[e.Client]; old != nil {
			*old = e
			return
		}
		l.clients[e.Client] = &e
		l.keep(line{0, &e})
	case Heard:
		if c := l.clients[e.Client]; c != nil {
			c.Heard = max(c.Heard, e.Count)
		}
	case Named:
		if l.names == nil {
			l.names = make(map[string]*Named)
		}
		l.unname(e.Name)
		l.names[e.Name] = &e
		l.keep(line{0, &e})
	case Unnamed:
		l.unname(e.Name)
	}
}

func (l *Ledger) unname(name string) {
	if l.names[name] != nil {
		delete(l.names, name)
		l.alive--
		l.compact()
	}
}

func (l *Ledger) keep(x line) {
	l.alive++
	l.lines = append(l.lines, x)
}

// over takes note that a run is over.
func (l *Ledger) over(run word.Run) {
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

// Last returns the numbers that were given last, as far as events tell.
func (l *Ledger) Last() Numbers { return l.last }

// Records returns the records that a successor needs, in their order. A client's Attached says how much was heard of it until now. The
// ledger must not change meanwhile.
func (l *Ledger) Records() iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, x := range l.lines {
			if !l.needed(x) {
				continue
			}
			what := x.what
			switch e := what.(type) {
			case *Attached:
				what = *e
			case *Named:
				what = *e
			}
			if !yield(what) {
				return
			}
		}
	}
}

func (l *Ledger) needed(x line) bool {
	switch e := x.what.(type) {
	case *Attached:
		return l.clients[e.Client] == e
	case *Named:
		return l.names[e.Name] == e
	case sched.ClientGone:
		return l.open[e.Client] > 0
	}
	return l.runs[x.run] != nil
}

// add keeps an event about a run that is not over.
func (l *Ledger) add(run word.Run, ev sched.Event) {
	if t := l.runs[run]; t != nil {
		t.lines++
		l.keep(line{run, ev})
	}
}

func (l *Ledger) gone(c word.Client) {
	l.last.Client = max(l.last.Client, c)
	if l.clients[c] != nil {
		delete(l.clients, c)
		l.alive--
		l.compact()
	}
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
