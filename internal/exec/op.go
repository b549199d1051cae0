package exec

import "context"

// Op is the implementation of a graph's op in this process: what [graph.Op.Impl] must hold.
type Op struct {
	// Call runs one task. in holds one value for each argument, a [List] for a list argument, and is valid only
	// during the call. Of an op with several outputs the result is an [Outputs].
	Call func(ctx context.Context, in []any) (any, error)
	// Size returns the bytes of a result, and whether they are known. It is nil for ops whose results are too small to
	// count.
	Size func(result any) (int64, bool)
}

// List is the value of a list argument.
type List []any

// Outputs is the result of a task with several outputs.
type Outputs []any
