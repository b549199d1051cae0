package array

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Block is a registered function of one chunk, which is made with [braid.Func] as a package variable:
//
//	var smooth = braid.Func("smooth", func(_ context.Context, x *ndarray.Array[float64]) (*ndarray.Array[float64], error) { … })
type Block[T, U ndarray.Element] = *braid.Func1[*ndarray.Array[T], *ndarray.Array[U]]

// MapBlocks returns the array of what f makes of each chunk of a. The result has the chunks of a, unless [ChunkSizes]
// says what f makes instead: as many chunks along each axis, of other lengths. f must not change what it is given.
func MapBlocks[T, U ndarray.Element](f Block[T, U], a *Array, opts ...Option) *Array {
	s := site{"MapBlocks", caller()}
	if err := checkBlocks(s, f, a); err != nil {
		return &Array{err: err}
	}
	m, g := options(opts), a.node.Grid
	if m.sizes != nil {
		if len(m.sizes) != a.Rank() {
			return s.fail("chunks of %d axes, and f is given chunks of %d", len(m.sizes), a.Rank())
		}
		g = make(arrays.Grid, a.Rank())
		for axis, sizes := range m.sizes {
			g[axis] = arrays.Cut(sizes)
			if have, want := g[axis].Count(), a.node.Grid[axis].Count(); len(sizes) != want || have != want {
				return s.fail("axis %d: %d chunks %v, and f is called for %d", axis, len(sizes), sizes, want)
			}
		}
	}
	return &Array{node: arrays.Call(s.name, s.pc, f, ndarray.DTypeOf[U](), g, a.node)}
}

func checkBlocks[T, U ndarray.Element](s site, f Block[T, U], a *Array) error {
	if err := s.check(a); err != nil {
		return err
	}
	if f == nil {
		return s.wrong(fmt.Errorf("the function is nil"))
	}
	if d := ndarray.DTypeOf[T](); a.DType() != d {
		return s.wrong(fmt.Errorf("%s takes chunks of type %v, and the elements are of type %v: use Cast to convert them", f.Name(), d, a.DType()))
	}
	return nil
}

// Edge says what lies beyond the ends of an axis, for [MapOverlap].
type Edge struct {
	kind  arrays.Edge
	value any
}

// The kinds of edge. The zero Edge is Open.
var (
	Open     = Edge{}                      // nothing: chunks at the ends reach over on one side only
	Periodic = Edge{kind: arrays.Periodic} // the other end
	Reflect  = Edge{kind: arrays.Reflect}  // the elements from the end backwards, beginning with the last
	Nearest  = Edge{kind: arrays.Nearest}  // the last element again and again
	Mirror   = Edge{kind: arrays.Mirror}   // the elements from the end backwards, beginning with the last but one
)

// Constant is the edge of a value.
func Constant(value any) Edge { return Edge{arrays.Constant, value} }

// Halo says by how many elements chunks reach over into their neighbours along each axis. One number stands for all
// axes, and so does one edge; no edge is [Open].
type Halo struct {
	Depth []int
	Edge  []Edge
}

// MapOverlap returns the array of what f makes of each chunk of a together with some elements of its neighbours. f
// returns an array of the shape that it is given, of which the part that reaches over is cut off.
func MapOverlap[T, U ndarray.Element](f Block[T, U], a *Array, h Halo) *Array {
	s := site{"MapOverlap", caller()}
	if err := checkBlocks(s, f, a); err != nil {
		return &Array{err: err}
	}
	halo, err := h.of(a.Shape(), a.DType())
	if err != nil {
		return s.fail("%w", err)
	}
	return &Array{node: arrays.Overlap(s.name, s.pc, f, ndarray.DTypeOf[U](), halo, a.node)}
}

// of returns the halo of each axis of a shape of elements of a type.
func (h Halo) of(shape Shape, d ndarray.DType) (arrays.Halo, error) {
	rank := len(shape)
	if len(h.Depth) != 1 && len(h.Depth) != rank || len(h.Edge) > 1 && len(h.Edge) != rank {
		return nil, fmt.Errorf("a halo of %d depths and %d edges for shape %s: give one, or one for each axis", len(h.Depth), len(h.Edge), tuple(shape))
	}
	out := make(arrays.Halo, rank)
	for k := range out {
		out[k].Depth = h.Depth[min(k, len(h.Depth)-1)]
		if len(h.Edge) > 0 {
			e := h.Edge[min(k, len(h.Edge)-1)]
			out[k].Edge = e.kind
			if e.kind == arrays.Constant {
				v, ok := scalarOf(e.value)
				if !ok {
					return nil, fmt.Errorf("an edge of %v (%T), which is no number", e.value, e.value)
				}
				if err := v.fits(d); err != nil {
					return nil, err
				}
				out[k].Value = v.bits(d)
			}
		}
		if depth, n := out[k].Depth, shape[k]; depth < 0 || out[k].Edge != arrays.Open && depth > n {
			return nil, fmt.Errorf("axis %d: a halo of %d elements around %d", k, depth, n)
		}
	}
	return out, nil
}

// CumSum returns the cumulative sums along an axis: integers in 64 bits.
func (a *Array) CumSum(axis int) *Array { return scan(site{"CumSum", caller()}, a, axis, false) }

// CumProd returns the cumulative products along an axis: integers in 64 bits.
func (a *Array) CumProd(axis int) *Array { return scan(site{"CumProd", caller()}, a, axis, true) }

func scan(s site, a *Array, axis int, product bool) *Array {
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	at, err := axisOf(axis, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	return &Array{node: arrays.Scan(s.name, s.pc, at, product, s.cast(a, sumType(a.DType())).node)}
}

// Take returns the elements at listed positions along an axis, which may count from its end.
func (a *Array) Take(positions []int, axis int) *Array {
	s := site{"Take", caller()}
	return s.placed(a, axis, func(n int) ([]int, error) { return resolved(positions, n) })
}

// resolved returns positions of an axis of n elements that may count from its end.
func resolved(positions []int, n int) ([]int, error) {
	own := make([]int, len(positions))
	for i, p := range positions {
		if p < -n || p >= n {
			return nil, fmt.Errorf("position %d is outside of an axis of %d elements", p, n)
		}
		if own[i] = p; p < 0 {
			own[i] += n
		}
	}
	return own, nil
}

// take takes the elements at positions of an axis.
func take(s site, a *Array, positions []int, axis int) *Array {
	g := slices.Clone(a.node.Grid)
	g[axis] = arrays.Even(len(positions), max(1, g[axis].Widest()))
	return &Array{node: arrays.Take(s.name, s.pc, axis, positions, g, a.node)}
}

// Diff returns the differences of neighbours along an axis.
func (a *Array) Diff(axis int) *Array {
	s := site{"Diff", caller()}
	if err := s.check(a); err != nil {
		return &Array{err: err}
	}
	at, err := axisOf(axis, a.Rank())
	if err != nil {
		return s.fail("%w; shape %s", err, tuple(a.Shape()))
	}
	items := make([]ndarray.Index, at+1)
	items[at] = ndarray.From(1)
	behind := a.Slice(items...)
	items[at] = ndarray.To(-1)
	if a.Shape()[at] == 0 {
		items[at] = ndarray.All()
	}
	op := tile.Subtract
	if a.DType() == ndarray.Bool {
		op = tile.NotEqual
	}
	return s.binary(op, behind, a.Slice(items...))
}
