package array

import (
	"fmt"
	"strings"
	"text/tabwriter"
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
