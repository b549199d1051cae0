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
func lostInput(f *exec.Failure) *block.Block {
	if f.Reason != exec.ReasonError {
		return nil
	}
	if e, ok := errors.AsType[*exec.LostInputError](f.Err); ok {
		return e.Block
	}
	return nil
}

// inputsLost gives tasks back to the scheduler that did not begin because inputs of theirs are lost.
func (a *Agent) inputsLost(tasks []word.Block, inputs []*block.Block) {
	lost := make(map[*block.Block]bool, len(inputs))
	for _, b := range inputs {
		lost[b] = true
	}
	var results []word.Block
	for run, t := range a.tables {
		for _, p := range t.pages {
			for k := range p.locals {
				l := &p.locals[k]
				if l.window == nil {
					continue
				}
				if v, _, _ := l.window.run.Outcome(l.index); v != nil {
					if b, ok := v.(*block.Block); ok && lost[b] {
						results = append(results, l.window.tasks[l.index])
						a.log("the result of task %v is lost and has to be made again", word.Task{Run: run, Index: l.window.tasks[l.index].Task.Index})
					}
				}
			}
		}
	}
	for b, c := range a.copies {
		if c.stored != nil && lost[c.stored] {
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
