package array_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// itself returns the block that it is given.
var itself = braid.Func("array/itself", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) { return x, nil })

func TestRechunkInStages(t *testing.T) {
	c := open(t, braid.Options{})
	want := array.Random(3).Uniform(0, 1, array.Shape{96, 80})
	for _, k := range []struct {
		from, to []int
		tasks    int // beyond those that make the old chunks: pieces and new chunks, and what is between
	}{
		{[]int{4, 80}, []int{96, 4}, 24*20 + 20},
		{[]int{4, 80}, []int{8, 80}, 12},
		{[]int{1, 80}, []int{96, 1}, 96*9 + 10*9 + 10*80 + 80},
		{[]int{7, 11}, []int{5, 13}, 31*14 + 20*7},
	} {
		stored := array.MapBlocks(itself, want.Rechunk(array.Chunks(k.from...)))
		before, err := stored.Tasks()
		if err != nil {
			t.Fatal(err)
		}
		got := stored.Rechunk(array.Chunks(k.to...))
		name := fmt.Sprint(k.from, " to ", k.to)
		if n, err := got.Tasks(); err != nil || n-before != k.tasks {
			t.Errorf("%s takes %d tasks, want %d (%v)", name, n-before, k.tasks, err)
		}
		same(t, c, name, got, want)
	}
}

// Chunks that are put together from the old ones at once, where there is memory for all of these, give the sums that those do that are put
// together from pieces.
func TestRechunkWithAndWithoutStages(t *testing.T) {
	const n, band = 512, 32
	var want []byte
	for _, limit := range []int64{64 << 20, 3 << 20} {
		c := open(t, braid.Options{MemoryLimit: limit, Scratch: t.TempDir()})
		a := kept(t, c, array.Random(8).Uniform(0, 1, array.Shape{n, n}, array.Chunks(band, n)))
		sums, err := array.Along(0).Sum(a.Rechunk(array.Chunks(n, band))).Compute(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		got := ndarray.AppendRaw(nil, sums)
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("under %d bytes the sums are others than with much memory", limit)
		}
	}
}

func TestBalancedChunks(t *testing.T) {
	for n, want := range map[int]string{10: "[[4 3 3]]", 12: "[[4 4 4]]", 3: "[[3]]", 0: "[[0]]", 5: "[[3 2]]"} {
		if got := fmt.Sprint(array.Ones(array.Shape{n}, array.Chunks(4), array.Balanced()).Chunks()); got != want {
			t.Errorf("%d elements: %s, want %s", n, got, want)
		}
	}
}

func TestAChunkBeyondTheMemoryLimitIsRefused(t *testing.T) {
	c := open(t, braid.Options{MemoryLimit: 1 << 20})
	a := array.Random(1).Uniform(0, 1, array.Shape{1000, 1000}, array.Chunks(500))
	if v, err := array.Value[float64](t.Context(), c, a.Mean()); err != nil || v < 0.4 || v > 0.6 {
		t.Errorf("a mean, for which no chunk is made: %v, %v", v, err)
	}
	_, err := a.CumSum(0).Compute(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "array.CumSum (rechunk_test.go:") || !strings.Contains(err.Error(), "takes 1.91 MiB, and a process may use 1.00 MiB") {
		t.Errorf("chunks of 2 MB under a limit of 1 MiB: %v", err)
	}
	_, err = array.Along(0).Median(array.Random(1).Uniform(0, 1, array.Shape{500_000, 2}, array.Chunks(1000, 2))).Compute(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "array.Median (rechunk_test.go:") || !strings.Contains(err.Error(), "a task is given blocks of ") {
		t.Errorf("a column that is held as a whole, of 4 MB under a limit of 1 MiB: %v", err)
	}
}
