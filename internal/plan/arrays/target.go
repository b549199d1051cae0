package arrays

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// TargetOrder is what tasks do that hand chunks to a function of the program's.
type TargetOrder struct {
	Grid  Grid
	DType ndarray.DType
}

// WriteTarget writes the tasks that hand the chunks of an array to an operation of [TargetOperation], together with a value, and returns
// them, and those that run functions of the program's. The site is that of the user's line that asks for it.
func WriteTarget(w *plan.TaskWriter, n *Node, operation string, to any, site uintptr) ([]graph.Index, Made, error) {
	chunks, made, err := Write(w, n)
	if err != nil {
		return nil, nil, err
	}
	call, err := w.Call(operation, site, 8)
	if err != nil {
		return nil, nil, err
	}
	order, value := w.Graph.Literal(&TargetOrder{n.Grid, n.DType}), w.Graph.Literal(to)
	column := w.Graph.Literal(numbers(len(chunks[0]))).Table()
	wants := make([]graph.Index, len(chunks[0]))
	for k, i := range chunks[0] {
		wants[k] = w.Graph.Add(call, order, graph.ItemRef(column, uint32(k)), value, graph.OutputRef(i, 0))
	}
	return wants, made, nil
}

// TargetOperation returns the operation of a function that is given a value, where a chunk begins, and the chunk. Its arguments are the
// order, the number of the chunk, the value and the chunk, and its result is the number. Version differs between functions that cannot stand
// for each other.
func TargetOperation[A any](name, version string, f func(ctx context.Context, to A, origin []int, chunk ndarray.Untyped) error) plan.Operation {
	return plan.Operation{Name: name, Version: version, Call: func(ctx context.Context, in []any) (any, error) {
		if len(in) != 4 {
			return nil, errArguments
		}
		o, err := argument[*TargetOrder](in[0])
		if err != nil {
			return nil, err
		}
		number, err := argument[int64](in[1])
		if err != nil {
			return nil, err
		}
		to, err := argument[A](in[2])
		if err != nil {
			return nil, fmt.Errorf("the value that the function is given: %w", err)
		}
		chunks, err := chunkList(in[3], o.DType)
		if err != nil {
			return nil, err
		}
		if err := o.Grid.check(); err != nil {
			return nil, err
		}
		if len(chunks) != 1 || number < 0 || number >= int64(o.Grid.Count()) {
			return nil, errArguments
		}
		origin, shape := o.Grid.Chunk(int(number))
		if chunks[0].DType() != o.DType || !slices.Equal(chunks[0].Shape(), shape) {
			return nil, errArguments
		}
		return number, f(ctx, to, origin, chunks[0])
	}}
}
