package array_test

import (
	"bytes"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// TestUnfusedConformance asks everything again with a task for each operation.
func TestUnfusedConformance(t *testing.T) {
	all, err := answers()
	if err != nil {
		t.Fatal(err)
	}
	fused, apart := 0, 0
	a := array.Random(1).Uniform(0, 1, array.Shape{8, 8}, array.Chunks(4)).Mul(2).Add(1).Sum()
	for n, x := range map[*int]*array.Array{&fused: a, &apart: a.Unfused()} {
		if *n, err = x.Tasks(); err != nil {
			t.Fatal(err)
		}
	}
	if fused != 5 || apart != 17 {
		t.Errorf("a sum over four chunks of two operations on random numbers takes %d tasks, and %d of them unfused, want 5 and 17", fused, apart)
	}
	askEach(t, open(t, braid.Options{}), all.Cases, (*array.Array).Unfused, array.Chunks(2))
}

// TestSpilled computes with arrays whose chunks have left memory, and get the bits that they have otherwise.
func TestSpilled(t *testing.T) {
	shape, chunks := array.Shape{384, 288}, array.Chunks(96, 72) // chunks of 54 KiB, large enough for files
	compute := func(c *braid.Client) []ndarray.Untyped {
		r := array.Random(7)
		a, b := kept(t, c, r.Uniform(-4, 4, shape, chunks)), kept(t, c, r.Normal(0, 2, shape, chunks))
		asked := []*array.Array{
			a.Mul(b).Add(1).Sin(), a.T().Rechunk(array.Chunks(32)), a.CumSum(0), a.CumSum(1), array.Along(0).Mean(a.Add(b)), array.Along(1).Std(a),
			a.MatMul(b.T()), a.Sort(0), a.ArgSort(1), array.Along(0).Median(a), a.TopK(5, 0), a.Reshape(array.Shape{288, 384}), a.Take([]int{5, 90, 3, 3}, 1),
			array.Concatenate(1, a, b).Flip(0), a.SetSlice(b.Slice(ndarray.To(30)), ndarray.Range(40, 70)), a.Roll(50, 0), a.Histogram(array.Edges(-4, 4, 9)),
			array.Pad(a, [][2]int{{3, 4}, {5, 6}}, array.Reflect), array.MapOverlap(around, a, array.Halo{Depth: []int{2, 1}, Edge: []array.Edge{array.Nearest}}),
		}
		for i, x := range asked {
			asked[i] = x.Unfused()
		}
		got, err := array.Compute(t.Context(), c, asked...)
		if err != nil {
			t.Fatal(err)
		}
		some, err := a.Select(a.Greater(0)).Compute(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return append(got, some)
	}
	c := open(t, braid.Options{MemoryLimit: 1 << 20, Scratch: t.TempDir()})
	want, got := compute(open(t, braid.Options{})), compute(c)
	for i := range want {
		if !bytes.Equal(ndarray.AppendRaw(nil, got[i]), ndarray.AppendRaw(nil, want[i])) {
			t.Errorf("array %d differs", i)
		}
	}
	if n := c.SpilledBytes(); n < 384*288*8 {
		t.Errorf("%d bytes were spilled, want more than one array", n)
	}
}

// kept returns an array whose chunks are kept until the test ends.
func kept(t *testing.T, c *braid.Client, a *array.Array) *array.Array {
	p, err := a.Persist(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Release)
	return p
}
