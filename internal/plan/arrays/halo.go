package arrays

import (
	"context"
	"fmt"
	"slices"
	"sync"

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

// strips returns the strips of chunk i: what lies before it, the chunk itself, and what lies behind.
func (h Halo) strips(g Grid, axis, i int) []strip {
	a := g[axis]
	low, high := a.Bounds(i)
	before, after := h.margins(g, axis, i)
	out := make([]strip, 0, 3)
	out = h.beyond(out, g, axis, low-before, low, 0)
	if high > low {
		out = append(out, strip{to: before, n: high - low, chunk: i, from: 0, step: 1})
	}
	return h.beyond(out, g, axis, high, high+after, before+high-low)
}

// beyond appends the strips of the positions from one to another, which are those from to on in the chunk.
func (h Halo) beyond(out []strip, g Grid, axis, from, until, to int) []strip {
	a, first, last := g[axis], len(out), 0
	for p := from; p < until; p++ {
		q := h[axis].Edge.Source(p, a.Len)
		c, at := -1, 0
		if q >= 0 {
			c = a.Find(q)
			begin, _ := a.Bounds(c)
			at = q - begin
		}
		if n := len(out); n > first && out[n-1].chunk == c {
			s := &out[n-1]
			if s.n == 1 {
				s.step = at - last
			}
			if at-last == s.step && s.step >= -1 && s.step <= 1 {
				s.n++
				last = at
				continue
			}
		}
		out = append(out, strip{to: to + p - from, n: 1, chunk: c, from: at, step: 1})
		last = at
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

	ready  sync.Once
	err    error
	counts []int
	strips [][][]strip // of each axis and chunk
	near   [][][]int   // of each axis and chunk, the chunks that it reads
}

// prepare checks the order, which may come from elsewhere, and finds out once what chunks read.
func (o *HaloOrder) prepare() error {
	o.ready.Do(func() {
		if o.err = o.check(); o.err != nil {
			return
		}
		o.counts, o.strips, o.near = o.Grid.Counts(), make([][][]strip, len(o.Grid)), make([][][]int, len(o.Grid))
		for axis, n := range o.counts {
			for i := range n {
				strips := o.Halo.strips(o.Grid, axis, i)
				o.strips[axis], o.near[axis] = append(o.strips[axis], strips), append(o.near[axis], neighbours(strips))
			}
		}
	})
	return o.err
}

func (o *HaloOrder) check() error {
	if err := o.Grid.check(); err != nil {
		return err
	}
	for _, n := range o.Grid.Counts() {
		if n > graph.MaxTasks {
			return fmt.Errorf("a halo of %d chunks along an axis: a graph holds at most %d tasks", n, graph.MaxTasks)
		}
	}
	if err := o.Halo.check(o.Grid); err != nil || o.Halo == nil {
		return fmt.Errorf("a halo that cannot be: %w", err)
	}
	return nil
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
	o := &HaloOrder{Grid: n.Grid, Halo: n.halo, DType: n.DType}
	if err := o.prepare(); err != nil {
		return nil, n.wrong(err)
	}
	order := l.w.Graph.Literal(o)
	column := l.w.Graph.Literal(numbers(n.Grid.Count())).Table()
	axes, all := count(len(n.Grid)), steps(from.grid.Counts())
	first := graph.Index(l.w.Graph.Len())
	var args []graph.Ref
	for k := range n.Grid.Count() {
		index := unravel(k, o.counts, axes)
		args = append(args[:0], order, graph.ItemRef(column, uint32(k)), 0)
		choices(index, o.near, func(of []int) {
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
		l.made = append(l.made, made{st.base.Task(), n.Name, n.Grid})
		return st, nil
	}
	st.base = graph.OutputRef(graph.Index(l.w.Graph.Len()), 0)
	l.made = append(l.made, made{st.base.Task(), n.Name, n.Grid})
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
	if err := o.prepare(); err != nil {
		return nil, err
	}
	if number < 0 || number >= int64(o.Grid.Count()) {
		return nil, errArguments
	}
	rank := len(o.Grid)
	numbers := make([]int, 8*rank) // one piece of memory for all, because chunks may be tiny
	piece := func(k int) []int { return numbers[k*rank:][:rank:rank] }
	f := filling{
		o: o, chunks: chunks, index: piece(0), at: piece(1),
		to: tile.Part{From: piece(2), Step: piece(3)}, of: tile.Part{From: piece(4), Step: piece(5)}, lengths: piece(6),
	}
	shape, want, n := piece(7), 1, int(number)
	for axis := rank - 1; axis >= 0; axis-- {
		i := n % o.counts[axis]
		n /= o.counts[axis]
		f.index[axis], f.to.Step[axis] = i, 1
		want *= len(o.near[axis][i])
		for _, s := range o.strips[axis][i] {
			shape[axis] += s.n
		}
	}
	if len(chunks) != want {
		return nil, fmt.Errorf("%d chunks are given, and %d are read", len(chunks), want)
	}
	var err error
	if f.out, err = ndarray.Empty(o.DType, shape...); err != nil || f.out.Size() == 0 {
		return f.out, err
	}
	return f.out, f.all()
}

// A filling copies parts of chunks, and constants, into a chunk with its halo.
type filling struct {
	o       *HaloOrder
	out     ndarray.Untyped
	chunks  []ndarray.Untyped
	index   []int // of the chunk
	at      []int // of each axis, the number of the strip
	to, of  tile.Part
	lengths []int
}

// all copies every combination of strips.
func (f *filling) all() error {
	for {
		number, constant := 0, -1
		for axis, i := range f.index {
			s, near := &f.o.strips[axis][i][f.at[axis]], f.o.near[axis][i]
			f.to.From[axis], f.lengths[axis], f.of.From[axis], f.of.Step[axis] = s.to, s.n, s.from, s.step
			if s.chunk < 0 {
				constant = axis
			}
			number = number*len(near) + max(0, slices.Index(near, s.chunk))
		}
		var err error
		if constant >= 0 {
			err = f.o.repeat(f.out, f.to, f.lengths, f.o.Halo[constant].Value)
		} else if err = f.check(f.chunks[number].Shape()); err == nil {
			err = tile.CopyPart(f.out, f.to, f.chunks[number], f.of, f.lengths)
		}
		if err != nil {
			return err
		}
		if !f.next() {
			return nil
		}
	}
}

// check refuses a chunk, as which something of another shape was made.
func (f *filling) check(have []int) error {
	right := len(have) == len(f.index)
	for axis := 0; right && axis < len(have); axis++ {
		low, high := f.o.Grid[axis].Bounds(f.o.strips[axis][f.index[axis]][f.at[axis]].chunk)
		right = have[axis] == high-low
	}
	if right {
		return nil
	}
	want := make([]int, len(f.index))
	for axis := range want {
		low, high := f.o.Grid[axis].Bounds(f.o.strips[axis][f.index[axis]][f.at[axis]].chunk)
		want[axis] = high - low
	}
	return fmt.Errorf("a chunk should have shape %s, and one of shape %s was made", ndarray.FormatShape(want), ndarray.FormatShape(have))
}

// next goes to the next combination of strips, and reports whether there is one.
func (f *filling) next() bool {
	for axis := len(f.at) - 1; axis >= 0; axis-- {
		if f.at[axis]++; f.at[axis] < len(f.o.strips[axis][f.index[axis]]) {
			return true
		}
		f.at[axis] = 0
	}
	return false
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
