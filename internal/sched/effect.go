package sched

import (
	"fmt"
	"strings"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// Effect is something that the shell is to do: one of the types below. Words in effects belong to the shell: the state
// keeps no reference to them.
type Effect interface {
	fmt.Stringer
	effect()
}

// Send gives an agent a word: *word.Assign (without Body), *word.Revoke, *word.Cancel, *word.Broken, *word.Free or
// *word.Resolve.
type Send struct {
	Agent word.Agent
	Word  any
}

// Tell gives a client a word: *word.Settled.
type Tell struct {
	Client word.Client
	Word   any
}

// RunOver says that nothing of a run is needed any more: the shell drops its graph.
type RunOver struct {
	Run word.Run
}

func (Send) effect()    {}
func (Tell) effect()    {}
func (RunOver) effect() {}

func (e Send) String() string    { return fmt.Sprintf("to agent %d: %s", e.Agent, tell(e.Word)) }
func (e Tell) String() string    { return fmt.Sprintf("to client %d: %s", e.Client, tell(e.Word)) }
func (e RunOver) String() string { return fmt.Sprintf("run %d is over", e.Run) }

// tell shows a word for stories: tests, recordings and logs.
func tell(w any) string {
	switch w := w.(type) {
	case *word.Assign:
		var b strings.Builder
		b.WriteString("assign")
		for k, t := range w.Tasks {
			fmt.Fprintf(&b, " %v", t)
			if in := w.InputsOf(k); len(in) > 0 {
				b.WriteString("(")
				for n, i := range in {
					if n > 0 {
						b.WriteString(" ")
					}
					fmt.Fprintf(&b, "%v from %d", i.Block, i.Holder)
				}
				b.WriteString(")")
			}
		}
		return b.String()
	case *word.Revoke:
		return "revoke" + blocks(w.Tasks)
	case *word.Broken:
		return fmt.Sprintf("broken%s: %s: %q", blocks(w.Tasks), w.Name, w.Failure)
	case *word.Cancel:
		return "cancel" + blocks(w.Tasks)
	case *word.Free:
		return "free" + blocks(w.Blocks)
	case *word.Resolve:
		return fmt.Sprintf("resolve %v@%v: take %v from %d", w.Task, w.Attempt, w.Input.Block, w.Input.Holder)
	case *word.Done:
		s := "done"
		for _, f := range w.Tasks {
			s += " " + f.Block.String()
		}
		return s
	case *word.Failed:
		return fmt.Sprintf("failed %v: %q", w.Block, w.Failure)
	case *word.Lost:
		return "lost" + blocks(w.Blocks)
	case *word.Returned:
		return "returned" + blocks(w.Tasks)
	case *word.Started:
		return "started" + blocks(w.Tasks)
	case *word.Blocked:
		return "blocked" + blocks(w.Tasks)
	case *word.InputMissing:
		return fmt.Sprintf("missing for %v@%v: %v from %d", w.Task, w.Attempt, w.Input.Block, w.Input.Holder)
	case *word.Unreachable:
		return fmt.Sprintf("unreachable %d", w.Peer)
	case *word.Settled:
		s := "settled"
		for _, o := range w.Tasks {
			s += " " + outcome(w.Run, o)
		}
		return s
	case *word.Release:
		return "release" + tasks(w.Run, w.All, w.Tasks)
	case *word.CancelTasks:
		return "cancel" + tasks(w.Run, w.All, w.Tasks)
	case *word.Leave:
		return "leave"
	}
	return fmt.Sprintf("%T", w)
}

func blocks(list []word.Block) string {
	var b strings.Builder
	for _, x := range list {
		b.WriteString(" " + x.String())
	}
	return b.String()
}

func tasks(r word.Run, all bool, list []graph.Index) string {
	if all {
		return fmt.Sprintf(" %d/all", r)
	}
	var b strings.Builder
	for _, i := range list {
		fmt.Fprintf(&b, " %v", word.Task{Run: r, Index: i})
	}
	return b.String()
}

func outcome(r word.Run, o word.Outcome) string {
	t := word.Task{Run: r, Index: o.Index}
	switch o.Status {
	case word.StatusDone:
		return fmt.Sprintf("%v@%v done at %d", t, o.Attempt, o.Holder)
	case word.StatusFailed:
		return fmt.Sprintf("%v failed (%q)", t, o.Data)
	case word.StatusInput:
		return fmt.Sprintf("%v input %v failed (%q)", t, o.Cause, o.Data)
	case word.StatusCancelled:
		return fmt.Sprintf("%v cancelled", t)
	case word.StatusLost:
		return fmt.Sprintf("%v lost (%s)", t, o.Data)
	case word.StatusDied:
		return fmt.Sprintf("%v died (%s)", t, o.Data)
	}
	return fmt.Sprintf("%v status %d", t, o.Status)
}
