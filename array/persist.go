package array

import (
	"context"
	"runtime"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/plan/arrays"
)

// Persist computes the array and keeps its chunks where they are computed: in this process, or in the worker processes.
// It waits until all are there and returns an array of them, which computes nothing again. The chunks are freed when
// [Array.Release] is called, when the client closes, or some time after nothing refers to the array any more.
func (a *Array) Persist(ctx context.Context, c *braid.Client) (*Array, error) {
	s := site{"Persist", caller()}
	if err := s.check(a); err != nil {
		return nil, err
	}
	results, made, err := submit(ctx, c, []*Array{a})
	if err != nil {
		return nil, err
	}
	if err := results.Wait(ctx); err != nil {
		results.Close()
		return nil, ofBlock(err, made)
	}
	p := &Array{node: arrays.Kept(s.name, s.pc, a.node.DType, a.node.Grid, results, nil)}
	runtime.AddCleanup(p.node, plan.Results.Close, results)
	return p, nil
}

// Unfused returns the array with tasks of its own for every operation and view that it is made of, each of which stores its result. It is
// slower and takes more memory; events and profiles then tell the operations of a long expression apart.
func (a *Array) Unfused() *Array {
	if a.Err() != nil {
		return a
	}
	return &Array{node: a.node.Unfused()}
}

// Release frees the chunks of a persisted array, which cannot be used afterwards. It does nothing to others.
func (a *Array) Release() {
	if a.Err() == nil {
		a.node.Release()
	}
}
