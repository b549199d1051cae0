package par

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Error says which item, range or function of a call failed, and why. It wraps the reason.
type Error struct {
	Op    string // the call, such as "par.For"
	Index int    // the item that failed (Map), the first of the range (For, Reduce), or the number of the Go call (Group), from 0
	End   int    // one past the last item of the range; Index+1 for Map and Group
	Err   error  // what the function returned, a *PanicError, or ErrGoexit
}

// Error returns the call, the item or range, and the reason, on one line if the reason has one.
func (e *Error) Error() string {
	switch {
	case e.Op == opGroup:
		return fmt.Sprintf("%s: function %d: %v", e.Op, e.Index, e.Err)
	case e.End == e.Index+1:
		return fmt.Sprintf("%s: item %d: %v", e.Op, e.Index, e.Err)
	}
	return fmt.Sprintf("%s: items %d to %d: %v", e.Op, e.Index, e.End-1, e.Err)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// PanicError is a panic of a user's function, turned into an error.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // the goroutine's stack at the panic, as runtime/debug.Stack prints it
	Place string // file and line of the panic, if known
}

// Error returns the value and the place. The whole stack is in Stack.
func (e *PanicError) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("panic: %v", e.Value)
	}
	return fmt.Sprintf("panic at %s: %v", e.Place, e.Value)
}

// Unwrap returns the value of the panic if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// ErrGoexit is the reason when a function ended its goroutine by runtime.Goexit (as testing.T.FailNow does).
var ErrGoexit = errors.New("the function called runtime.Goexit")

// failure returns the error for a function that did not return; recovered is what recover returned in the deferred
// function that calls failure. A nil value means Goexit: panic(nil) is recovered as a *runtime.PanicNilError.
func failure(recovered any) error {
	if recovered == nil {
		return ErrGoexit
	}
	return &PanicError{Value: recovered, Stack: debug.Stack(), Place: panicPlace()}
}

// panicPlace finds the frame that panicked: the first outside the runtime, below the runtime's own panic functions.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	panicking := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if inRuntime && strings.Contains(f.Function, "panic") {
			panicking = true
		} else if panicking && !inRuntime {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

// stopped returns the error of a call that ended early because its context did. It wraps the context's error and,
// where there is one, the cause.
func stopped(ctx context.Context, op, progress string) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) {
		return fmt.Errorf("%s: stopped %s: %w", op, progress, err)
	}
	return fmt.Errorf("%s: stopped %s: %w: %w", op, progress, err, cause)
}
