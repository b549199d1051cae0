package array_test

import (
	"bytes"
	"context"
	"os"
	"slices"
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

// TestSpilledConformance asks questions whose inputs have left memory, and puts the answers through files as well. BRAID_LONG=1 asks
// all of them, and otherwise the first of each operation and some more are asked.
func TestSpilledConformance(t *testing.T) {
	all, err := answers()
	if err != nil {
		t.Fatal(err)
	}
	cases := all.Cases
	if os.Getenv("BRAID_LONG") == "" {
		cases = nil
		first := map[string]bool{}
		for i, q := range all.Cases {
			if !first[q.Op] || i%32 == 0 {
				first[q.Op] = true
				cases = append(cases, q)
			}
		}
	}
	for name, processes := range map[string]int{"in process": 0, "on two workers": 2} {
		t.Run(name, func(t *testing.T) {
			c := open(t, braid.Options{Processes: processes, MemoryLimit: spillLimit, Scratch: t.TempDir()})
			wrote := int64(0)
			for batch := range slices.Chunk(cases, together) {
				wrote += askSpilled(t, c, batch)
				if t.Failed() {
					return
				}
			}
			if n := spilledBytes(t, c, processes); n < wrote {
				t.Errorf("%d bytes of arrays were to leave memory, and %d did", wrote, n)
			}
		})
	}
}

// spillLimit is the memory of a process in [TestSpilledConformance].
const spillLimit = 1 << 20

// askSpilled asks questions of inputs in files, and returns how many bytes of them there are.
func askSpilled(t *testing.T, c *braid.Client, batch []*question) int64 {
	var given []*array.Array
	of := make([]int, len(batch)) // how many of these are of each question
	for i, q := range batch {
		in, err := q.inputs()
		if err != nil {
			t.Fatal(err)
		}
		given, of[i] = append(given, in...), len(in)
	}
	held, bytes := throughFiles(t, c, given)
	inputs := make([][]*array.Array, len(batch))
	for i, n := range of {
		inputs[i], held = held[:n], held[n:]
	}
	asked, arrays := askBatch(t, c, batch, inputs, array.Chunks(2))
	arrays, more := throughFiles(t, c, arrays)
	results, err := array.Compute(t.Context(), c, arrays...)
	if err != nil {
		t.Fatal(err)
	}
	compareBatch(t, asked, results)
	return bytes + more
}

// throughFiles returns arrays as parts of kept ones, one for each type of elements, whose chunks are large enough for files and have gone
// there, because others came after them. It also returns how many bytes these have.
func throughFiles(t *testing.T, c *braid.Client, of []*array.Array) ([]*array.Array, int64) {
	out, bytes := make([]*array.Array, len(of)), int64(0)
	for _, d := range ndarray.DTypes() {
		var lines []*array.Array
		var numbers []int
		size := 0
		for i, a := range of {
			if a.DType() == d {
				numbers, lines, size = append(numbers, i), append(lines, a.Ravel()), size+a.Size()
			}
		}
		if numbers == nil {
			continue
		}
		chunk := fileChunk / d.Size()
		lines = append(lines, array.Zeros(array.Shape{2*chunk - size%chunk}, array.As(d)))
		all := kept(t, c, array.Concatenate(0, lines...).Rechunk(array.Chunks(chunk)))
		bytes += all.Bytes()
		at := 0
		for _, i := range numbers {
			n := of[i].Size()
			out[i] = all.Slice(ndarray.Range(at, at+n)).Reshape(of[i].Shape(), array.Chunks(2))
			at += n
		}
	}
	// What comes last would stay in memory.
	kept(t, c, array.Random(1).Uniform(0, 1, array.Shape{2 * spillLimit / 8}, array.Chunks(2*fileChunk/8)))
	return out, bytes
}

// fileChunk is the least size of results that go to files.
const fileChunk = 16 << 10

// spilledBytes returns how much was spilled: by the client itself, or by the workers.
func spilledBytes(t *testing.T, c *braid.Client, processes int) int64 {
	if processes == 0 {
		return c.SpilledBytes()
	}
	counts, err := spilledHere.Map(t.Context(), c, make([]int, 8*processes)).Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(counts)
	sum := int64(0)
	for _, n := range slices.Compact(counts) { // a worker says the same each time
		sum += n
	}
	return sum
}

var spilledHere = braid.Func("array/spilled", func(ctx context.Context, _ int) (int64, error) {
	return braid.FromContext(ctx).SpilledBytes(), nil
})

// kept returns an array whose chunks are kept until the test ends.
func kept(t *testing.T, c *braid.Client, a *array.Array) *array.Array {
	p, err := a.Persist(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Release)
	return p
}
