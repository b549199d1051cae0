package agent

import (
	"errors"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// A result or a copy whose file is damaged is lost, which shows when it is read: for a task that takes it, or for a subscriber. The
// scheduler has a result made again, and places the tasks anew that take it here. A copy is fetched again from who has the block.

// lostInput returns what a task did not begin for, or nil if that was no lost input.
func lostInput(f *exec.Failure) *exec.LostInputError {
	if f.Reason != exec.ReasonError {
		return nil
	}
	e, _ := errors.AsType[*exec.LostInputError](f.Err)
	return e
}

// inputsLost gives tasks back to the scheduler that did not begin because inputs of theirs are lost.
func (a *Agent) inputsLost(tasks []word.Block, inputs []*exec.LostInputError) {
	lost := make(map[*block.Block]error, len(inputs))
	for _, e := range inputs {
		lost[e.Block] = e
	}
	var results []word.Block
	for _, t := range a.tables {
		for _, p := range t.pages {
			if p == nil {
				continue
			}
			for k := range p.locals {
				l := &p.locals[k]
				if l.window == nil {
					continue
				}
				if v, _, _ := l.window.run.Outcome(l.index); v != nil {
					if b, ok := v.(*block.Block); ok && lost[b] != nil {
						results = append(results, l.window.tasks[l.index])
						a.log("%v", lost[b]) // which says that it has to be made again
					}
				}
			}
		}
	}
	for b, c := range a.copies {
		if c.stored != nil && lost[c.stored] != nil {
			a.log("the copy of the result of task %v is lost and has to be fetched again", b.Task)
			c.takers = 0 // not one for the shelf
		}
	}
	if len(results) > 0 {
		a.step(workerstate.BlocksLost{Blocks: results})
	}
	for _, b := range tasks {
		a.remove(b)
	}
	a.step(workerstate.TakenBack{Returned: tasks})
}
