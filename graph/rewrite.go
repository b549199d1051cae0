package graph

import (
	"iter"
	"math/bits"
	"slices"
	"sort"
)

// Renumbering says where the tasks of a graph are in the graph that [Graph.Cull], [Graph.Fuse] or [Graph.Order] made
// of it. It takes a fifth of a byte a task where tasks were removed, four where they were reordered, and nothing where
// they kept their place. The zero value moves nothing.
type Renumbering struct {
	kept   bitset   // tasks that still exist; nil if all do
	before []uint32 // for each word of kept: how many tasks the words before it keep
	moves  []move   // by first
}

// move is a run of tasks that were reordered among themselves.
type move struct {
	first Index
	to    []Index
}

// To returns the new number of a task, and false where the task no longer exists. A task that [Graph.Fuse] joined with
// its successor no longer exists; the last task of a chain stands for all of it.
func (r Renumbering) To(old Index) (Index, bool) {
	if r.kept != nil {
		if !r.kept.has(uint32(old)) {
			return 0, false
		}
		word, bit := old/64, old%64
		return Index(r.before[word]) + Index(bits.OnesCount64(r.kept[word]&(1<<bit-1))), true
	}
	n := sort.Search(len(r.moves), func(n int) bool { return r.moves[n].first > old })
	if n > 0 {
		if m := r.moves[n-1]; int(old-m.first) < len(m.to) {
			return m.to[old-m.first], true
		}
	}
	return old, true
}

// keeping returns the renumbering that closes the gaps between the tasks kept.
func keeping(kept bitset) Renumbering {
	r := Renumbering{kept: kept, before: make([]uint32, len(kept))}
	n := uint32(0)
	for w, word := range kept {
		r.before[w] = n
		n += uint32(bits.OnesCount64(word))
	}
	return r
}

type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (s bitset) set(i uint32)      { s[i/64] |= 1 << (i % 64) }
func (s bitset) clear(i uint32)    { s[i/64] &^= 1 << (i % 64) }
func (s bitset) has(i uint32) bool { return s[i/64]&(1<<(i%64)) != 0 }

// fill sets the bits from first up to and without end.
func (s bitset) fill(first, end uint32) {
	for ; first < end && first%64 != 0; first++ {
		s.set(first)
	}
	for ; end-first >= 64; first += 64 {
		s[first/64] = ^uint64(0)
	}
	for ; first < end; first++ {
		s.set(first)
	}
}

// count returns how many bits from first up to and without end are set.
func (s bitset) count(first, end uint32) uint32 {
	n := 0
	for i := first; i < end; {
		word := s[i/64] >> (i % 64)
		width := min(64-i%64, end-i)
		n += bits.OnesCount64(word << (64 - width))
		i += width
	}
	return uint32(n)
}

// rewriter writes a graph again with other numbers. Tables that a rewrite does not touch are shared with the old
// graph.
type rewriter struct {
	old       *Graph
	b         Builder
	tasks     Renumbering
	literals  Renumbering
	externals Renumbering
	buf       []Ref
}

func (g *Graph) rewriter(tasks Renumbering) *rewriter {
	return &rewriter{old: g, tasks: tasks, b: Builder{g: Graph{
		Client: g.Client, Job: g.Job, Submission: g.Submission,
		ops: g.ops, traits: g.traits, sites: g.sites,
		calls: slices.Clip(g.calls), programs: slices.Clip(g.programs),
		literals: g.literals, externals: g.externals,
	}}}
}

// ref renumbers a reference to something that the new graph has.
func (w *rewriter) ref(r Ref) Ref {
	switch r.Kind() {
	case RefOutput:
		task, _ := w.tasks.To(r.Task())
		return OutputRef(task, r.Output())
	case RefLiteral:
		n, _ := w.literals.To(Index(r.Table()))
		return LiteralRef(uint32(n))
	case RefItem:
		n, _ := w.literals.To(Index(r.Table()))
		return ItemRef(uint32(n), r.Item())
	case RefExternal:
		n, _ := w.externals.To(Index(r.Table()))
		return ExternalRef(uint32(n))
	}
	return r
}

// add writes an explicit task with renumbered references.
func (w *rewriter) add(call uint32, args []Ref) {
	w.buf = w.buf[:0]
	for _, r := range args {
		w.buf = append(w.buf, w.ref(r))
	}
	w.b.Add(call, w.buf...)
}

// affine writes a whole affine layer: as an affine layer if the new numbers of its inputs are an affine function of
// the point again, and task by task otherwise.
func (w *rewriter) affine(l layer) {
	if l.count == 0 { // its arguments may name what does not exist
		w.b.Affine(*l.aff)
		return
	}
	a := &Affine{Call: l.aff.Call, Space: l.aff.Space, Args: make([]AffineArg, len(l.aff.Args))}
	for n, arg := range l.aff.Args {
		if arg.Ref.Kind() != RefOutput {
			a.Args[n] = AffineArg{Ref: w.ref(arg.Ref), Map: arg.Map}
			continue
		}
		var ok bool
		if a.Args[n], ok = w.affineOutput(l.aff.Space, arg); !ok {
			w.points(l, nil)
			return
		}
	}
	w.b.Affine(*a)
}

// affineOutput renumbers the source of an affine layer's argument; false if the new numbers are no affine function.
func (w *rewriter) affineOutput(space []uint32, arg AffineArg) (AffineArg, bool) {
	base := int64(arg.Ref.Task())
	to := func(v int64) int64 {
		task, _ := w.tasks.To(Index(base + v))
		return int64(task)
	}
	out := func(task, offset int64, coef []int64) AffineArg {
		return AffineArg{Ref: OutputRef(Index(task), arg.Ref.Output()), Map: IndexMap{Offset: offset, Coef: coef}}
	}
	low, high := arg.Map.bounds(space)
	if w.tasks.moves == nil && w.whole(base+low, base+high) || low == high {
		return out(to(low), arg.Map.Offset-low, arg.Map.Coef), true // everything in reach moved together
	}
	m := IndexMap{Coef: make([]int64, len(space))}
	first := to(arg.Map.Offset)
	for d := range space {
		if space[d] > 1 {
			m.Coef[d] = to(arg.Map.Offset+arg.Map.Coef[d]) - first
		}
	}
	was, is := newCursor(arg.Map, space), newCursor(m, space)
	for more := true; more; more = was.next() && is.next() {
		if to(was.value) != first+is.value {
			return AffineArg{}, false
		}
	}
	return out(first, 0, m.Coef), true
}

// whole reports whether all tasks from low to high are kept.
func (w *rewriter) whole(low, high int64) bool {
	return w.tasks.kept == nil || int64(w.tasks.kept.count(uint32(low), uint32(high+1))) == high+1-low
}

// points writes the tasks of an affine layer one by one, those of them that are kept.
func (w *rewriter) points(l layer, kept bitset) {
	var buf []Ref
	for k := range l.count {
		if kept == nil || kept.has(uint32(l.first)+k) {
			buf = l.aff.args(k, buf)
			w.add(l.aff.Call, buf)
		}
	}
}

// graph returns the new graph, with the keys of the tasks it still has.
func (w *rewriter) graph() *Graph {
	for i, key := range w.old.keys {
		if to, ok := w.tasks.To(i); ok {
			w.b.Key(to, key)
		}
	}
	g := w.b.g // a copy, which does not hold on to the old graph
	return &g
}

// cursor goes through the values of a map over a space without an empty dimension, in row-major order of the points.
type cursor struct {
	m     IndexMap
	space []uint32
	point []uint32
	value int64
}

func newCursor(m IndexMap, space []uint32) cursor {
	return cursor{m, space, make([]uint32, len(space)), m.Offset}
}

// next moves on to the next point, and reports false behind the last.
func (c *cursor) next() bool {
	for d := len(c.space) - 1; d >= 0; d-- {
		if c.point[d]++; c.point[d] < c.space[d] {
			c.value += c.m.Coef[d]
			return true
		}
		c.value -= c.m.Coef[d] * int64(c.space[d]-1)
		c.point[d] = 0
	}
	return false
}

// reversed goes through the tasks of an explicit layer from the last to the first.
func (l layer) reversed() iter.Seq2[Index, []Ref] {
	return func(yield func(Index, []Ref) bool) {
		for n := len(l.pages) - 1; n >= 0; n-- {
			p := l.pages[n]
			for k := len(p.ends) - 1; k >= 0; k-- {
				if !yield(l.first+Index(n*pageTasks+k), p.args(uint32(k))) {
					return
				}
			}
		}
	}
}

// all goes through the tasks of an explicit layer.
func (l layer) all() iter.Seq2[Index, taskView] {
	return func(yield func(Index, taskView) bool) {
		for n, p := range l.pages {
			for k := range p.ends {
				if !yield(l.first+Index(n*pageTasks+k), taskView{p.calls[k], p.args(uint32(k))}) {
					return
				}
			}
		}
	}
}

// taskView is a task as it stands in its page.
type taskView struct {
	call uint32
	args []Ref
}
