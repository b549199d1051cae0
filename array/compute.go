package array

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Compute computes the array and returns its elements. They have to fit into the memory of this process: reduce, slice,
// [Array.Store] or [Array.Persist] what does not. If a task fails, the others are cancelled and the error is that of the task, in which
// errors.As finds a [*braid.TaskError]; the same happens when ctx ends.
func (a *Array) Compute(ctx context.Context, c *braid.Client) (ndarray.Untyped, error) {
	all, err := compute(ctx, c, site{"Compute", caller()}, []*Array{a})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Compute computes several arrays together: what they have in common is computed once.
func Compute(ctx context.Context, c *braid.Client, of ...*Array) ([]ndarray.Untyped, error) {
	return compute(ctx, c, site{"Compute", caller()}, of)
}

// Collect is [Array.Compute] for elements of a type that is known in the program.
func Collect[T ndarray.Element](ctx context.Context, c *braid.Client, a *Array) (*ndarray.Array[T], error) {
	s := site{"Collect", caller()}
	if err := s.check(a); err != nil {
		return nil, err
	}
	if d := ndarray.DTypeOf[T](); a.DType() != d {
		return nil, s.wrong(fmt.Errorf("the elements are of type %v, not %v: use Cast to convert them", a.DType(), d))
	}
	all, err := compute(ctx, c, s, []*Array{a})
	if err != nil {
		return nil, err
	}
	return ndarray.As[T](all[0])
}

// Value computes an array of one element, such as the sum of another, and returns the element.
func Value[T ndarray.Element](ctx context.Context, c *braid.Client, a *Array) (T, error) {
	s := site{"Value", caller()}
	var zero T
	if err := s.check(a); err != nil {
		return zero, err
	}
	if a.Size() != 1 {
		return zero, s.wrong(fmt.Errorf("the array has shape %s, and not one element", tuple(a.Shape())))
	}
	all, err := compute(ctx, c, s, []*Array{s.cast(a, ndarray.DTypeOf[T]())})
	if err != nil {
		return zero, err
	}
	typed, err := ndarray.As[T](all[0])
	if err != nil {
		return zero, err
	}
	return typed.AppendTo(nil)[0], nil
}

// compute submits arrays and puts their chunks together.
func compute(ctx context.Context, c *braid.Client, s site, of []*Array) ([]ndarray.Untyped, error) {
	if err := s.check(of...); err != nil {
		return nil, err
	}
	if err := s.fits(of); err != nil {
		return nil, err
	}
	results, made, err := submit(ctx, c, of)
	if err != nil {
		return nil, err
	}
	defer results.Close()
	out := make([]ndarray.Untyped, len(of))
	k := 0
	for i, a := range of {
		if out[i], err = gather(ctx, results, k, a.node); err != nil {
			return nil, ofBlock(err, made)
		}
		k += a.node.Grid.Count()
	}
	return out, nil
}

// gather puts the chunks of an array together, which are the results from number k on.
func gather(ctx context.Context, results plan.Results, k int, n *arrays.Node) (ndarray.Untyped, error) {
	chunks := n.Grid.Count()
	if chunks == 1 {
		v, err := results.Get(ctx, k)
		if err != nil {
			return nil, err
		}
		return chunkOf(v, n, n.Shape)
	}
	whole, err := ndarray.Empty(n.DType, n.Shape...)
	if err != nil {
		return nil, err
	}
	for i := range chunks {
		v, err := results.Get(ctx, k+i)
		if err != nil {
			return nil, err
		}
		origin, shape := n.Grid.Chunk(i)
		u, err := chunkOf(v, n, shape)
		if err != nil {
			return nil, err
		}
		items := make([]ndarray.Index, len(origin))
		for axis, o := range origin {
			items[axis] = ndarray.Range(o, o+shape[axis])
		}
		l, err := whole.Layout().Slice(items...)
		if err != nil {
			return nil, err
		}
		part, err := ndarray.View(whole, l)
		if err != nil {
			return nil, err
		}
		if err := ndarray.Assign(part, u, ndarray.Safe); err != nil {
			return nil, err
		}
		results.Release(k + i)
	}
	return whole, nil
}

// chunkOf returns a result as the chunk that it should be.
func chunkOf(v any, n *arrays.Node, shape []int) (ndarray.Untyped, error) {
	u, ok := arrays.AsChunk(v)
	if ok && u.DType() == n.DType && slices.Equal(u.Shape(), shape) {
		return u, nil
	}
	made := "none was made"
	if ok {
		made = fmt.Sprintf("one of %v and shape %s was made", u.DType(), tuple(u.Shape()))
	}
	return nil, site{n.Name, n.Site}.wrong(fmt.Errorf("a chunk should be an array of %v and shape %s, and %s", n.DType, tuple(shape), made))
}

// ofBlock adds to the error of a task that ran a function of the program's which block it was to make.
func ofBlock(err error, made arrays.Made) error {
	var failed *braid.TaskError
	if !errors.As(err, &failed) {
		return err
	}
	if block := made.Block(failed.Root().Task); block != "" {
		return fmt.Errorf("%w; %s", err, block)
	}
	return err
}

// submit begins to compute arrays. The results are their chunks, one array after the other.
func submit(ctx context.Context, c *braid.Client, of []*Array) (plan.Results, arrays.Made, error) {
	nodes := make([]*arrays.Node, len(of))
	var ends []int // of the results of each array
	total := 0
	for i, a := range of {
		nodes[i] = a.node
		total += a.node.Grid.Count()
		ends = append(ends, total)
	}
	var made arrays.Made
	results, err := c.SubmitTasks(ctx, plan.Tasks{
		Kind: "array",
		Write: func(w *plan.TaskWriter) (wants []graph.Index, err error) {
			var each [][]graph.Index
			each, made, err = arrays.Write(w, nodes...)
			return slices.Concat(each...), err
		},
		Decode: func(k int, data []byte) (any, error) {
			i, _ := slices.BinarySearch(ends, k+1)
			return arrays.DecodeChunk(data, nodes[i].DType)
		},
	})
	return results, made, err
}

// fits refuses to fetch what this process cannot hold.
func (s site) fits(of []*Array) error {
	memory := machine.Memory().Bytes
	total := int64(0)
	for _, a := range of {
		total += a.Bytes()
	}
	if memory <= 0 || total <= memory {
		return nil
	}
	return s.wrong(fmt.Errorf("the result takes %s, and this process may use %s: reduce it, take a slice of it, write it into a file (Store), or keep it where it is computed (Persist)",
		arrays.FormatBytes(total), arrays.FormatBytes(memory)))
}
