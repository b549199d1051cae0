package array

import (
	"math"

	"github.com/braid-compute/braid/internal/plan/arrays"
)

// Rechunk returns the same array in other chunks. The options are [Chunks], [ChunkSizes], [ChunkBytes] and [Balanced]. What is computed
// from elements alone, such as random numbers, and what is read from memory or files, is taken in the new chunks at once. Of an array that
// tasks make, each new chunk is put together from the old ones. Where that would need many of them whole, they are cut
// into pieces first, so that a task holds about one old chunk or one new one and its pieces; and where these would be too many, the array
// goes through chunks that are between the old and the new ones. A client that runs tasks in this process and may use four times the memory of
// the array does without: [Array.Tasks] counts more tasks then than there are.
func (a *Array) Rechunk(opts ...Option) *Array {
	s := site{"Rechunk", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	m := options(opts)
	g, err := m.grid(a.Shape(), a.DType().Size())
	if err != nil {
		return s.fail("%w", err)
	}
	return s.regrid(s.inStages(a, g), g)
}

func (s site) regrid(a *Array, g arrays.Grid) *Array {
	if a.err != nil || g.Equal(a.node.Grid) {
		return a
	}
	return &Array{node: arrays.Regrid(s.name, s.pc, g, a.node)}
}

const (
	// directReads is how many times its own size a task may read of old chunks to make a new one.
	directReads = 4
	// piecesPerChunk is how many pieces there may be for each chunk, of the old ones or the new ones.
	piecesPerChunk = 32
)

// inStages returns an array with chunks of which new ones are put together without reading much else.
func (s site) inStages(a *Array, to arrays.Grid) *Array {
	from := a.node.Grid
	if !arrays.ReadsTasks(a.node) || touched(from, to) <= directReads*float64(max(widest(from), widest(to))) {
		return a
	}
	pieces := make(arrays.Grid, len(to))
	for k := range to {
		pieces[k] = from[k].Refined(to[k])
	}
	if pieces.Count() > piecesPerChunk*max(from.Count(), to.Count()) {
		if middle := between(from, to); !middle.Equal(from) && !middle.Equal(to) {
			a = s.regrid(s.inStages(a, middle), middle)
			a = &Array{node: arrays.Stage(s.name, s.pc, middle, a.node)}
			return s.inStages(a, to)
		}
	}
	return &Array{node: arrays.Stage(s.name, s.pc, pieces, a.node)}
}

// touched returns of how many elements the old chunks are, at most, that one new chunk has parts of.
func touched(from, to arrays.Grid) float64 {
	n := 1.0
	for k := range to {
		most := 1
		for i := range to[k].Count() {
			low, high := to[k].Bounds(i)
			if low == high {
				continue
			}
			begin, _ := from[k].Bounds(from[k].Find(low))
			_, end := from[k].Bounds(from[k].Find(high - 1))
			most = max(most, end-begin)
		}
		n *= float64(most)
	}
	return n
}

// widest returns how many elements the largest chunk has at most.
func widest(g arrays.Grid) int {
	n := 1
	for _, w := range g.Widest() {
		n *= max(1, w)
	}
	return n
}

// between returns chunks whose sides are between those of two grids: their geometric mean.
func between(from, to arrays.Grid) arrays.Grid {
	g := make(arrays.Grid, len(to))
	for k := range g {
		side := math.Sqrt(float64(max(1, from[k].Widest())) * float64(max(1, to[k].Widest())))
		g[k] = arrays.Even(to[k].Len, int(math.Ceil(side)))
	}
	return g
}
