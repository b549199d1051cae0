package arrays

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/ndarray"
)

// BlockOrder is what tasks do that need chunks as a whole.
type BlockOrder struct {
	Op     selection.Op
	Space  Grid // one task a chunk
	Inputs []Input
	Axes   [][]int // of the space that each input has, although its view may have one value for all of an axis
}

// Seen is an array as the tasks of a block see it: its view from their space.
type Seen struct {
	Node *Node
	View View
}

// Block returns what a selection makes of the chunks of inputs. For each chunk of space there is one chunk of the result, in the
// same order; along axis k an input is seen by the axes of space that its view names, and is cut where these are cut.
func Block(name string, site uintptr, op selection.Op, d ndarray.DType, space, g Grid, inputs ...Seen) *Node {
	n := newNode(blocked, name, site, d, g)
	n.block = &block{op: op, space: space}
	for _, in := range inputs {
		n.inputs, n.block.views = append(n.inputs, in.Node), append(n.block.views, in.View)
	}
	return n
}

// block is what a blocked node is besides its inputs.
type block struct {
	op    selection.Op
	space Grid
	views []View
}

// look returns how tasks of a layer read an array that they see through a view: views and new chunks below are seen through,
// too, instead of being computed.
func (l *lowering) look(n *Node, v View) (read, error) {
	for !l.shared[n] {
		if m := l.unstaged(n); m != nil {
			n = m
			continue
		}
		if n.kind != viewed && n.kind != regrid {
			break
		}
		if n.kind == viewed {
			v = n.view.over(v)
		}
		n = n.inputs[0]
	}
	st, err := l.stored(n)
	if err != nil {
		return read{}, err
	}
	return read{st, Input{Grid: st.grid, View: v, DType: n.DType, Halo: st.halo, File: st.file}}, nil
}

// looks returns how tasks of a layer read the inputs of a node, and describes them.
func (l *lowering) looks(n *Node, inputs *[]Input, axes *[][]int) ([]read, error) {
	var reads []read
	for i, in := range n.inputs {
		r, err := l.look(in, n.block.views[i])
		if err != nil {
			return nil, err
		}
		named := []int{}
		for _, a := range n.block.views[i] {
			named = append(named, a.Axis)
		}
		reads, *inputs, *axes = append(reads, r), append(*inputs, r.in), append(*axes, named)
	}
	return reads, nil
}

// blocks writes the tasks of a blocked node.
func (l *lowering) blocks(n *Node) (*stored, error) {
	o := &BlockOrder{Op: n.block.op, Space: n.block.space}
	reads, err := l.looks(n, &o.Inputs, &o.Axes)
	if err != nil {
		return nil, err
	}
	held := int64(0)
	for i, in := range o.Inputs {
		bytes := int64(in.DType.Size())
		for _, axis := range o.Axes[i] {
			if axis >= 0 {
				bytes *= int64(max(1, o.Space[axis].Widest()))
			}
		}
		held += bytes
	}
	if err := l.holds(n, held); err != nil {
		return nil, err
	}
	call, err := l.w.Call(opBlock, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	order, column := l.w.Graph.Literal(o), l.w.Graph.Literal(numbers(o.Space.Count())).Table()
	first := graph.Index(l.w.Graph.Len())
	for k := range o.Space.Count() {
		args := []graph.Ref{order, graph.ItemRef(column, uint32(k))}
		origin, shape := o.Space.Chunk(k)
		for _, r := range reads {
			args = r.refs(args, origin, shape)
		}
		l.w.Graph.Add(call, args...)
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// runBlock makes one chunk: its arguments are the order, the number of the chunk, and for each input a chunk or a list of them.
func runBlock(ctx context.Context, in []any) (any, error) {
	if len(in) < 2 {
		return nil, errArguments
	}
	o, err := argument[*BlockOrder](in[0])
	if err != nil {
		return nil, err
	}
	inputs, _, err := readInputs(in[1], in[2:], o.Space, o.Inputs, o.Axes)
	if err != nil {
		return nil, err
	}
	return o.Op.Run(inputs)
}

// readInputs returns what the task of a number sees of its inputs, each with its axes of the space, in their order.
func readInputs(number any, args []any, space Grid, inputs []Input, axes [][]int) (seen []ndarray.Untyped, shape []int, err error) {
	k, err := argument[int64](number)
	if err != nil {
		return nil, nil, err
	}
	if err := space.check(); err != nil {
		return nil, nil, err
	}
	if len(args) != len(inputs) || len(axes) != len(inputs) || k < 0 || k >= int64(space.Count()) {
		return nil, nil, errArguments
	}
	origin, shape := space.Chunk(int(k))
	for i, in := range inputs {
		if err := in.check(space); err != nil {
			return nil, nil, fmt.Errorf("input %d: %w", i, err)
		}
		chunks, err := in.chunks(args[i])
		if err != nil {
			return nil, nil, fmt.Errorf("input %d: %w", i, err)
		}
		u, err := in.own(chunks, origin, shape, axes[i])
		if err != nil {
			return nil, nil, fmt.Errorf("input %d: %w", i, err)
		}
		seen = append(seen, u)
	}
	return seen, shape, nil
}

// own is read without the axes of the space that are not named.
func (in Input) own(chunks []ndarray.Untyped, origin, shape, named []int) (ndarray.Untyped, error) {
	narrow := slices.Clone(shape)
	items := make([]ndarray.Index, len(shape))
	for k := range shape {
		if !slices.Contains(named, k) {
			narrow[k], items[k] = 1, ndarray.At(0)
		}
	}
	u, err := in.read(chunks, origin, narrow, nil)
	if err != nil {
		return nil, err
	}
	return slice(u, items)
}
