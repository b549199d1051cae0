package braid_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/braid-compute/braid"
)

var (
	lookAt = braid.FuncView("view/sum", func(_ context.Context, x braid.View[float64]) (float64, error) {
		sum := 0.0
		for _, v := range x.Slice() {
			sum += v
		}
		return sum, nil
	})
	partOf = braid.FuncView("view/part", func(_ context.Context, x braid.View[float64]) ([]float64, error) {
		return x.Slice()[:1<<12], nil // of some size, so that it is in the store itself
	})
)

// Functions that look at large results see what is in memory, on disk, and in the memory of another worker, and what they return of it is
// theirs.
func TestViewsOfLargeResults(t *testing.T) {
	for _, processes := range []int{0, 2} {
		t.Run(fmt.Sprintf("processes=%d", processes), func(t *testing.T) {
			const n, size = 24, 1 << 17
			c := openProcesses(t, braid.Options{Processes: processes, Slots: 1, MemoryLimit: 8 << 20, Scratch: t.TempDir()})
			args := make([][2]int64, n)
			for k := range args {
				args[k] = [2]int64{int64(k), size}
			}
			blocks := manyNumbers.Map(t.Context(), c, args)
			if err := blocks.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			looks := func(k int) (float64, []float64, []float64) {
				d := blocks.At(k)
				sum, part := lookAt.Call(d), partOf.Call(d)
				if processes > 0 { // one of them looks at what the other holds
					sum, part = sum.With(braid.Worker("worker-0")), part.With(braid.Worker("worker-1"))
				}
				s, p, err := braid.Compute2(t.Context(), c, sum, part)
				if err != nil {
					t.Fatal(err)
				}
				whole, err := d.Get(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return s, p, whole
			}
			var parts [][]float64
			for k := range n {
				s, p, whole := looks(k)
				if s != float64(k*size) || len(whole) != size || whole[size-1] != float64(k) {
					t.Errorf("block %d: the sum is %g, and %d numbers end with %g", k, s, len(whole), whole[len(whole)-1])
				}
				parts = append(parts, p)
			}
			for k, p := range parts {
				if !slices.Equal(p, slices.Repeat([]float64{float64(k)}, 1<<12)) {
					t.Errorf("what was returned of block %d has changed", k)
				}
			}
			blocks.Release()
		})
	}
}
