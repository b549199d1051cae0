package exec

import (
	"context"

	"github.com/braid-compute/braid/internal/block"
)

// Op is the implementation of a graph's op in this process: what [graph.Op.Impl] must hold.
type Op struct {
	// Call runs one task. in holds one value for each argument, a pointer to a [List] for a list argument. Both serve
	// other tasks once the call has returned, or has waited for other tasks, so it must copy what it keeps; a list that is
	// its result is copied by the executor. Of an op with several outputs the result is an [Outputs].
	Call func(ctx context.Context, in []any) (any, error)
	// Looks says that Call only looks at its inputs while it runs, and that neither its result nor anything else keeps them: then
	// they may lie in memory that serves something else afterwards.
	Looks bool
	// Lends says that Call hands its inputs to another process: each that the store holds and that is worth mapping there comes as a
	// [*block.View] instead of its value, but not in a list. Its result may be a [*block.Block] with one reference, in the store that
	// [Context.Results] returns.
	Lends bool
	// Size returns the bytes of a result, and whether they are known. It is nil for ops whose results are too small to
	// count.
	Size func(result any) (int64, bool)
	// Encode returns a result as bytes of package codec, for another process. It is nil for ops that never leave this one.
	Encode func(result any) ([]byte, error)
	// Form returns how a large result is written to a file and read back when memory is scarce, or nil if it cannot be. It may be
	// nil itself: then results stay in memory.
	Form func(result any) *block.Form
}

// List is the value of a list argument.
type List []any

// Outputs is the result of a task with several outputs.
type Outputs []any
