package array

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/braid-compute/braid/ndarray"
)

// mostRuns is how many runs of chunks of one length a table shows of an axis.
const mostRuns = 8

// ChunkTable returns a table of how the array is cut: of each axis how many elements it has, in how many chunks, and how long these are.
// [Array.SVG] draws it.
func (a *Array) ChunkTable() string {
	if a.Err() != nil {
		return a.String() + "\n"
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "axis\telements\tchunks\tlengths\n")
	for k, sizes := range a.Chunks() {
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\n", k, a.Shape()[k], len(sizes), runs(sizes))
	}
	w.Flush() // a strings.Builder takes everything
	return b.String()
}

// runs writes numbers with equal neighbours counted: 3 × 4, 2.
func runs(of []int) string {
	var parts []string
	for i := 0; i < len(of); {
		n := 1
		for i+n < len(of) && of[i+n] == of[i] {
			n++
		}
		if len(parts) == mostRuns {
			return strings.Join(parts, ", ") + fmt.Sprintf(" and %d more", len(of)-i)
		}
		part := fmt.Sprint(of[i])
		if n > 1 {
			part = fmt.Sprintf("%d × %d", n, of[i])
		}
		parts = append(parts, part)
		i += n
	}
	return strings.Join(parts, ", ")
}

// NormalizeChunks returns the lengths of chunks along each axis into which options would cut an array of a shape and type: [Chunks],
// [ChunkSizes], [ChunkBytes] and [Balanced].
func NormalizeChunks(shape Shape, d ndarray.DType, opts ...Option) ([][]int, error) {
	s, m := site{"NormalizeChunks", caller()}, options(opts)
	if !d.Valid() {
		return nil, s.fail("%v is no element type", d).err
	}
	g, err := m.grid(shape, d.Size())
	if err != nil {
		return nil, s.fail("%w", err).err
	}
	sizes := make([][]int, len(g))
	for k, axis := range g {
		sizes[k] = axis.Sizes()
	}
	return sizes, nil
}
