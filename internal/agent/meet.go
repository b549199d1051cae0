package agent

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// meeting is a task that waits for the others of its gang. The scheduler brings them together.
type meeting struct {
	run   *exec.Run
	index graph.Index
	data  []byte
	left  bool // it waits no longer

	// Written before over is closed.
	all  [][]byte
	err  error
	over chan struct{}
}

// meet is what the functions of tasks call; see [exec.Config].
func (a *Agent) meet(ctx context.Context, c *exec.Context, data []byte) ([][]byte, error) {
	m := &meeting{run: c.Run(), index: c.Index(), data: slices.Clone(data), over: make(chan struct{})}
	if !a.heard(note{meeting: m}) {
		return nil, errSchedulerGone
	}
	if err := exec.AwaitMeeting(ctx, m.over); err != nil {
		a.heard(note{meeting: &meeting{run: m.run, index: m.index, left: true}})
		return nil, err
	}
	return m.all, m.err
}

// comes tells the scheduler that a task waits for the others of its gang, or forgets that it did.
func (a *Agent) comes(m *meeting) {
	if m.left {
		maps.DeleteFunc(a.meetings, func(_ word.Block, o *meeting) bool { return o.run == m.run && o.index == m.index })
		return
	}
	w := a.windows[m.run]
	if w == nil || a.local(w.tasks[m.index]) == nil {
		m.end(nil, context.Canceled) // it was given up meanwhile
		return
	}
	b := w.tasks[m.index]
	if a.meetings[b] != nil {
		m.end(nil, errors.New("this task is meeting the others already, in another goroutine"))
		return
	}
	a.meetings[b] = m
	a.tell(&word.Meet{Block: b, Data: m.data})
}

// met ends the waiting of tasks of a gang.
func (a *Agent) met(w *word.Met) {
	var err error
	if w.Why != "" {
		err = errors.New(w.Why)
	}
	for _, b := range w.Tasks {
		if m := a.meetings[b]; m != nil {
			delete(a.meetings, b)
			m.end(w.Data, err)
		}
	}
}

func (m *meeting) end(all [][]byte, err error) {
	m.all, m.err = all, err
	close(m.over)
}

// broken ends the contexts of tasks because another one of their gang has no result.
func (a *Agent) broken(w *word.Broken) {
	cause := &exec.BrokenGang{Member: w.Name, Err: word.DecodeFailure(w.Failure).Err()}
	for _, b := range w.Tasks {
		if l := a.local(b); l != nil {
			l.window.run.CancelTask(l.index, cause)
		}
	}
}
