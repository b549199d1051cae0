package array

import (
	"context"
	"fmt"
	"iter"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Region is a part of an array: where it begins along each axis, and its elements, which must not be changed.
type Region struct {
	Origin   []int
	Elements ndarray.Untyped
}

// Regions computes the array and hands out its chunks, in row-major order, one after the other: for writing an array from this process to
// wherever it belongs, without holding all of it. Chunks that are computed and not asked for yet count against [braid.Options.MemoryLimit]
// and leave memory for files like other results. Leaving the loop cancels what is not computed. After an error nothing follows.
func (a *Array) Regions(ctx context.Context, c *braid.Client) iter.Seq2[Region, error] {
	s := site{"Regions", caller()}
	return func(yield func(Region, error) bool) {
		if err := s.check(a); err != nil {
			yield(Region{}, err)
			return
		}
		results, made, err := submit(ctx, c, []*Array{a})
		if err != nil {
			yield(Region{}, err)
			return
		}
		defer results.Close()
		for k := range a.node.Grid.Count() {
			origin, shape := a.node.Grid.Chunk(k)
			v, err := results.Get(ctx, k)
			var u ndarray.Untyped
			if err == nil {
				u, err = chunkOf(v, a.node, shape)
			}
			if err != nil {
				yield(Region{}, ofBlock(err, made))
				return
			}
			if !yield(Region{origin, u}, nil) {
				return
			}
			results.Release(k)
		}
	}
}

// Target is a registered function that writes regions of arrays; see [NewTarget].
type Target[A any] struct{ operation string }

// NewTarget registers a function that writes regions of an array to wherever users keep theirs, under a name that must be unique among the
// functions of this package. Call it where package variables are initialised, so that every process of the program knows it:
//
//	var archive = array.NewTarget("archive", func(ctx context.Context, folder string, r array.Region) error { … })
//
// It is called where regions are computed, by several tasks at once, with a value that says where to write: for a client in this process any
// value, such as an open file, and for one with workers a value that can travel, such as a path. A region may be written twice, if a worker
// was lost meanwhile.
func NewTarget[A any](name string, write func(ctx context.Context, to A, r Region) error) *Target[A] {
	operation := checked(name, write == nil)
	braid.RegisterOperation(arrays.TargetOperation(operation, fmt.Sprintf("target %T", *new(A)), func(ctx context.Context, to A, origin []int, u ndarray.Untyped) error {
		return write(ctx, to, Region{origin, u})
	}))
	return &Target[A]{operation}
}

// Store computes an array and has each chunk written. It waits until all are.
func (t *Target[A]) Store(ctx context.Context, c *braid.Client, to A, a *Array) error {
	s := site{"Store", caller()}
	if err := s.check(a); err != nil {
		return err
	}
	if t == nil {
		return s.wrong(fmt.Errorf("the target is nil"))
	}
	return s.await(ctx, c, func(w *plan.TaskWriter) ([]graph.Index, arrays.Made, error) {
		return arrays.WriteTarget(w, a.node, t.operation, to, s.pc)
	})
}

// await runs tasks whose results do not matter.
func (s site) await(ctx context.Context, c *braid.Client, write func(*plan.TaskWriter) ([]graph.Index, arrays.Made, error)) error {
	var made arrays.Made
	results, err := c.SubmitTasks(ctx, plan.Tasks{
		Kind: "array",
		Write: func(w *plan.TaskWriter) (wants []graph.Index, err error) {
			wants, made, err = write(w)
			return wants, err
		},
		Decode: func(int, []byte) (any, error) { return nil, nil }, // they are waited for only
	})
	if err != nil {
		return err
	}
	defer results.Close()
	return ofBlock(results.Wait(ctx), made)
}
