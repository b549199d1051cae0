package arrays

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/ndarray"
)

// TakeOrder is what tasks do that take the elements at listed positions of an axis.
type TakeOrder struct {
	Grid      Grid // of the result
	Source    Grid
	Axis      int
	Positions []int
	DType     ndarray.DType
}

// take writes the tasks that take listed positions.
func (l *lowering) take(n *Node) (*stored, error) {
	from, err := l.plain(n.inputs[0])
	if err != nil {
		return nil, err
	}
	call, err := l.w.Call(opTake, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	o := &TakeOrder{n.Grid, from.grid, n.axis, n.positions, n.DType}
	order := l.w.Graph.Literal(o)
	column := l.w.Graph.Literal(numbers(n.Grid.Count())).Table()
	counts, axes, all := n.Grid.Counts(), count(len(n.Grid)), steps(from.grid.Counts())
	first := graph.Index(l.w.Graph.Len())
	for k := range n.Grid.Count() {
		index := unravel(k, counts, axes)
		near := o.near(index[n.axis])
		args := []graph.Ref{order, graph.ItemRef(column, uint32(k)), graph.ListRef(uint32(len(near)))}
		for _, c := range near {
			index[n.axis] = c
			number := 0
			for axis, s := range all {
				number += s * index[axis]
			}
			args = append(args, from.ref(number))
		}
		l.w.Graph.Add(call, args...)
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// near returns the chunks of the source, along the axis, that chunk i of the result reads.
func (o *TakeOrder) near(i int) []int {
	low, high := o.Grid[o.Axis].Bounds(i)
	var of []int
	for _, p := range o.Positions[low:high] {
		of = append(of, o.Source[o.Axis].Find(p))
	}
	slices.Sort(of)
	return slices.Compact(of)
}

func (o *TakeOrder) check() error {
	for _, a := range slices.Concat(o.Grid, o.Source) {
		if err := a.check(); err != nil {
			return err
		}
	}
	if o.Axis < 0 || o.Axis >= len(o.Source) || len(o.Grid) != len(o.Source) || o.Grid[o.Axis].Len != len(o.Positions) || !o.DType.Valid() {
		return errArguments
	}
	for axis := range o.Grid {
		if axis != o.Axis && !o.Grid[axis].equal(o.Source[axis]) {
			return errArguments
		}
	}
	for _, p := range o.Positions {
		if p < 0 || p >= o.Source[o.Axis].Len {
			return fmt.Errorf("position %d of %d", p, o.Source[o.Axis].Len)
		}
	}
	return nil
}

// runTake takes the elements of one chunk: its arguments are the order, the number of the chunk, and the chunks that it
// reads.
func runTake(ctx context.Context, in []any) (any, error) {
	if len(in) != 3 {
		return nil, errArguments
	}
	o, err := argument[*TakeOrder](in[0])
	if err != nil {
		return nil, err
	}
	number, err := argument[int64](in[1])
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	chunks, err := chunkList(in[2], o.DType)
	if err != nil || number < 0 || number >= int64(o.Grid.Count()) {
		return nil, fmt.Errorf("%w: %w", errArguments, err)
	}
	return o.run(int(number), chunks)
}

func (o *TakeOrder) run(number int, chunks []ndarray.Untyped) (ndarray.Untyped, error) {
	index := unravel(number, o.Grid.Counts(), count(len(o.Grid)))
	_, shape := o.Grid.Region(index)
	out, err := ndarray.Empty(o.DType, shape...)
	if err != nil {
		return nil, err
	}
	near := o.near(index[o.Axis])
	if len(chunks) != len(near) {
		return nil, fmt.Errorf("%d chunks are given, and %d are read", len(chunks), len(near))
	}
	low, high := o.Grid[o.Axis].Bounds(index[o.Axis])
	to, of := make([]ndarray.Index, len(shape)), make([]ndarray.Index, len(shape))
	for i := low; i < high; {
		p := o.Positions[i]
		c := o.Source[o.Axis].Find(p)
		begin, end := o.Source[o.Axis].Bounds(c)
		n := 1
		for i+n < high && o.Positions[i+n] == p+n && p+n < end {
			n++
		}
		to[o.Axis], of[o.Axis] = ndarray.Range(i-low, i-low+n), ndarray.Range(p-begin, p-begin+n)
		if err := copyPart(out, chunks[slices.Index(near, c)], to, of); err != nil {
			return nil, err
		}
		i += n
	}
	return out, nil
}
