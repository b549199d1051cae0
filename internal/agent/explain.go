package agent

import (
	"fmt"
	"strings"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// taskBlocked tells the scheduler that a running task waits for others.
func (a *Agent) taskBlocked(r *exec.Run, i graph.Index) {
	if win := a.windows[r]; win != nil && !win.blocked[i] {
		if win.blocked == nil {
			win.blocked = make(map[graph.Index]bool)
		}
		win.blocked[i] = true
		a.send(a.scheduler, &word.Blocked{Tasks: []word.Block{win.tasks[i]}})
	}
}

// explain tells the scheduler where a task of this agent stands.
func (a *Agent) explain(w *word.Explain) {
	answer := &word.Explained{Question: w.Question}
	b := word.Block{Task: w.Task, Attempt: w.Attempt}
	l := a.local(b)
	if l == nil {
		a.send(a.scheduler, answer)
		return
	}
	if e := a.encodings[b]; e != nil && e.untold {
		answer.State, answer.Attempt, answer.Why = "running", 1, "its function has returned, and "+a.cfg.Name+" turns the result into bytes"
		a.send(a.scheduler, answer)
		return
	}
	e := l.window.run.Explain(l.index)
	answer.State, answer.Attempt, answer.Nanos = e.State, uint32(e.Attempt), int64(e.Since)
	switch e.State {
	case "ready":
		answer.Why = fmt.Sprintf("%s has it; its inputs are there, and its turn has not come: %d slots", a.cfg.Name, e.Slots)
		if len(e.Ahead) > 0 {
			answer.Why += ", busy with " + strings.Join(e.Ahead, ", ")
		}
	case "held":
		answer.Why = fmt.Sprintf("results take %d bytes at %s, and tasks without inputs wait above %d", e.Memory, a.cfg.Name, e.Limit)
	case "running":
		answer.Why = fmt.Sprintf("for %v at %s", e.Since.Round(time.Millisecond), a.cfg.Name)
	case "blocked":
		answer.Why = "it waits for " + e.For
	case "cancelling":
		answer.Why = fmt.Sprintf("its outcome is settled, but its function has not returned for %v: it must watch its context", e.Since.Round(time.Millisecond))
	}
	a.send(a.scheduler, answer)
}
