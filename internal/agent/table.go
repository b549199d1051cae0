package agent

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// window is one Assign: tasks that were handed to the executor together.
type window struct {
	run      *exec.Run
	graph    *graph.Graph
	tasks    []word.Block
	nanos    []int64                  // how long each task's function ran
	all      bool                     // a client wants the results of all tasks
	wanted   []uint32                 // or of these
	promised *exec.Run                // inputs that come from elsewhere
	singles  map[word.Task]uint32     // tasks of promised, by the input that they stand for
	lists    []promisedList           // and those that stand for the members of lists
	inputs   map[word.Task]word.Input // that are no lists' members, as the scheduler gave them
	blocked  map[graph.Index]bool     // tasks of which the scheduler knows that they wait for others
	held     int                      // tasks that the table refers to
}

// promisedList is a list of the outputs of consecutive tasks, and the first of as many tasks of promised.
type promisedList struct {
	first word.Task
	count uint32
	base  graph.Index
}

// eachSlot calls f with every task of promised that stands for an input.
func (w *window) eachSlot(t word.Task, f func(graph.Index)) {
	if s, ok := w.singles[t]; ok {
		f(graph.Index(s))
	}
	for _, l := range w.lists {
		if l.first.Run == t.Run && t.Index >= l.first.Index && uint32(t.Index-l.first.Index) < l.count {
			f(l.base + t.Index - l.first.Index)
		}
	}
}

// local is an attempt that was handed to the executor.
type local struct {
	attempt word.Attempt
	window  *window
	index   graph.Index // in the window
}

// table finds the attempts of a run's tasks. It has pages, since an agent has stretches of a run.
type table struct {
	pages []*tablePage // by the upper bits of the task; nil where there is none
	used  int          // pages that there are
}

const tablePageBits = 9

type tablePage struct {
	locals [1 << tablePageBits]local
	used   int
}

// table returns the attempts of a run, or nil.
func (a *Agent) table(r word.Run) *table {
	if a.latest != nil && r == a.latestRun { // the usual case
		return a.latest
	}
	t := a.tables[r]
	if t != nil {
		a.latestRun, a.latest = r, t
	}
	return t
}

// local returns what the executor was given for a block, or nil.
func (a *Agent) local(b word.Block) *local {
	t := a.table(b.Task.Run)
	if t == nil {
		return nil
	}
	n := int(b.Task.Index >> tablePageBits)
	if n >= len(t.pages) || t.pages[n] == nil {
		return nil
	}
	p := t.pages[n]
	l := &p.locals[uint32(b.Task.Index)%(1<<tablePageBits)]
	if l.window == nil || l.attempt != b.Attempt {
		return nil
	}
	return l
}

// enter notes where an attempt is. An earlier attempt at the same task is let go: only the latest one is spoken of.
func (a *Agent) enter(b word.Block, w *window, i graph.Index) {
	t := a.table(b.Task.Run)
	if t == nil {
		t = new(table)
		a.tables[b.Task.Run] = t
	}
	n := int(b.Task.Index >> tablePageBits)
	if n >= len(t.pages) {
		t.pages = append(t.pages, make([]*tablePage, n+1-len(t.pages))...)
	}
	p := t.pages[n]
	if p == nil {
		p = new(tablePage)
		t.pages[n] = p
		t.used++
	}
	l := &p.locals[uint32(b.Task.Index)%(1<<tablePageBits)]
	if l.window != nil {
		l.window.run.Release(l.index)
		a.leave(l.window)
	} else {
		p.used++
	}
	*l = local{attempt: b.Attempt, window: w, index: i}
	w.held++
}

// leave notes that the table refers to one task less of a window.
func (a *Agent) leave(w *window) {
	if w.held--; w.held == 0 {
		delete(a.windows, w.run)
	}
}

// remove forgets a block and releases its value.
func (a *Agent) remove(b word.Block) {
	l := a.local(b)
	if l == nil {
		return
	}
	l.window.run.Release(l.index)
	a.leave(l.window)
	*l = local{}
	t := a.table(b.Task.Run)
	n := b.Task.Index >> tablePageBits
	if t.pages[n].used--; t.pages[n].used > 0 {
		return
	}
	t.pages[n] = nil
	if t.used--; t.used == 0 {
		delete(a.tables, b.Task.Run)
		a.latest = nil
	}
}
