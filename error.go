package braid

import (
	"fmt"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// ErrReleased is the error of asking for a result that was released.
var ErrReleased = exec.ErrReleased

// RegisterError makes errors.Is find err in the errors of tasks that ran in other processes. Without it such an error is
// known by its text only, except for well-known ones of the standard library. Call it where package variables are
// initialised, with a name that is unique in the program:
//
//	var ErrNoData = braid.RegisterError("mypackage/no-data", errors.New("there are no data"))
func RegisterError(name string, err error) error {
	if err == nil {
		panic(fmt.Sprintf("braid: the error registered as %q is nil", name))
	}
	if !word.Know(name, err) {
		panic(fmt.Sprintf("braid: an error is registered as %q twice; names are unique in a program", name))
	}
	return err
}

// TaskError says why a task has no result. errors.Is and errors.As see through it to what the function returned, to
// context.DeadlineExceeded for a time limit, also if the function said more at its end, and to [ErrCancelled].
type TaskError struct {
	Task    string     // name of the task, for example "square#7"
	Site    string     // the user's line that wrote the call down, "file.go:12", or nothing
	Attempt int        // the attempt that failed, from 1; 0 if the task never ran
	Err     error      // what went wrong, of a panic also the line in the function; nil if an input has no result
	Stack   []byte     // how the function came to panic
	Cause   *TaskError // the input that has no result
	Skipped int        // tasks of a long chain that were left out between this one and Cause
}

// A chain of causes longer than longChain is cut in the middle, leaving longChain/2 tasks at each end: a chain in a graph
// may have a million.
const longChain = 32

func taskError(f *exec.Failure) *TaskError {
	var chain []*exec.Failure
	for ; f != nil; f = f.Cause {
		chain = append(chain, f)
	}
	skipped := max(len(chain)-longChain, 0)
	var e *TaskError
	for k := len(chain) - 1; k >= 0; k-- {
		if skipped > 0 && k >= longChain/2 && k < longChain/2+skipped {
			continue
		}
		f := chain[k]
		e = &TaskError{Attempt: f.Attempt, Err: f.Err, Stack: f.Stack, Cause: e}
		e.Task, e.Site = f.Names()
		if skipped > 0 && k == longChain/2-1 {
			e.Skipped = skipped
		}
	}
	return e
}

// Error returns the chain of tasks that led to the failure, and the failure.
func (e *TaskError) Error() string {
	var b strings.Builder
	b.WriteString("braid: ")
	for t := e; t != nil; t = t.Cause {
		b.WriteString(t.where())
		if t.Cause != nil {
			b.WriteString(" needs ")
			if t.Skipped > 0 {
				fmt.Fprintf(&b, "… %d more tasks … needs ", t.Skipped)
			}
			continue
		}
		if t.Attempt > 1 {
			fmt.Fprintf(&b, ", attempt %d", t.Attempt)
		}
		fmt.Fprintf(&b, ": %v", t.Err)
	}
	return b.String()
}

func (e *TaskError) where() string {
	if e.Site == "" {
		return e.Task
	}
	return e.Task + " (" + e.Site + ")"
}

// Unwrap returns what went wrong, or the error of the input.
func (e *TaskError) Unwrap() error {
	if e.Cause != nil {
		return e.Cause
	}
	return e.Err
}

// Root returns the error of the task that failed by itself: the end of the chain of causes.
func (e *TaskError) Root() *TaskError {
	for e.Cause != nil {
		e = e.Cause
	}
	return e
}

// Chain returns the tasks that led to the failure, from the one that was asked for to the one that failed by itself.
func (e *TaskError) Chain() []string {
	var names []string
	for t := e; t != nil; t = t.Cause {
		names = append(names, t.where())
	}
	return names
}

// Explanation says where a task stands and why. By the time somebody reads it, things may have moved on.
type Explanation struct {
	Task     string        // name of the task
	Site     string        // the user's line, or nothing
	State    string        // waiting, ready, held, running, blocked, cancelling, done, failed, cancelled, skipped or released
	Why      string        // the reason in words
	Attempt  int           // the current or last attempt, from 1; 0 if there was none
	Attempts int           // attempts allowed
	Since    time.Duration // how long it has been running
}

// String returns the explanation in one sentence.
func (e Explanation) String() string {
	s := e.Task
	if e.Site != "" {
		s += " (" + e.Site + ")"
	}
	s += ": " + e.State
	if e.Why != "" {
		s += ": " + e.Why
	}
	return s
}

func explanation(x exec.Explanation) Explanation {
	e := Explanation{Task: x.Task, Site: x.Site, State: x.State, Attempt: x.Attempt, Attempts: x.Attempts, Since: x.Since}
	switch x.State {
	case "waiting":
		var names []string
		for _, m := range x.Missing {
			names = append(names, m.Task+", which is "+m.State)
		}
		if more := x.Inputs - len(names); more > 0 {
			names = append(names, fmt.Sprintf("and %d more", more))
		}
		e.Why = "for " + strings.Join(names, "; ")
	case "ready":
		e.Why = fmt.Sprintf("its inputs are there, and its turn has not come: %d slots", x.Slots)
		if len(x.Ahead) > 0 {
			e.Why += ", busy with " + strings.Join(x.Ahead, ", ")
		}
	case "held":
		e.Why = fmt.Sprintf("results take %d bytes, and tasks without inputs wait above %d", x.Memory, x.Limit)
		if x.For != "" {
			e.Why = "it needs " + x.For
		}
	case "running":
		e.Why = fmt.Sprintf("for %v, attempt %d of %d", x.Since.Round(time.Millisecond), x.Attempt, x.Attempts)
	case "blocked":
		e.Why = "it waits for " + x.For
	case "cancelling":
		if x.Failure == nil {
			e.Why = "it outlived its time limit, and is given a moment to say how it ended"
			break
		}
		e.Why = fmt.Sprintf("its outcome is settled, but its function has not returned for %v: it must watch its context", x.Since.Round(time.Millisecond))
	}
	if x.Failure != nil {
		t := taskError(x.Failure)
		reason := strings.TrimPrefix(t.Error(), "braid: ")
		if e.Why != "" {
			reason = e.Why + "; " + reason
		}
		e.Why = reason
	}
	return e
}
