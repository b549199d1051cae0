package arrays

import (
	"context"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// PoolOrder is what tasks do that take chunks of any lengths together.
type PoolOrder struct {
	Op    selection.Op
	DType ndarray.DType
}

// Distinct returns the different elements of an array, sorted. How many there are is known when it is computed; the grid has one chunk.
func Distinct(name string, site uintptr, input *Node) *Node {
	return newNode(pooled, name, site, input.DType, Whole([]int{size(input.Shape)}), input)
}

// pool writes the tasks that merge the different elements of chunks in a tree.
func (l *lowering) pool(n *Node) (*stored, error) {
	in := n.inputs[0]
	op := selection.Op{Kind: selection.Distinct}
	leaves := Block(n.Name, n.Site, op, n.DType, in.Grid, Grid{Even(in.Grid.Count(), 1)}, Seen{in, Identity(len(in.Shape))})
	st, err := l.blocks(leaves)
	if err != nil {
		return nil, err
	}
	call, err := l.w.Call(opPool, n.Site, 0)
	if err != nil {
		return nil, err
	}
	order := l.w.Graph.Literal(&PoolOrder{op, n.DType})
	level := make([]graph.Ref, in.Grid.Count())
	for k := range level {
		level[k] = st.ref(k)
	}
	for len(level) > 1 {
		var next []graph.Ref
		for i := 0; i < len(level); i += FanIn {
			of := level[i:min(i+FanIn, len(level))]
			args := append([]graph.Ref{order, graph.ListRef(uint32(len(of)))}, of...)
			next = append(next, graph.OutputRef(l.w.Graph.Add(call, args...), 0))
		}
		level = next
	}
	return &stored{grid: n.Grid, refs: level}, nil
}

// runPool makes one chunk of several: its arguments are the order and the list of chunks.
func runPool(ctx context.Context, in []any) (any, error) {
	if len(in) != 2 {
		return nil, errArguments
	}
	o, err := argument[*PoolOrder](in[0])
	if err != nil {
		return nil, err
	}
	chunks, err := chunkList(in[1], o.DType)
	if err != nil {
		return nil, err
	}
	return o.Op.Run(chunks)
}

// WriteMeasured writes the tasks of an array whose chunks have lengths along the first axis that are known when they are computed, and
// returns first the tasks of the chunks and then, as many, those of their lengths; and those that run functions of the program's.
func WriteMeasured(w *plan.TaskWriter, n *Node) ([]graph.Index, Made, error) {
	chunks, made, err := Write(w, n)
	if err != nil {
		return nil, nil, err
	}
	call, err := w.Call(opMeasure, n.Site, 8)
	if err != nil {
		return nil, nil, err
	}
	wants := chunks[0]
	for _, i := range chunks[0] {
		wants = append(wants, w.Graph.Add(call, w.Graph.Literal(int64(n.DType)), graph.OutputRef(i, 0)))
	}
	return wants, made, nil
}

// runMeasure returns the length of a chunk: its arguments are the number of the type of its elements and the chunk.
func runMeasure(ctx context.Context, in []any) (any, error) {
	if len(in) != 2 {
		return nil, errArguments
	}
	d, err := argument[int64](in[0])
	if err != nil {
		return nil, err
	}
	chunks, err := chunkList(in[1], ndarray.DType(d))
	if err != nil || len(chunks) != 1 || chunks[0].Rank() == 0 {
		return nil, errArguments
	}
	return ndarray.Scalar(int64(chunks[0].Shape()[0])), nil
}
