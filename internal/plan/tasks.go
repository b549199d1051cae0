package plan

import (
	"context"

	"github.com/braid-compute/braid/graph"
)

// Operation is work that every process of a program knows by its name, because a package of braid's own does it: what
// is to be done travels to it as data, in its arguments.
type Operation struct {
	Name    string // with its namespace, such as "num/map"
	Version string // processes with different ones do not work together
	// Call runs one task. An argument is the live value, an [Encoded] one, or a []any of these for a list.
	Call func(ctx context.Context, in []any) (any, error)
	// Looks says that neither a result nor anything else keeps a part of an argument when Call has returned.
	Looks bool
}

// Encoded is an argument that came from another process. It is decoded once and shared.
type Encoded interface {
	Value(decode func(data []byte) (any, error)) (any, error)
}

// Tasks are calls of operations that are to be submitted together.
type Tasks struct {
	Kind string // of collection, for errors
	// Write writes the tasks down and returns those whose results are wanted.
	Write func(w *TaskWriter) ([]graph.Index, error)
	// Decode reads wanted result number k that another process encoded.
	Decode func(k int, data []byte) (any, error)
}

// TaskWriter is what tasks are written with.
type TaskWriter struct {
	Graph  *graph.Builder
	Remote bool  // the tasks run in other processes
	Memory int64 // bytes that a process which runs tasks may use; 0 if that is not known
	// Call returns the call of an operation for a user's line, whose results take so many bytes, 0 if that is not
	// known.
	Call func(operation string, site uintptr, bytes int64) (uint32, error)
	// CallWith is Call with options of the user's, a []braid.Option.
	CallWith func(operation string, options any, site uintptr, bytes int64) (uint32, error)
	// Function returns the call of a registered function, such as a *braid.Func1.
	Function func(f any, site uintptr) (uint32, error)
	// Arguments refers to what arguments of calls, such as a *braid.Delayed, stand for, writing down the calls that they take.
	Arguments func(of []any, site uintptr) ([]graph.Ref, error)
	// Earlier refers to result number k of an earlier submission.
	Earlier func(r Results, k int) (graph.Ref, error)
}
