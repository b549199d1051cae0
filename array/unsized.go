package array

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Unsized is a lazy array whose length along the first axis depends on values, such as what a mask selects. It is a type of its own, so
// that what needs a shape cannot be asked of it: [Unsized.Sized] computes it and returns an [Array], and [Unsized.Compute] its
// elements. What can be done before elements are selected, do before.
type Unsized struct {
	node *arrays.Node
	err  error
}

// Err returns the first mistake that was made in building the array, with the user's line, or nil.
func (u *Unsized) Err() error {
	if u == nil || u.err == nil && u.node == nil {
		return errNone
	}
	return u.err
}

// DType returns the type of the elements.
func (u *Unsized) DType() ndarray.DType {
	if u.Err() != nil {
		return 0
	}
	return u.node.DType
}

// String describes the array.
func (u *Unsized) String() string {
	if err := u.Err(); err != nil {
		return fmt.Sprintf("array that cannot be computed: %v", err)
	}
	return fmt.Sprintf("array of %v, made by %s (%s): at most %d long, which Sized finds out", u.node.DType, u.node.Name, u.node.At(), u.node.Shape[0])
}

// Select returns the elements where the mask is true, or other than zero, in row-major order. The mask has the shape of a, or of its
// first axes: then the further axes stay.
func (a *Array) Select(mask *Array) *Unsized { return selected(site{"Select", caller()}, a, mask) }

func selected(s site, a, mask *Array) *Unsized {
	if err := s.check(a, mask); err != nil {
		return &Unsized{err: err}
	}
	rank := mask.Rank()
	if rank == 0 || rank > a.Rank() || !slices.Equal(mask.Shape(), a.Shape()[:rank]) {
		return &Unsized{err: s.fail("a mask of shape %s for an array of shape %s: it must have all or the first of its axes", tuple(mask.Shape()), tuple(a.Shape())).err}
	}
	space := slices.Clone(a.node.Grid)
	row := 1
	for k := 1; k < rank; k++ { // chunks that follow each other in row-major order
		space[k] = arrays.Even(space[k].Len, space[k].Len)
		row *= max(1, space[k].Len)
	}
	if rank > 1 {
		bytes := int64(row) * int64(a.DType().Size())
		for _, x := range space[rank:] {
			bytes *= int64(max(1, x.Widest()))
		}
		if rows := int(max(1, DefaultChunkBytes/bytes)); rows < space[0].Widest() {
			space[0] = arrays.Even(space[0].Len, rows)
		}
	}
	sizes := space[0].Sizes()
	for i := range sizes {
		sizes[i] *= row
	}
	g := append(arrays.Grid{arrays.Cut(sizes)}, space[rank:]...)
	n := arrays.Block(s.name, s.pc, selection.Op{Kind: selection.Mask}, a.DType(), space, g,
		arrays.Seen{Node: a.node, View: arrays.Identity(a.Rank())}, arrays.Seen{Node: s.truth(mask).node, View: arrays.Identity(a.Rank())[:rank]})
	return &Unsized{node: n}
}

// Nonzero returns the coordinates, along each axis, of the elements that are true, or other than zero, in row-major order.
func (a *Array) Nonzero() []*Unsized {
	s := site{"Nonzero", caller()}
	if a.Err() != nil {
		return nonzero(s, a, 1)
	}
	return nonzero(s, a, a.Rank())
}

// nonzero returns the coordinates along so many axes.
func nonzero(s site, a *Array, axes int) []*Unsized {
	out := make([]*Unsized, axes)
	if err := s.check(a); err != nil {
		for axis := range out {
			out[axis] = &Unsized{err: err}
		}
		return out
	}
	for axis := range out {
		out[axis] = selected(s, indicesAlong(s, a, axis), a)
	}
	return out
}

// FlatNonzero returns the places, in row-major order, of the elements that are true, or other than zero.
func (a *Array) FlatNonzero() *Unsized {
	s := site{"FlatNonzero", caller()}
	if err := s.check(a); err != nil {
		return &Unsized{err: err}
	}
	coef := make([]int64, a.Rank())
	step := int64(1)
	for k := a.Rank() - 1; k >= 0; k-- {
		coef[k] = step
		step *= int64(a.Shape()[k])
	}
	return selected(s, s.positions(a.Shape(), coef, a.node.Grid), a)
}

// ArgWhere returns the coordinates of the elements that are true, or other than zero, as rows.
func (a *Array) ArgWhere() *Unsized {
	s := site{"ArgWhere", caller()}
	if err := s.check(a); err != nil {
		return &Unsized{err: err}
	}
	if a.Rank() == 0 {
		return &Unsized{err: s.fail("an array of shape () has no coordinates").err}
	}
	axes := make([]*Array, a.Rank())
	for axis := range axes {
		axes[axis] = indicesAlong(s, a, axis)
	}
	return selected(s, Stack(-1, axes...), a)
}

// Unique returns the different elements, sorted; one NaN stands for all. They have to fit into the memory of one process.
func (a *Array) Unique() *Unsized {
	s := site{"Unique", caller()}
	if err := s.check(a); err != nil {
		return &Unsized{err: err}
	}
	if !selection.Distinct.Defined(a.DType()) {
		return &Unsized{err: s.fail("there is no order of elements of type %v", a.DType()).err}
	}
	return &Unsized{node: arrays.Distinct(s.name, s.pc, a.node)}
}

// Sized computes the array, keeps its chunks where they are computed, as [Array.Persist] does, and returns the array of them.
func (u *Unsized) Sized(ctx context.Context, c *braid.Client) (*Array, error) {
	if err := u.Err(); err != nil {
		return nil, err
	}
	n := u.node
	chunks := n.Grid.Count()
	var made arrays.Made
	results, err := c.SubmitTasks(ctx, plan.Tasks{
		Kind: "array",
		Write: func(w *plan.TaskWriter) (wants []graph.Index, err error) {
			wants, made, err = arrays.WriteMeasured(w, n)
			return wants, err
		},
		Decode: func(k int, data []byte) (any, error) {
			if k >= chunks {
				return arrays.DecodeChunk(data, ndarray.Int64)
			}
			return arrays.DecodeChunk(data, n.DType)
		},
	})
	if err != nil {
		return nil, err
	}
	a, err := measured(ctx, results, n)
	if err != nil {
		results.Close()
		return nil, ofBlock(err, made)
	}
	runtime.AddCleanup(a.node, plan.Results.Close, results)
	return a, nil
}

// measured waits for chunks and their lengths, and returns the array of those that are not empty.
func measured(ctx context.Context, results plan.Results, n *arrays.Node) (*Array, error) {
	chunks, rest := n.Grid.Count(), n.Grid[1:].Count()
	var sizes, kept []int
	for k := 0; k < chunks; k += rest {
		v, err := results.Get(ctx, chunks+k)
		if err != nil {
			return nil, err
		}
		length, ok := v.(*ndarray.Array[int64])
		if !ok || length.Size() != 1 {
			return nil, fmt.Errorf("array.%s (%s): the length of a chunk came as something else than a number", n.Name, n.At())
		}
		size := int(length.AppendTo(nil)[0])
		if size > 0 || k == 0 {
			kept = append(kept, k)
			sizes = append(sizes, size)
			if len(kept) == 2 && sizes[0] == 0 { // something is there, so nothing need not stand for it
				kept, sizes = kept[1:], sizes[1:]
			}
		}
	}
	if err := results.Wait(ctx); err != nil {
		return nil, err
	}
	g := append(arrays.Grid{arrays.Cut(sizes)}, n.Grid[1:]...)
	var picked []int
	for _, k := range kept {
		for i := range rest {
			picked = append(picked, k+i)
		}
	}
	return &Array{node: arrays.Kept(n.Name, n.Site, n.DType, g, results, picked)}, nil
}

// Compute computes the array and returns its elements.
func (u *Unsized) Compute(ctx context.Context, c *braid.Client) (ndarray.Untyped, error) {
	a, err := u.Sized(ctx, c)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	return a.Compute(ctx, c)
}
