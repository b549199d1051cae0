package arrays

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// kind says what a node is.
type kind uint8

const (
	loaded     kind = iota + 1 // values that a program makes by itself: constants, positions, random numbers
	mapped                     // an operation on elements
	viewed                     // elements of another array, elsewhere
	regrid                     // the same array in other chunks
	reshaped                   // the same elements in row-major order under another shape
	given                      // an array in the memory of the client
	kept                       // chunks that an earlier submission computed
	reduced                    // a reduction
	scanned                    // a cumulative reduction
	joined                     // arrays one behind the other
	called                     // blocks that a function of the user's makes
	haloed                     // chunks with some of their neighbours
	taken                      // elements at listed positions of one axis
	blocked                    // what a selection makes of whole chunks
	pooled                     // what a selection makes of all chunks together
	staged                     // an array that has to exist in these chunks
	filed                      // an array on disk, of which each task reads what it needs
	multiplied                 // products of chunks, summed over axes
	applied                    // what an operation of the program's makes of a block of each input
	picked                     // one of several results of such an operation
	widened                    // chunks with some of their neighbours, as chunks of a larger array
	trimmed                    // chunks without what lies at their sides
	promised                   // chunks that calls of the user's make
)

// Node is an array that can be computed: immutable. Its shape, type and chunks are known.
type Node struct {
	Name  string  // of the function that made it, as users know it
	Site  uintptr // the user's line
	DType ndarray.DType
	Shape []int
	Grid  Grid

	kind      kind
	inputs    []*Node
	weight    int // how many operations a program of it has
	load      tile.Load
	op        tile.Op
	view      View
	data      ndarray.Untyped
	kept      plan.Results
	reduction tile.Reduction
	function  any
	axis      int
	product   bool // of a cumulative reduction
	halo      Halo

	positions []int

	block   *block
	ranks   [4]int // of a product
	unfused bool
	file    *File
	call    *call
	chunks  []any // of a promised array, the arguments that stand for them
	fan     int   // how many partial results of a reduction one task merges
}

// heavy is the number of operations above which a node is computed by itself: a program of everything below it would be
// too long, and what uses it twice would compute too much twice.
const heavy = 200

func newNode(k kind, name string, site uintptr, d ndarray.DType, g Grid, inputs ...*Node) *Node {
	n := &Node{kind: k, Name: name, Site: site, DType: d, Shape: g.Shape(), Grid: g, inputs: inputs, weight: 1}
	for _, in := range inputs {
		if !in.isBoundary() {
			n.weight += in.weight
		}
	}
	return n
}

// isBoundary reports whether the array has to exist before what uses it is computed.
func (n *Node) isBoundary() bool {
	switch n.kind {
	case loaded, viewed, regrid, reshaped:
		return false
	case mapped:
		return n.weight > heavy
	}
	return true
}

// At returns the user's line, "main.go:12", or nothing.
func (n *Node) At() string { return graph.Site{PC: n.Site}.String() }

// Bytes returns the bytes of all elements.
func (n *Node) Bytes() int64 { return bytesOf(n.DType, n.Shape) }

// ChunkBytes returns the bytes of the largest chunk.
func (n *Node) ChunkBytes() int64 { return bytesOf(n.DType, n.Grid.Widest()) }

func bytesOf(d ndarray.DType, shape []int) int64 {
	b := int64(d.Size())
	for _, n := range shape {
		b *= int64(n)
	}
	return b
}

// Full returns an array of one value.
func Full(name string, site uintptr, d ndarray.DType, value [2]uint64, g Grid) *Node {
	n := newNode(loaded, name, site, d, g)
	n.load = tile.Load{Source: tile.Constant, DType: d, Value: value}
	return n
}

// Positions returns an array of numbers of type int64: of each element the sum of its coordinates, each times a
// coefficient.
func Positions(name string, site uintptr, coef []int64, g Grid) *Node {
	n := newNode(loaded, name, site, ndarray.Int64, g)
	n.load = tile.Load{Source: tile.Index, DType: ndarray.Int64, Coef: coef}
	return n
}

// Uniform returns an array of random numbers of type float64 from 0 up to and without 1. What an element is depends on
// the key and its place in row-major order only.
func Uniform(name string, site uintptr, key [2]uint64, g Grid) *Node {
	n := newNode(loaded, name, site, ndarray.Float64, g)
	_, coef := Identity(len(g)).coefs(n.Shape, len(g))
	n.load = tile.Load{Source: tile.Uniform, DType: ndarray.Float64, Value: key, Coef: coef}
	n.weight = 20
	return n
}

// Given returns an array whose elements are in memory.
func Given(name string, site uintptr, u ndarray.Untyped, g Grid) *Node {
	n := newNode(given, name, site, u.DType(), g)
	n.data = u
	return n
}

// Kept returns an array whose chunks are results of an earlier submission, in row-major order; of those the picked ones, unless
// that is nil.
func Kept(name string, site uintptr, d ndarray.DType, g Grid, r plan.Results, picked []int) *Node {
	n := newNode(kept, name, site, d, g)
	n.kept, n.positions = r, picked
	return n
}

// Map returns the array of an operation on the elements of inputs, which broadcast to the shape of the grid and have
// the types that the operation takes.
func Map(name string, site uintptr, op tile.Op, to ndarray.DType, g Grid, inputs ...*Node) *Node {
	work := inputs[len(inputs)-1].DType
	d := tile.Step{Op: op, DType: work, To: to}.Result()
	n := newNode(mapped, name, site, d, g, inputs...)
	n.op = op
	return n
}

// Look returns a view of an array.
func Look(name string, site uintptr, v View, g Grid, input *Node) *Node {
	n := newNode(viewed, name, site, input.DType, g, input)
	n.view = v
	return n
}

// Regrid returns an array in other chunks.
func Regrid(name string, site uintptr, g Grid, input *Node) *Node {
	return newNode(regrid, name, site, input.DType, g, input)
}

// Stage returns an array in chunks that tasks make, and others are put together from.
func Stage(name string, site uintptr, g Grid, input *Node) *Node {
	return newNode(staged, name, site, input.DType, g, input)
}

// ReadsTasks reports whether a program of an array reads chunks that tasks make.
func ReadsTasks(n *Node) bool {
	switch n.kind {
	case given, filed:
		return false
	}
	if n.isBoundary() {
		return true
	}
	for _, in := range n.inputs {
		if ReadsTasks(in) {
			return true
		}
	}
	return false
}

// Reshape returns an array under another shape of as many elements.
func Reshape(name string, site uintptr, g Grid, input *Node) *Node {
	return newNode(reshaped, name, site, input.DType, g, input)
}

// Reduce returns a reduction of an array, of which one task merges up to fan partial results.
func Reduce(name string, site uintptr, r tile.Reduction, fan int, input *Node) *Node {
	var g Grid
	for axis, a := range input.Grid {
		switch {
		case !r.Reduced[axis]:
			g = append(g, a)
		case r.Keep:
			g = append(g, Even(1, 1))
		}
	}
	n := newNode(reduced, name, site, r.To, g, input)
	n.reduction, n.fan = r, fan
	return n
}

// Join returns arrays one behind the other along an axis. Their grids are alike along the others.
func Join(name string, site uintptr, axis int, inputs ...*Node) *Node {
	g := append(Grid{}, inputs[0].Grid...)
	var sizes []int
	for _, in := range inputs {
		sizes = append(sizes, in.Grid[axis].Sizes()...)
	}
	g[axis] = Cut(sizes)
	n := newNode(joined, name, site, inputs[0].DType, g, inputs...)
	n.axis = axis
	return n
}

// Scan returns the cumulative sums, or products, of an array along an axis.
func Scan(name string, site uintptr, axis int, product bool, input *Node) *Node {
	n := newNode(scanned, name, site, input.DType, input.Grid, input)
	n.axis, n.product = axis, product
	return n
}

// Call returns the blocks that a registered function makes of those of arrays, one of each, which are as many.
func Call(name string, site uintptr, function any, d ndarray.DType, g Grid, inputs ...*Node) *Node {
	n := newNode(called, name, site, d, g, inputs...)
	n.function = function
	return n
}

// Overlap returns the blocks that a registered function makes of those of an array that reach over into their
// neighbours. What the function returns for the parts that reach over is cut off.
func Overlap(name string, site uintptr, function any, d ndarray.DType, h Halo, input *Node) *Node {
	wide := newNode(haloed, name, site, input.DType, input.Grid, input)
	wide.halo = h
	n := newNode(called, name, site, d, input.Grid, wide)
	n.function, n.halo = function, h
	return n
}

// Widened returns the chunks of an array together with their halos as those of a larger one.
func Widened(name string, site uintptr, h Halo, input *Node) *Node {
	wide := newNode(haloed, name, site, input.DType, input.Grid, input)
	wide.halo = h
	g := make(Grid, len(input.Grid))
	for axis := range g {
		sizes := input.Grid[axis].Sizes()
		for i := range sizes {
			before, after := h.margins(input.Grid, axis, i)
			sizes[i] += before + after
		}
		g[axis] = Cut(sizes)
	}
	return newNode(widened, name, site, input.DType, g, wide)
}

// Trimmed returns an array whose chunks have halos, as [Widened] makes them, without these.
func Trimmed(name string, site uintptr, h Halo, input *Node) (*Node, error) {
	g := make(Grid, len(input.Grid))
	for axis, a := range input.Grid {
		sizes := a.Sizes()
		for i := range sizes {
			if h[axis].Edge != Open || i > 0 {
				sizes[i] -= h[axis].Depth
			}
			if h[axis].Edge != Open || i < len(sizes)-1 {
				sizes[i] -= h[axis].Depth
			}
			if sizes[i] < 0 {
				return nil, fmt.Errorf("axis %d: chunk number %d has %d elements, which is less than its halo", axis, i, a.Sizes()[i])
			}
		}
		g[axis] = Cut(sizes)
		for i, n := range a.Sizes() {
			if before, after := h.margins(g, axis, i); before+sizes[i]+after != n {
				return nil, fmt.Errorf("axis %d: the halo of chunk number %d reaches beyond its neighbours: make chunks at least %d long before they overlap", axis, i, h[axis].Depth)
			}
		}
	}
	n := newNode(trimmed, name, site, input.DType, g, input)
	n.halo = h
	return n, nil
}

// Promised returns an array whose chunks, in row-major order, are what arguments of calls stand for.
func Promised(name string, site uintptr, d ndarray.DType, g Grid, chunks []any) *Node {
	n := newNode(promised, name, site, d, g)
	n.chunks = chunks
	return n
}

// Take returns the elements at listed positions of an axis.
func Take(name string, site uintptr, axis int, positions []int, g Grid, input *Node) *Node {
	n := newNode(taken, name, site, input.DType, g, input)
	n.axis, n.positions = axis, positions
	return n
}

// Unfused returns the array with a task of its own for each operation below it and each chunk, instead of programs of many.
func (n *Node) Unfused() *Node {
	if len(n.inputs) == 0 {
		return n
	}
	m := *n
	m.unfused = true
	return &m
}

// Release frees the chunks of a kept array.
func (n *Node) Release() {
	if n.kept != nil {
		n.kept.Close()
	}
}
