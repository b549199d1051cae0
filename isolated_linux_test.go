package braid_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/braid-compute/braid"
)

var (
	// scaleAlone changes its argument, returns it, and says in the first number whether it was mapped.
	scaleAlone = braid.Func("isolated/scale", func(_ context.Context, x []float64) ([]float64, error) {
		mapped, err := inBlocks(unsafe.Pointer(&x[0]))
		for k := range x {
			x[k] *= 2
		}
		if x[0] = 0; mapped {
			x[0] = 1
		}
		return x, err
	})
	// dieWith ends its process while it has its argument.
	dieWith = braid.Func("isolated/dieWith", func(_ context.Context, x []float64) (float64, error) {
		return x[0], kill(os.Getpid())
	})
)

// inBlocks reports whether an address of this process is one of a worker's or client's blocks.
func inBlocks(p unsafe.Pointer) (bool, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	for line := range bytes.Lines(maps) {
		from, to, _ := strings.Cut(strings.Fields(string(line))[0], "-")
		first, _ := strconv.ParseUint(from, 16, 64)
		end, _ := strconv.ParseUint(to, 16, 64)
		if at := uint64(uintptr(p)); first <= at && at < end {
			return bytes.Contains(line, []byte("memfd:braid-blocks")), err
		}
	}
	return false, err
}

// Large arguments of isolated calls are mapped, whether they come from a task or from the caller. What the function does to them nobody else
// sees, and its death leaves them as they were.
func TestLargeArgumentsOfIsolatedCallsAreMapped(t *testing.T) {
	isolates(t, func(t *testing.T, c *braid.Client) {
		const n = 1 << 16
		made := braid.Submit(t.Context(), c, manyNumbers.Call(braid.V([2]int64{3, n})))
		given := slices.Repeat([]float64{3}, n)
		for name, a := range map[string]braid.Arg[[]float64]{"of a task": made, "of the caller": braid.V(given)} {
			if _, err := braid.Submit(t.Context(), c, dieWith.With(braid.Isolated()).Call(a)).Get(t.Context()); err == nil || !strings.Contains(err.Error(), "SIGKILL") {
				t.Errorf("%s: %v, want that its process was killed", name, err)
			}
			once := braid.Submit(t.Context(), c, scaleAlone.With(braid.Isolated()).Call(a))
			twice, err := braid.Submit(t.Context(), c, scaleAlone.With(braid.Isolated()).Call(once)).Get(t.Context())
			if err != nil || len(twice) != n || twice[0] != 1 || !slices.Equal(twice[1:], slices.Repeat([]float64{12}, n-1)) {
				t.Fatalf("%s: twice doubled are %d numbers that begin with %v, %v", name, len(twice), twice[:min(2, len(twice))], err)
			}
			v, err := once.Get(t.Context())
			if err != nil || v[0] != 1 || v[n-1] != 6 {
				t.Errorf("%s: doubled once %g and %g, %v", name, v[0], v[n-1], err)
			}
			once.Release()
		}
		whole, err := made.Get(t.Context())
		if err != nil || !slices.Equal(whole, given) || given[0] != 3 {
			t.Errorf("the arguments were changed: %g, %g, %v", whole[0], given[0], err)
		}
		made.Release()
	})
}
