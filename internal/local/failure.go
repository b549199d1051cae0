package local

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/runner"
	"github.com/braid-compute/braid/internal/word"
)

// callError is the error of a call that failed in a runner.
type callError struct {
	failure *runner.Failure
	known   error // the well-known errors that it is, as far as this program knows them
}

// Ended returns the error of a call whose runner has ended, with the limit of memory that it met, if that is why.
func Ended(q runner.Request, err error) error {
	d, ok := errors.AsType[*runner.Death](err)
	if !ok || !d.Certificate.OutOfMemory || q.Memory <= 0 {
		return err
	}
	return &exceeded{err, q.Memory}
}

// exceeded is the error of a call that took more memory than it might.
type exceeded struct {
	err   error
	limit int64
}

func (e *exceeded) Error() string {
	return fmt.Sprintf("%v. The call may take %d MiB beyond what its process has by itself: what its option Memory says, or, after it has taken more, up to what the memory limit leaves (of the largest worker). Raise that limit, or make the work smaller",
		e.err, e.limit>>20)
}

func (e *exceeded) Unwrap() error { return e.err }

// MemoryLimit is that of [exec.MemoryError].
func (e *exceeded) MemoryLimit() int64 { return e.limit }

// Failed returns the error of a call that failed in a runner. errors.Is finds in it what it found there, as far as
// this program knows the errors' names; a worker passes on the others.
func Failed(f *runner.Failure) error {
	return &callError{failure: f, known: (&word.Failure{Text: f.Text, Is: f.Is}).Err()}
}

func (e *callError) Error() string {
	if e.failure.Kind == runner.KindLimit {
		return e.failure.Text // whoever set the limit names it
	}
	return e.failure.Error()
}

func (e *callError) Unwrap() []error {
	if e.failure.Kind == runner.KindLimit {
		return []error{e.known, context.DeadlineExceeded}
	}
	return []error{e.known}
}

// Tell adds to a word about the failure what its text does not hold.
func (e *callError) Tell(w *word.Failure) {
	switch e.failure.Kind {
	case runner.KindPanic:
		w.Reason = uint8(exec.ReasonPanic)
	case runner.KindExit:
		w.Reason = uint8(exec.ReasonExit)
	}
	if len(e.failure.Stack) > 0 {
		w.Stack = e.failure.Stack
	}
	for _, name := range e.failure.Is {
		if !slices.Contains(w.Is, name) {
			w.Is = append(w.Is, name)
		}
	}
}
