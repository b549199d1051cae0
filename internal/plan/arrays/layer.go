package arrays

import (
	"github.com/braid-compute/braid/graph"
)

// A layer is what is needed to write the tasks of one order.
type layer struct {
	l       *lowering
	o       *Order
	call    uint32
	order   graph.Ref
	numbers uint32
	reads   []read
	extra   []graph.Ref // of the task that is being added, behind the chunks
	maps    []chunkMap  // of each read, once they are wanted: a layer is written in parts, and finding one goes through an axis
}

// A chunkMap says how the number of the chunk that a task reads depends on the chunk that it makes.
type chunkMap struct {
	m    graph.IndexMap
	even bool // it is one chunk, and its number depends on the other evenly
}

func (l *lowering) layer(o *Order, call uint32, reads []read) *layer {
	for _, r := range reads {
		o.Inputs = append(o.Inputs, r.in)
	}
	return &layer{
		l: l, o: o, call: call, reads: reads,
		order:   l.w.Graph.Literal(o),
		numbers: l.w.Graph.Literal(numbers(o.tasks())).Table(),
	}
}

// tasks returns how many tasks the order is for.
func (o *Order) tasks() int {
	if n := o.Grid.Count(); !o.Pairs {
		return n
	}
	n := o.Grid[0].Count()
	return n * (n + 1) / 2
}

// add writes one task down.
func (y *layer) add(number int) graph.Index {
	args := []graph.Ref{y.order, graph.ItemRef(y.numbers, uint32(number))}
	if y.o.Pairs {
		return y.l.w.Graph.Add(y.call, args...)
	}
	origin, shape := y.o.Grid.Region(unravel(number, y.o.Grid.Counts(), y.o.Numbering))
	for _, r := range y.reads {
		args = r.refs(args, origin, shape)
	}
	return y.l.w.Graph.Add(y.call, append(args, y.extra...)...)
}

// refs appends the chunks that a region reads.
func (r *read) refs(args []graph.Ref, origin, shape []int) []graph.Ref {
	if r.from.file != nil {
		return append(args, args[0]) // the order says where to read
	}
	w, ok := r.in.window(origin, shape)
	if !ok {
		return append(args, graph.ListRef(0))
	}
	return r.from.list(args, w)
}

// list appends the chunk that a window touches, or the list of them in row-major order if it is not one.
func (s *stored) list(args []graph.Ref, w window) []graph.Ref {
	low, counts := w.chunks(s.grid)
	n := 1
	for _, c := range counts {
		n *= c
	}
	if n != 1 {
		args = append(args, graph.ListRef(uint32(n)))
	}
	all, axes := steps(s.grid.Counts()), count(len(counts))
	for i := range n {
		number := 0
		for k, x := range unravel(i, counts, axes) {
			number += (low[k] + x) * all[k]
		}
		args = append(args, s.ref(number))
	}
	return args
}

// affine writes the tasks whose chunks have indices from number skip on along the first axis of the numbering, in a
// space of these extents, as one affine layer. ok is false if they are none.
func (y *layer) affine(skip int, extents []int) (first graph.Index, ok bool) {
	if len(extents) == 0 {
		return 0, false // a single task
	}
	if y.o.Pairs {
		return y.l.w.Graph.Affine(graph.Affine{Call: y.call, Space: []uint32{uint32(extents[0])}, Args: []graph.AffineArg{
			{Ref: y.order}, {Ref: graph.ItemRef(y.numbers, 0), Map: graph.IndexMap{Offset: int64(skip), Coef: []int64{1}}},
		}}), true
	}
	space, identity := make([]uint32, len(extents)), graph.IndexMap{Coef: make([]int64, len(extents))}
	counts := make([]int, len(y.o.Numbering)) // in the order of the numbering
	for i, axis := range y.o.Numbering {
		counts[i] = y.o.Grid[axis].Count()
	}
	for i, s := range steps(counts) {
		space[i], identity.Coef[i] = uint32(extents[i]), int64(s)
	}
	identity.Offset = int64(skip) * identity.Coef[0]
	args := []graph.AffineArg{{Ref: y.order}, {Ref: graph.ItemRef(y.numbers, 0), Map: identity}}
	for i := range y.reads {
		if y.reads[i].from.file != nil {
			args = append(args, graph.AffineArg{Ref: y.order})
			continue
		}
		m, ok := y.chunkMap(i, skip)
		if !ok {
			return 0, false
		}
		args = append(args, graph.AffineArg{Ref: y.reads[i].from.base, Map: m})
	}
	if len(y.extra) > 0 {
		return 0, false
	}
	return y.l.w.Graph.Affine(graph.Affine{Call: y.call, Space: space, Args: args}), true
}

// chunkMap returns how the number of the chunk that read i reads depends on the chunk that a task makes, if that is one, and
// depends on it evenly. The first tasks, as many as skip steps along the first axis of the numbering, are left out.
func (y *layer) chunkMap(i, skip int) (graph.IndexMap, bool) {
	if y.maps == nil {
		y.maps = make([]chunkMap, len(y.reads))
		for k := range y.reads {
			if y.reads[k].from.file == nil {
				y.maps[k].m, y.maps[k].even = y.reads[k].chunkMap(y.o)
			}
		}
	}
	m := y.maps[i].m
	if y.maps[i].even && skip > 0 {
		m.Offset += m.Coef[0] * int64(skip)
	}
	return m, y.maps[i].even
}

// chunkMap is that of all tasks of an order.
func (r *read) chunkMap(o *Order) (graph.IndexMap, bool) {
	m := graph.IndexMap{Coef: make([]int64, len(o.Numbering))}
	if r.from.refs != nil || r.in.Shape != nil {
		return m, false
	}
	numbering := make([]int, len(o.Numbering)) // of each axis, its place in the numbering
	for i, axis := range o.Numbering {
		numbering[axis] = i
	}
	if r.from.base.Kind() == graph.RefItem {
		m.Offset = int64(r.from.base.Item())
	}
	step := steps(r.from.grid.Counts())
	for k, a := range r.in.View {
		start, slope, ok := a.evenly(r.from.grid[k], o.Grid)
		if !ok {
			return m, false
		}
		m.Offset += int64(step[k]) * int64(start)
		if a.Axis < 0 || slope == 0 {
			continue
		}
		at := numbering[a.Axis]
		m.Coef[at] += int64(step[k]) * int64(slope)
	}
	return m, true
}

// evenly returns which chunk of an axis of the source chunk 0 of the space reads, and how many further each next one.
func (a ViewAxis) evenly(source Axis, space Grid) (start, slope int, ok bool) {
	if a.Axis < 0 {
		return source.Find(a.Offset), 0, true
	}
	axis := space[a.Axis]
	previous := 0
	for i := range axis.Count() {
		low, high := axis.Bounds(i)
		first, last := a.span(low, high)
		if first > last {
			return 0, 0, false
		}
		c := source.Find(first)
		switch {
		case source.Find(last) != c:
			return 0, 0, false
		case i == 0:
			start = c
		case i == 1:
			slope = c - previous
		case c-previous != slope:
			return 0, 0, false
		}
		previous = c
	}
	return start, slope, true
}
