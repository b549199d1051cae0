package arrays

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// Edge says what lies beyond the ends of an axis.
type Edge uint8

// The kinds of edge.
const (
	Open     Edge = iota // nothing: chunks at the ends reach over on one side only
	Periodic             // the other end
	Reflect              // the elements from the end backwards, beginning with the last
	Nearest              // the last element again and again
	Constant             // a value
	Mirror               // the elements from the end backwards, beginning with the last but one
)

// Halo says by how much chunks reach over into their neighbours along each axis; nil if they do not.
type Halo []HaloAxis

// HaloAxis is the halo of one axis.
type HaloAxis struct {
	Depth int
	Edge  Edge
	Value [2]uint64 // of a constant edge, as tile.Bits makes them
}

// margins returns by how much chunk i reaches over before its beginning and behind its end.
func (h Halo) margins(g Grid, axis, i int) (before, after int) {
	d := h[axis].Depth
	if h[axis].Edge != Open {
		return d, d
	}
	low, high := g[axis].Bounds(i)
	return min(d, low), min(d, g[axis].Len-high)
}

func (h Halo) check(g Grid) error {
	if h == nil {
		return nil
	}
	if len(h) != len(g) {
		return fmt.Errorf("a halo of %d axes around an array of %d", len(h), len(g))
	}
	for k, a := range h {
		if a.Depth < 0 || a.Edge > Mirror || a.Edge != Open && a.Edge != Constant && a.Depth > g[k].Len {
			return fmt.Errorf("axis %d: a halo of %d elements around %d", k, a.Depth, g[k].Len)
		}
	}
	return nil
}

// A strip is a run of positions of a chunk with its halo, along one axis: n of them from to on, which are those of
// chunk number chunk from position from on, or backwards, or all the same. No chunk is one of a constant.
type strip struct {
	to, n       int
	chunk, from int
	step        int
}

// strips returns the strips of chunk i.
func (h Halo) strips(g Grid, axis, i int) []strip {
	a := g[axis]
	low, high := a.Bounds(i)
	before, after := h.margins(g, axis, i)
	var out []strip
	last := 0
	for p := low - before; p < high+after; p++ {
		q := h[axis].Edge.Source(p, a.Len)
		c, from := -1, 0
		if q >= 0 {
			c = a.Find(q)
			begin, _ := a.Bounds(c)
			from = q - begin
		}
		if n := len(out); n > 0 && out[n-1].chunk == c {
			s := &out[n-1]
			if s.n == 1 {
				s.step = from - last
			}
			if from-last == s.step && s.step >= -1 && s.step <= 1 {
				s.n++
				last = from
				continue
			}
		}
		out = append(out, strip{to: p - (low - before), n: 1, chunk: c, from: from, step: 1})
		last = from
	}
	return out
}

// Source returns which of n elements stands at position p, which may be outside; -1 if that is a constant or nothing.
func (e Edge) Source(p, n int) int {
	if p >= 0 && p < n {
		return p
	}
	switch e {
	case Periodic:
		return ((p % n) + n) % n
	case Reflect: // there and back again takes 2n
		if p = ((p % (2 * n)) + 2*n) % (2 * n); p >= n {
			p = 2*n - 1 - p
		}
		return p
	case Mirror: // there and back again takes one less for either end
		if n == 1 {
			return 0
		}
		if p = ((p % (2*n - 2)) + 2*n - 2) % (2*n - 2); p >= n {
			p = 2*n - 2 - p
		}
		return p
	case Nearest:
		return min(max(p, 0), n-1)
	}
	return -1
}

// neighbours returns the chunks along an axis that strips read, in order.
func neighbours(strips []strip) []int {
	var of []int
	for _, s := range strips {
		if s.chunk >= 0 && !slices.Contains(of, s.chunk) {
			of = append(of, s.chunk)
		}
	}
	slices.Sort(of)
	return of
}

// HaloOrder is what tasks do that give chunks their halos.
type HaloOrder struct {
	Grid  Grid
	Halo  Halo
	DType ndarray.DType
}

// haloed writes the tasks that give the chunks of an array their halos.
func (l *lowering) haloed(n *Node) (*stored, error) {
	from, err := l.plain(n.inputs[0])
	if err != nil {
		return nil, err
	}
	call, err := l.w.Call(opHalo, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	order := l.w.Graph.Literal(&HaloOrder{n.Grid, n.halo, n.DType})
	column := l.w.Graph.Literal(numbers(n.Grid.Count())).Table()
	near := make([][][]int, len(n.Grid)) // of each axis and chunk, the chunks that it reads
	for axis, a := range n.Grid {
		for i := range a.Count() {
			near[axis] = append(near[axis], neighbours(n.halo.strips(n.Grid, axis, i)))
		}
	}
	counts, axes, all := n.Grid.Counts(), count(len(n.Grid)), steps(from.grid.Counts())
	first := graph.Index(l.w.Graph.Len())
	var args []graph.Ref
	for k := range n.Grid.Count() {
		index := unravel(k, counts, axes)
		args = append(args[:0], order, graph.ItemRef(column, uint32(k)), 0)
		choices(index, near, func(of []int) {
			number := 0
			for axis, c := range of {
				number += c * all[axis]
			}
			args = append(args, from.ref(number))
		})
		args[2] = graph.ListRef(uint32(len(args) - 3))
		l.w.Graph.Add(call, args...)
	}
	return &stored{grid: n.Grid, base: graph.OutputRef(first, 0)}, nil
}

// choices calls f with every choice of one number of each axis's list, in row-major order.
func choices(index []int, lists [][][]int, f func([]int)) {
	chosen := make([]int, len(index))
	var choose func(axis int)
	choose = func(axis int) {
		if axis == len(index) {
			f(chosen)
			return
		}
		for _, c := range lists[axis][index[axis]] {
			chosen[axis] = c
			choose(axis + 1)
		}
	}
	choose(0)
}

// plain returns an array whose chunks tasks can take, as large as its grid says.
func (l *lowering) plain(n *Node) (*stored, error) {
	st, err := l.stored(n)
	if err != nil || st.halo == nil && st.file == nil {
		return st, err
	}
	return l.map_(n, true)
}

// call writes the tasks that call a function of the user's.
func (l *lowering) call(n *Node) (*stored, error) {
	from := make([]*stored, len(n.inputs))
	affine := true
	for i, in := range n.inputs {
		var err error
		if from[i], err = l.plain(in); err != nil {
			return nil, err
		}
		affine = affine && from[i].refs == nil
	}
	call, err := l.w.Function(n.function, n.Site)
	if err != nil {
		return nil, n.wrong(err)
	}
	tasks := n.Grid.Count()
	st := &stored{grid: n.Grid, halo: n.halo}
	if affine {
		var args []graph.AffineArg
		for _, f := range from {
			m := graph.Identity(uint32(tasks))
			if f.base.Kind() == graph.RefItem {
				m.Offset = int64(f.base.Item())
			}
			args = append(args, graph.AffineArg{Ref: f.base, Map: m})
		}
		st.base = graph.OutputRef(l.w.Graph.Affine(graph.Affine{Call: call, Space: []uint32{uint32(tasks)}, Args: args}), 0)
		return st, nil
	}
	st.base = graph.OutputRef(graph.Index(l.w.Graph.Len()), 0)
	for k := range tasks {
		args := make([]graph.Ref, len(from))
		for i, f := range from {
			args[i] = f.ref(k)
		}
		l.w.Graph.Add(call, args...)
	}
	return st, nil
}

// runHalo gives one chunk its halo: its arguments are the order, the number of the chunk, and the chunks that it reads.
func runHalo(ctx context.Context, in []any) (any, error) {
	if len(in) != 3 {
		return nil, errArguments
	}
	o, err := argument[*HaloOrder](in[0])
	if err != nil {
		return nil, err
	}
	number, err := argument[int64](in[1])
	if err != nil {
		return nil, err
	}
	chunks, err := chunkList(in[2], o.DType)
	if err != nil {
		return nil, err
	}
	return o.run(number, chunks)
}

func (o *HaloOrder) run(number int64, chunks []ndarray.Untyped) (ndarray.Untyped, error) {
	for _, a := range o.Grid {
		if err := a.check(); err != nil {
			return nil, err
		}
	}
	if err := o.Halo.check(o.Grid); err != nil || o.Halo == nil {
		return nil, fmt.Errorf("a halo that cannot be: %w", err)
	}
	if number < 0 || number >= int64(o.Grid.Count()) {
		return nil, errArguments
	}
	index := unravel(int(number), o.Grid.Counts(), count(len(o.Grid)))
	strips, near, shape := make([][]strip, len(index)), make([][]int, len(index)), make([]int, len(index))
	want := 1
	for axis, i := range index {
		strips[axis] = o.Halo.strips(o.Grid, axis, i)
		near[axis] = neighbours(strips[axis])
		want *= len(near[axis])
		for _, s := range strips[axis] {
			shape[axis] += s.n
		}
	}
	if len(chunks) != want {
		return nil, fmt.Errorf("%d chunks are given, and %d are read", len(chunks), want)
	}
	out, err := ndarray.NewUntyped(o.DType, shape...)
	if err != nil {
		return nil, err
	}
	return out, o.fill(out, strips, near, chunks)
}

// fill copies every combination of strips.
func (o *HaloOrder) fill(out ndarray.Untyped, strips [][]strip, near [][]int, chunks []ndarray.Untyped) error {
	counts := make([]int, len(strips))
	for axis := range strips {
		counts[axis] = len(strips[axis])
	}
	widths := make([]int, len(near))
	for axis := range near {
		widths[axis] = len(near[axis])
	}
	all, axes := steps(widths), count(len(counts))
	numbers := make([]int, 5*len(counts)) // one piece of memory for all, because chunks may be tiny
	piece := func(k int) []int { return numbers[k*len(counts):][:len(counts):len(counts)] }
	to, of := tile.Part{From: piece(0), Step: piece(1)}, tile.Part{From: piece(2), Step: piece(3)}
	lengths := piece(4)
	for axis := range to.Step {
		to.Step[axis] = 1
	}
	for k := range size(counts) {
		index := unravel(k, counts, axes)
		number, constant := 0, -1
		for axis, i := range index {
			s := strips[axis][i]
			to.From[axis], lengths[axis], of.From[axis], of.Step[axis] = s.to, s.n, s.from, s.step
			if s.chunk < 0 {
				constant = axis
				continue
			}
			number += slices.Index(near[axis], s.chunk) * all[axis]
		}
		var err error
		if constant >= 0 {
			err = o.repeat(out, to, lengths, o.Halo[constant].Value)
		} else {
			err = tile.CopyPart(out, to, chunks[number], of, lengths)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// repeat sets a part of an array to a constant.
func (o *HaloOrder) repeat(out ndarray.Untyped, to tile.Part, lengths []int, value [2]uint64) error {
	k, err := tile.New(tile.Program{Loads: []tile.Load{{Source: tile.Constant, DType: o.DType, Value: value}}}, len(lengths))
	if err != nil {
		return err
	}
	u, err := k.Map(make([]int, len(lengths)), lengths, nil)
	if err != nil {
		return err
	}
	return tile.CopyPart(out, to, u, tile.Part{From: make([]int, len(lengths)), Step: to.Step}, lengths)
}
