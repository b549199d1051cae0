package exec

import (
	"errors"

	"github.com/braid-compute/braid/graph"
)

// Reason says why a task has no result.
type Reason uint8

// The reasons.
const (
	ReasonError     Reason = iota // its function returned an error
	ReasonPanic                   // its function panicked
	ReasonExit                    // its function ended its goroutine (runtime.Goexit)
	ReasonLimit                   // it outlived its time limit
	ReasonCancelled               // it was cancelled
	ReasonInput                   // an input has no result; Cause says why
)

// String returns the word that people are shown.
func (r Reason) String() string {
	words := [...]string{"error", "panic", "exit", "limit", "cancelled", "input"}
	if int(r) >= len(words) {
		return "unknown"
	}
	return words[r]
}

// Failure says why a task has no result. It is cheap to make: names are resolved when somebody reads them.
type Failure struct {
	Reason  Reason
	Run     *Run
	Task    graph.Index
	Call    uint32 // the task's entry in the graph's table of calls
	Attempt int    // the attempt that failed, from 1; 0 if the task never ran
	Err     error  // what the function returned, the panic value as an error, or the cause of a cancellation
	Stack   []byte // where it panicked
	Cause   *Failure
}

// Root follows the chain of causes to the task that failed by itself.
func (f *Failure) Root() *Failure {
	for f.Cause != nil {
		f = f.Cause
	}
	return f
}

// Op returns the name that the task shares with others of its call, or nothing if it is unknown.
func (f *Failure) Op() string {
	if f.Call == noCall {
		return ""
	}
	return f.Run.calls[f.Call].name
}

// ErrClosed is returned for work given to a closed executor.
var ErrClosed = errors.New("braid: the client is closed")

// ErrReleased is returned where a result is asked for that was released.
var ErrReleased = errors.New("braid: the result was released")

// ErrCancelled is the cause of a cancellation that has no other.
var ErrCancelled = errors.New("braid: cancelled")

// Names returns the name of the task and the user's line that wrote it down.
func (f *Failure) Names() (task, site string) {
	if f.Reason == ReasonCancelled && f.Run.tasks > 1 && f == f.Run.cancelled.Load() {
		return f.Run.Label(), ""
	}
	number, ok := f.Run.callOf(f.Task)
	if !ok {
		number = f.Call
	}
	if number != noCall {
		site = f.Run.calls[number].site.String()
	}
	return f.Run.name(f.Task, number), site
}
