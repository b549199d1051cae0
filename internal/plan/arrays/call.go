package arrays

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/random"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// CallOrder is what tasks do that call a function of the program's with a block of each of any number of arrays.
type CallOrder struct {
	Space   Grid            // one task a chunk; along axes that a result lacks it is not cut
	Results []Grid          // as many chunks as the space, in the same order
	DTypes  []ndarray.DType // of the results
	Inputs  []Input
	Axes    [][]int // of the space, of each input in its own order
	Shapes  [][]int // of the inputs; an axis of length 1 is stretched to that of the space
	// Draw is what num/draw draws its only result from.
	Draw *random.Distribution `cbor:",omitempty"`
}

// Result is an array that calls of a function make.
type Result struct {
	Grid  Grid
	DType ndarray.DType
}

// Apply returns the arrays that an operation of [CallOperation] makes of blocks: for each chunk of space one chunk of each result.
// Axes names the axes of space that each input has, in its order. Options are those of calls, for [plan.TaskWriter]; nil for none.
func Apply(name string, site uintptr, operation string, options any, space Grid, results []Result, axes [][]int, inputs ...*Node) []*Node {
	all := newNode(applied, name, site, results[0].DType, results[0].Grid, inputs...)
	all.call = &call{operation: operation, options: options, order: CallOrder{Space: space, Axes: axes}}
	for _, r := range results {
		all.call.order.Results = append(all.call.order.Results, r.Grid)
		all.call.order.DTypes = append(all.call.order.DTypes, r.DType)
	}
	if len(results) == 1 {
		return []*Node{all}
	}
	nodes := make([]*Node, len(results))
	for i, r := range results {
		nodes[i] = newNode(picked, name, site, r.DType, r.Grid, all)
		nodes[i].axis = i
	}
	return nodes
}

// Draw returns an array of random numbers of a distribution, which has been checked.
func Draw(name string, site uintptr, d random.Distribution, g Grid) *Node {
	n := Apply(name, site, opDraw, nil, g, []Result{{g, d.DType()}}, nil)[0]
	n.call.order.Draw = &d
	return n
}

// draw draws the numbers of one chunk.
func draw(_ context.Context, b *Blocks) ([]ndarray.Untyped, error) {
	d := b.Order.Draw
	if d == nil {
		return nil, errArguments
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	g := b.Order.Results[0]
	if n := d.Width(); n > 0 && (len(g) == 0 || g[len(g)-1].Len != n || g[len(g)-1].Count() != 1) {
		return nil, errArguments
	}
	_, origin, shape := b.Region(0)
	return []ndarray.Untyped{d.Draw(g.Shape(), origin, shape)}, nil
}

// call is what an applied node is besides its inputs.
type call struct {
	operation string
	options   any
	order     CallOrder // without inputs
}

// apply writes the tasks of an applied node.
func (l *lowering) apply(n *Node) (*stored, error) {
	o := n.call.order
	reads := make([]read, len(n.inputs))
	held := int64(0) // bytes of what one task has at a time
	for i, in := range n.inputs {
		v := make(View, len(in.Shape))
		for k, length := range in.Shape {
			axis := o.Axes[i][k]
			if v[k] = (ViewAxis{Axis: axis, Step: 1}); length == 1 && o.Space[axis].Len != 1 {
				v[k] = ViewAxis{Axis: -1}
			}
		}
		var err error
		if reads[i], err = l.look(in, v); err != nil {
			return nil, err
		}
		o.Inputs, o.Shapes = append(o.Inputs, reads[i].in), append(o.Shapes, in.Shape)
		held += o.blockBytes(i)
	}
	if err := l.holds(n, held); err != nil {
		return nil, err
	}
	bytes := int64(0)
	for i, g := range o.Results {
		bytes += bytesOf(o.DTypes[i], g.Widest())
	}
	var task uint32
	var err error
	if n.call.options == nil {
		task, err = l.w.Call(n.call.operation, n.Site, bytes)
	} else {
		task, err = l.w.CallWith(n.call.operation, n.call.options, n.Site, bytes)
	}
	if err != nil {
		return nil, n.wrong(err)
	}
	order, column := l.w.Graph.Literal(&o), l.w.Graph.Literal(numbers(o.Space.Count())).Table()
	first := graph.Index(l.w.Graph.Len())
	l.made = append(l.made, made{first, n.Name, n.Grid})
	for k := range o.Space.Count() {
		args := []graph.Ref{order, graph.ItemRef(column, uint32(k))}
		origin, shape := o.Space.Chunk(k)
		for i := range reads {
			at, size := o.own(i, origin, shape)
			args = reads[i].refs(args, at, size)
		}
		l.w.Graph.Add(task, args...)
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// blockBytes returns the bytes of the largest block of an input.
func (o *CallOrder) blockBytes(input int) int64 {
	shape := make([]int, len(o.Axes[input]))
	for k, axis := range o.Axes[input] {
		if shape[k] = o.Space[axis].Widest(); o.Shapes[input][k] == 1 {
			shape[k] = 1
		}
	}
	return bytesOf(o.Inputs[input].DType, shape)
}

// own returns a region of the space as an input sees it: the axes that the input lacks do not matter.
func (o *CallOrder) own(input int, origin, shape []int) (at, size []int) {
	at, size = slices.Clone(origin), slices.Clone(shape)
	for axis := range shape {
		if !slices.Contains(o.Axes[input], axis) {
			at[axis], size[axis] = 0, 1
		}
	}
	return at, size
}

// pick writes the tasks that take one of several results.
func (l *lowering) pick(n *Node) (*stored, error) {
	from, err := l.stored(n.inputs[0])
	if err != nil {
		return nil, err
	}
	return l.items(n, from, n.axis)
}

// items writes the tasks that take result number i of tasks that make several, as the chunks of a node.
func (l *lowering) items(n *Node, from *stored, i int) (*stored, error) {
	task, err := l.w.Call(opItem, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	count, number := n.Grid.Count(), l.w.Graph.Literal(int64(i))
	if from.refs == nil {
		first := l.w.Graph.Affine(graph.Affine{Call: task, Space: []uint32{uint32(count)}, Args: []graph.AffineArg{
			{Ref: number}, {Ref: from.base, Map: graph.Identity(uint32(count))},
		}})
		return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
	}
	first := graph.Index(l.w.Graph.Len())
	for k := range count {
		l.w.Graph.Add(task, number, from.ref(k))
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// runItem takes one of several results: its arguments are its number and the results.
func runItem(ctx context.Context, in []any) (any, error) {
	if len(in) != 2 {
		return nil, errArguments
	}
	number, err := argument[int64](in[0])
	if err != nil {
		return nil, err
	}
	p, err := argument[*tile.Partial](in[1])
	if err != nil {
		return nil, err
	}
	if number < 0 || number >= int64(len(p.Parts)) {
		return nil, errArguments
	}
	return p.Parts[number], nil
}

// Blocks is what one call of a function is given.
type Blocks struct {
	In     []ndarray.Untyped // as views, which may repeat elements
	Number int               // of the chunk that is made
	Order  *CallOrder
}

// Region returns which chunk of result i is made: its index, where it begins, and its shape.
func (b *Blocks) Region(i int) (index, origin, shape []int) {
	g := b.Order.Results[i]
	index = unravel(b.Number, g.Counts(), count(len(g)))
	origin, shape = g.Region(index)
	return index, origin, shape
}

// Input returns which block of input i is given: its index, where it begins, and how many blocks there are along each axis.
func (b *Blocks) Input(i int) (index, origin, counts []int) {
	space := b.Order.Space
	own := b.Order.Axes[i]
	index, origin, counts = make([]int, len(own)), make([]int, len(own)), make([]int, len(own))
	at := unravel(b.Number, space.Counts(), count(len(space)))
	for k, axis := range own {
		if counts[k] = space[axis].Count(); b.Order.Shapes[i][k] == 1 {
			counts[k] = 1
			continue
		}
		index[k] = at[axis]
		origin[k], _ = space[axis].Bounds(at[axis])
	}
	return index, origin, counts
}

// CallOperation returns the operation of a function of blocks. Version differs between functions that cannot stand for each other.
func CallOperation(name, version string, f func(context.Context, *Blocks) ([]ndarray.Untyped, error)) plan.Operation {
	return plan.Operation{Name: name, Version: version, Call: func(ctx context.Context, in []any) (any, error) {
		if len(in) < 2 {
			return nil, errArguments
		}
		o, err := argument[*CallOrder](in[0])
		if err != nil {
			return nil, err
		}
		b, err := o.blocks(in[1], in[2:])
		if err != nil {
			return nil, err
		}
		results, err := f(ctx, b)
		if err != nil {
			return nil, err
		}
		if err := b.check(results); err != nil {
			return nil, err
		}
		if len(results) == 1 {
			return results[0], nil
		}
		return &tile.Partial{Parts: results}, nil
	}}
}

// blocks reads what the task of a number is given.
func (o *CallOrder) blocks(number any, args []any) (*Blocks, error) {
	k, err := argument[int64](number)
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(args) != len(o.Inputs) || k < 0 || k >= int64(o.Space.Count()) {
		return nil, errArguments
	}
	b := &Blocks{Number: int(k), Order: o, In: make([]ndarray.Untyped, len(args))}
	origin, shape := o.Space.Chunk(b.Number)
	for i, in := range o.Inputs {
		chunks, err := in.chunks(args[i])
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		at, size := o.own(i, origin, shape)
		u, err := in.read(chunks, at, size, nil)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		l := u.Layout()
		own := ndarray.Layout{Offset: l.Offset, Shape: []int{}, Strides: []int{}}
		for _, axis := range o.Axes[i] {
			own.Shape, own.Strides = append(own.Shape, l.Shape[axis]), append(own.Strides, l.Strides[axis])
		}
		if b.In[i], err = ndarray.View(u, own); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	return b, nil
}

// check refuses an order, which may come from elsewhere, whose parts do not go with each other.
func (o *CallOrder) check() error {
	if err := o.Space.check(); err != nil {
		return err
	}
	if len(o.Results) == 0 || len(o.Results) != len(o.DTypes) || len(o.Axes) != len(o.Inputs) || len(o.Shapes) != len(o.Inputs) {
		return errArguments
	}
	for i, g := range o.Results {
		if err := g.check(); err != nil {
			return err
		}
		if g.Count() != o.Space.Count() || !o.DTypes[i].Valid() {
			return errArguments
		}
	}
	for i, in := range o.Inputs {
		if err := in.check(o.Space); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		if len(o.Shapes[i]) != len(o.Axes[i]) {
			return errArguments
		}
		for k, axis := range o.Axes[i] {
			if axis < 0 || axis >= len(o.Space) || slices.Contains(o.Axes[i][:k], axis) {
				return errArguments
			}
		}
	}
	return nil
}

// check refuses results that are not what was to be made.
func (b *Blocks) check(results []ndarray.Untyped) error {
	if len(results) != len(b.Order.Results) {
		return fmt.Errorf("the function made %d arrays, and %d are wanted", len(results), len(b.Order.Results))
	}
	for i, u := range results {
		index, _, shape := b.Region(i)
		switch {
		case u == nil:
			return fmt.Errorf("the function made no array for block %s, and no error", ndarray.FormatShape(index))
		case u.DType() != b.Order.DTypes[i] || !slices.Equal(u.Shape(), shape):
			return fmt.Errorf("the function made an array of %v and shape %s for block %s, and one of %v and shape %s is wanted",
				u.DType(), ndarray.FormatShape(u.Shape()), ndarray.FormatShape(index), b.Order.DTypes[i], ndarray.FormatShape(shape))
		}
	}
	return nil
}
