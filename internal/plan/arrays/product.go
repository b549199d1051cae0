package arrays

import (
	"context"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/product"
	"github.com/braid-compute/braid/ndarray"
)

// chain is how many chunks along the axes that are summed over one chain of tasks goes through, each task adding to what the one
// before made; the sums of chains are added in a tree. So few products exist at a time, and the result does not
// depend on how many workers there are.
const chain = 16

// ProductOrder is what tasks do that multiply chunks. The axes of the space are those of the stack, of rows, of columns, and those
// that are summed over.
type ProductOrder struct {
	Space  Grid
	Ranks  [4]int // how many axes of each kind
	Inputs []Input
	Axes   [][]int // of the space that each input has
}

// Product returns the products of two arrays, summed over axes. The grid of the result has the axes of the stack, the rows and the
// columns, behind an axis of as many sums as [Chains] says, each a chunk, if that is more than one.
func Product(name string, site uintptr, space Grid, ranks [4]int, a, b Seen) *Node {
	g := append(Grid{}, space[:len(space)-ranks[3]]...)
	if n := Chains(space, ranks); n > 1 {
		g = append(Grid{Even(n, 1)}, g...)
	}
	n := newNode(multiplied, name, site, a.Node.DType, g, a.Node, b.Node)
	n.block = &block{space: space, views: []View{a.View, b.View}}
	n.ranks = ranks
	return n
}

// Chains returns how many sums a product makes, which are to be added.
func Chains(space Grid, ranks [4]int) int {
	inner := space[len(space)-ranks[3]:].Count()
	return (inner + chain - 1) / chain
}

// products writes the tasks of a product.
func (l *lowering) products(n *Node) (*stored, error) {
	o := &ProductOrder{Space: n.block.space, Ranks: n.ranks}
	reads, err := l.looks(n, &o.Inputs, &o.Axes)
	if err != nil {
		return nil, err
	}
	call, err := l.w.Call(opProduct, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	order, column := l.w.Graph.Literal(o), l.w.Graph.Literal(numbers(o.Space.Count())).Table()
	inner := o.Space[len(o.Space)-o.Ranks[3]:].Count()
	outer, chains := o.Space.Count()/inner, Chains(o.Space, o.Ranks)
	st := &stored{grid: n.Grid, refs: make([]graph.Ref, chains*outer)}
	for k := range outer * inner {
		args := []graph.Ref{order, graph.ItemRef(column, uint32(k))}
		origin, shape := o.Space.Chunk(k)
		for _, r := range reads {
			args = r.refs(args, origin, shape)
		}
		to := &st.refs[k%inner/chain*outer+k/inner]
		if k%inner%chain > 0 {
			args = append(args, *to)
		}
		*to = graph.OutputRef(l.w.Graph.Add(call, args...), 0)
	}
	return st, nil
}

// runProduct multiplies two chunks: its arguments are the order, the number of the task, for each input a chunk or a list of them,
// and what the product is added to if there is something.
func runProduct(ctx context.Context, in []any) (any, error) {
	if len(in) != 4 && len(in) != 5 {
		return nil, errArguments
	}
	o, err := argument[*ProductOrder](in[0])
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	seen, shape, err := readInputs(in[1], in[2:4], o.Space, o.Inputs, o.Axes)
	if err != nil {
		return nil, err
	}
	var before ndarray.Untyped
	if len(in) == 5 {
		chunks, err := chunkList(in[4], seen[0].DType())
		if err != nil || len(chunks) != 1 {
			return nil, errArguments
		}
		before = chunks[0]
	}
	return o.run(seen, shape, before)
}

func (o *ProductOrder) check() error {
	rank := 0
	for _, r := range o.Ranks {
		if r < 0 || r > len(o.Space) {
			return errArguments
		}
		rank += r
	}
	if rank != len(o.Space) || len(o.Inputs) != 2 {
		return errArguments
	}
	return nil
}

func (o *ProductOrder) run(seen []ndarray.Untyped, shape []int, before ndarray.Untyped) (ndarray.Untyped, error) {
	var part [4][]int // of the shape: stack, rows, columns, summed over
	for i, at := 0, 0; i < 4; i++ {
		part[i] = shape[at : at+o.Ranks[i]]
		at += o.Ranks[i]
	}
	s, m, n, k := size(part[0]), size(part[1]), size(part[2]), size(part[3])
	a, err := as(seen[0], s, m, k)
	if err != nil {
		return nil, err
	}
	// The view has the columns before what is summed over, because the space has.
	b, err := as(seen[1], s, n, k)
	if err != nil {
		return nil, err
	}
	turned, err := b.Layout().SwapAxes(1, 2)
	if err != nil {
		return nil, err
	}
	if b, err = ndarray.View(b, turned); err != nil {
		return nil, err
	}
	if before != nil {
		if before, err = as(before, s, m, n); err != nil {
			return nil, err
		}
	}
	c, err := product.Multiply(a, b, before)
	if err != nil {
		return nil, err
	}
	shape = slices.Concat(part[0], part[1], part[2])
	if Chains(o.Space, o.Ranks) > 1 {
		shape = slices.Insert(shape, 0, 1)
	}
	return as(c, shape...)
}

// as returns the elements of u, in row-major order, under another shape.
func as(u ndarray.Untyped, shape ...int) (ndarray.Untyped, error) {
	l, isView, err := u.Layout().Reshape(shape...)
	if err != nil {
		return nil, err
	}
	if !isView {
		u = ndarray.Clone(u)
	}
	return ndarray.View(u, l)
}
