package arrays

import (
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/tile"
)

const (
	// FanIn is how many partial results one task merges, where nobody says otherwise.
	FanIn = 16
	// segment is about how many chunks are folded before what has come of them is merged, so that few partial results
	// exist at a time.
	segment = 1024
)

// reduce writes the tasks of a reduction, and of others that go through the same values in the same way: one for each chunk that is
// read, which are numbered so that those of one result follow each other, and merges.
func (l *lowering) reduce(n *Node) (*stored, error) {
	in := n.inputs[0]
	p, reads, err := l.fused(in)
	if err != nil {
		return nil, err
	}
	red := n.reduction
	o := &Order{Program: p, Grid: in.Grid, Reduction: &red}
	results, folded := 1, 1
	for axis, reduced := range red.Reduced {
		if !reduced {
			o.Numbering = append(o.Numbering, axis)
			results *= in.Grid[axis].Count()
		}
	}
	for axis, reduced := range red.Reduced {
		if reduced {
			o.Numbering = append(o.Numbering, axis)
			folded *= in.Grid[axis].Count()
		}
	}
	o.Finish = folded == 1
	group := []*Node{n}
	if o.Pairs = !o.Finish && o.pairs(&red); o.Pairs {
		n := o.Grid[0].Count()
		folded = n * (n + 1) / 2
	} else {
		group = l.together(n, o)
	}
	for _, other := range group[1:] {
		o.Also = append(o.Also, other.reduction)
	}
	call, err := l.w.Call(opReduce, n.Site, 0)
	if err != nil {
		return nil, err
	}
	y := l.layer(o, call, reads)
	if o.Finish {
		return l.apart(group, &stored{grid: n.Grid, base: graph.OutputRef(y.all(), 0)})
	}
	m, err := l.merger(&red, o.Also, n.fan, n.Site)
	if err != nil {
		return nil, err
	}
	st := &stored{grid: n.Grid}
	if results == 1 {
		st.refs = []graph.Ref{graph.OutputRef(m.tree(y, folded), 0)}
	} else {
		st.refs = m.trees(y, results, folded)
	}
	return l.apart(group, st)
}

// pairs reports whether a reduction goes through random numbers and through the same ones mirrored, so that they are
// made once where a task reduces both of two mirrored chunks.
func (o *Order) pairs(r *tile.Reduction) bool {
	_, ok := o.Program.Mirror()
	return ok && len(o.Grid) == 2 && o.Grid[0].equal(o.Grid[1]) && r.Unordered()
}

// fused returns the program of what a reduction reads, as a part of the task that reduces.
func (l *lowering) fused(n *Node) (tile.Program, []read, error) {
	if !n.isBoundary() && !l.shared[n] {
		return l.express(n)
	}
	e := &expression{l: l, rank: len(n.Shape), seen: map[place]register{}, same: map[string]register{}}
	_, err := e.stored(n, Identity(e.rank))
	return tile.Program{Loads: e.loads}, e.reads, err
}

// all writes the tasks of the whole layer and returns the first.
func (y *layer) all() graph.Index {
	if first, ok := y.affine(0, y.counts()); ok {
		return first
	}
	first := graph.Index(y.l.w.Graph.Len())
	for k := range y.o.Grid.Count() {
		y.add(k)
	}
	return first
}

// counts returns how many chunks there are along each axis, in the order of the numbering.
func (y *layer) counts() []int {
	if y.o.Pairs {
		return []int{y.o.tasks()}
	}
	counts := make([]int, len(y.o.Numbering))
	for i, axis := range y.o.Numbering {
		counts[i] = y.o.Grid[axis].Count()
	}
	return counts
}

// part writes the tasks of some numbers, which are those of whole steps along the first axis of the numbering where
// that has more than one chunk, and returns the first.
func (y *layer) part(from, to int) graph.Index {
	counts := y.counts()
	inner := 1
	for _, c := range counts[min(1, len(counts)):] {
		inner *= c
	}
	if from%inner == 0 && to%inner == 0 && len(counts) > 0 {
		counts[0] = (to - from) / inner
		if first, ok := y.affine(from/inner, counts); ok {
			return first
		}
	}
	first := graph.Index(y.l.w.Graph.Len())
	for k := from; k < to; k++ {
		y.add(k)
	}
	return first
}

// stride returns a number of tasks close to a segment that part can write as one layer.
func (y *layer) stride() int {
	inner := 1
	for _, c := range y.counts()[min(1, len(y.counts())):] {
		inner *= c
	}
	return max(1, segment/inner) * inner
}

// A merger writes merges of partial results.
type merger struct {
	l             *lowering
	call          uint32
	fan           int // how many partial results one task merges
	merge, finish graph.Ref
}

func (l *lowering) merger(r *tile.Reduction, also []tile.Reduction, fan int, site uintptr) (*merger, error) {
	call, err := l.w.Call(opMerge, site, 0)
	if err != nil {
		return nil, err
	}
	return &merger{
		l: l, call: call, fan: fan,
		merge:  l.w.Graph.Literal(&Merge{Reduction: *r, Also: also}),
		finish: l.w.Graph.Literal(&Merge{Reduction: *r, Also: also, Finish: true}),
	}, nil
}

// tree writes a layer and the tree that merges all its partial results, and returns the last task.
func (m *merger) tree(y *layer, n int) graph.Index {
	t := &tree{m: m}
	for from, stride := 0, y.stride(); from < n; from += stride {
		to := min(n, from+stride)
		first := y.part(from, to)
		for i := range to - from {
			t.add(0, first+graph.Index(i))
		}
		t.grow(false)
	}
	return t.end()
}

// trees writes a layer of which each so many partial results make one result, and returns references to the results.
func (m *merger) trees(y *layer, results, folded int) []graph.Ref {
	refs := make([]graph.Ref, 0, results)
	inner := results * folded / y.counts()[0] // tasks of one step along the first axis
	for from, block := 0, max(1, segment/inner)*inner; from < results*folded; from += block {
		to := min(results*folded, from+block)
		first := y.part(from, to)
		if folded <= m.fan {
			last := m.l.w.Graph.Affine(graph.Affine{Call: m.call, Space: []uint32{uint32((to - from) / folded)}, Args: m.args(m.finish, first, folded)})
			for i := range (to - from) / folded {
				refs = append(refs, graph.OutputRef(last+graph.Index(i), 0))
			}
			continue
		}
		for k := first; k < first+graph.Index(to-from); k += graph.Index(folded) {
			t := &tree{m: m}
			for i := range folded {
				t.add(0, k+graph.Index(i))
			}
			t.grow(false)
			refs = append(refs, graph.OutputRef(t.end(), 0))
		}
	}
	return refs
}

// args are the arguments of merges of n outputs each, from first on.
func (m *merger) args(what graph.Ref, first graph.Index, n int) []graph.AffineArg {
	args := []graph.AffineArg{{Ref: what}}
	for i := range n {
		args = append(args, graph.AffineArg{Ref: graph.OutputRef(first+graph.Index(i), 0), Map: graph.IndexMap{Coef: []int64{int64(n)}}})
	}
	return args
}

// one writes one merge.
func (m *merger) one(what graph.Ref, of []graph.Index) graph.Index {
	args := []graph.Ref{what}
	for _, i := range of {
		args = append(args, graph.OutputRef(i, 0))
	}
	return m.l.w.Graph.Add(m.call, args...)
}

// A tree merges neighbours: each so many of one level make one of the next. Levels hold what is not merged yet.
type tree struct {
	m      *merger
	levels [][]graph.Index
}

func (t *tree) add(level int, i graph.Index) {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	t.levels[level] = append(t.levels[level], i)
}

// grow merges all groups that are full, except the last one if it is all there is: the end merges that, and finishes.
func (t *tree) grow(ending bool) {
	for level := 0; level < len(t.levels); level++ {
		of := t.levels[level]
		groups := len(of) / t.m.fan
		if len(of)%t.m.fan == 0 && groups > 0 && !ending {
			groups-- // it may be the last
		}
		for g := 0; g < groups; {
			n := t.evenly(of[g*t.m.fan : groups*t.m.fan])
			if n > 1 {
				first := t.m.l.w.Graph.Affine(graph.Affine{Call: t.m.call, Space: []uint32{uint32(n)}, Args: t.m.args(t.m.merge, of[g*t.m.fan], t.m.fan)})
				for i := range n {
					t.add(level+1, first+graph.Index(i))
				}
				g += n
				continue
			}
			t.add(level+1, t.m.one(t.m.merge, of[g*t.m.fan:(g+1)*t.m.fan]))
			g++
		}
		t.levels[level] = append([]graph.Index{}, of[groups*t.m.fan:]...)
	}
}

// evenly returns how many groups at the beginning are of consecutive tasks.
func (t *tree) evenly(of []graph.Index) int {
	n := 1
	for n < len(of) && of[n] == of[n-1]+1 {
		n++
	}
	return n / t.m.fan
}

// end merges what is left, level by level, and returns the task of the finished result.
func (t *tree) end() graph.Index {
	for level := 0; ; level++ {
		of := t.levels[level]
		if level == len(t.levels)-1 && len(of) <= t.m.fan {
			return t.m.one(t.m.finish, of)
		}
		for len(of) > 0 {
			n := min(len(of), t.m.fan)
			t.add(level+1, t.m.one(t.m.merge, of[:n]))
			of = of[n:]
		}
	}
}
