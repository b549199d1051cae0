package arrays

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// stored is an array whose chunks tasks can take: outputs of tasks, items of a column, or results of earlier
// submissions.
type stored struct {
	grid Grid
	halo Halo        // by which chunks are larger than those of the grid
	base graph.Ref   // of chunk 0, if the others follow it
	refs []graph.Ref // of each chunk otherwise
	file *File       // instead of chunks
}

// ref returns the reference to chunk number n.
func (s *stored) ref(n int) graph.Ref {
	switch {
	case s.refs != nil:
		return s.refs[n]
	case s.base.Kind() == graph.RefItem:
		return graph.ItemRef(s.base.Table(), s.base.Item()+uint32(n))
	}
	return graph.OutputRef(s.base.Task()+graph.Index(n), 0)
}

// lowering writes the tasks of some arrays.
type lowering struct {
	w      *plan.TaskWriter
	done   map[*Node]*stored
	shared map[*Node]bool // nodes inside programs that get tasks of their own, because too many views of them are wanted
	pushes map[*Node]*Node
	made   Made

	surveyed map[*Node]bool
	groups   map[pass][]*Node // reductions that go through the same values in the same way
}

// Write writes the tasks of some arrays, and returns for each the tasks whose outputs are its chunks, in row-major
// order; and which tasks run functions of the program's.
func Write(w *plan.TaskWriter, arrays ...*Node) ([][]graph.Index, Made, error) {
	all, made, err := lower(w, arrays...)
	if err != nil {
		return nil, nil, err
	}
	wants := make([][]graph.Index, len(arrays))
	for i, st := range all {
		wants[i] = make([]graph.Index, st.grid.Count())
		for k := range wants[i] {
			wants[i][k] = st.ref(k).Task()
		}
	}
	return wants, made, nil
}

// lower writes the tasks of some arrays. Their chunks are outputs of these.
func lower(w *plan.TaskWriter, arrays ...*Node) ([]*stored, Made, error) {
	l := &lowering{w: w, done: map[*Node]*stored{}, shared: map[*Node]bool{}, pushes: map[*Node]*Node{}, surveyed: map[*Node]bool{}}
	for _, n := range arrays {
		if n.unfused {
			l.part(n)
		}
		l.survey(n)
	}
	l.groups = groupsOf(arrays)
	all := make([]*stored, len(arrays))
	for i, n := range arrays {
		if err := n.few(); err != nil {
			return nil, nil, err
		}
		st, err := l.stored(n)
		if err == nil && (n.kind == given || n.kind == kept || n.kind == promised || n.kind == joined || n.kind == filed || st.halo != nil) {
			st, err = l.map_(n, true) // the chunks must be outputs of this submission
		}
		if err != nil {
			return nil, nil, err
		}
		all[i] = st
	}
	return all, l.made, nil
}

// part gives every operation and every array of numbers below a node tasks of its own. Constants stay where they are used.
func (l *lowering) part(n *Node) {
	for _, in := range n.inputs {
		if l.shared[in] || in.kind == loaded && in.load.Source == tile.Constant {
			continue
		}
		l.shared[in] = true
		l.part(in)
	}
}

// mostViews is how many views of a node may be computed each by itself, where they are used, instead of once and
// stored.
const mostViews = 2

// survey finds the nodes, in the programs of an array and of all that it needs, that are seen through too many views.
func (l *lowering) survey(root *Node) {
	if l.surveyed[root] {
		return
	}
	l.surveyed[root] = true
	switch root.kind {
	case reduced, scanned: // fused with what they read
		l.surveyProgram(root.inputs[0])
	case loaded, mapped, viewed, regrid, reshaped, staged:
		l.surveyProgram(root)
	default:
		for _, in := range root.inputs {
			l.survey(in)
		}
	}
	for _, in := range below(root, l.shared) {
		l.survey(in)
	}
}

// surveyProgram finds the nodes in one program, until what is left of it sees none through too many views.
func (l *lowering) surveyProgram(root *Node) {
	for again := true; again; {
		again = false
		views := map[*Node]int{}
		l.count(root, root, Identity(len(root.Shape)), views, map[place]bool{})
		for n, k := range views {
			if k > mostViews && n != root {
				l.shared[n], again = true, true
			}
		}
	}
}

// count counts through how many views a program sees the operations and random numbers below a node.
func (l *lowering) count(root, n *Node, v View, views map[*Node]int, seen map[place]bool) {
	at := place{n, v.key()}
	if seen[at] || n != root && (n.isBoundary() || l.shared[n]) {
		return
	}
	seen[at] = true
	switch n.kind {
	case mapped:
		views[n]++
		for _, in := range n.inputs {
			l.count(root, in, stretched(in.Shape, n.Shape).over(v), views, seen)
		}
	case viewed:
		l.count(root, n.inputs[0], n.view.over(v), views, seen)
	case regrid, staged:
		l.count(root, n.inputs[0], v, views, seen)
	case loaded:
		if n.load.Source == tile.Uniform {
			views[n]++
		}
	}
}

// below returns the boundaries, and shared nodes, that a program of a node would read.
func below(root *Node, shared map[*Node]bool) []*Node {
	var found []*Node
	seen := map[*Node]bool{}
	var visit func(n *Node)
	visit = func(n *Node) {
		for _, in := range n.inputs {
			if seen[in] {
				continue
			}
			seen[in] = true
			if in.isBoundary() || shared[in] {
				found = append(found, in)
				continue
			}
			visit(in)
		}
	}
	visit(root)
	return found
}

// stored returns where the chunks of an array are, writing its tasks if it has none yet.
func (l *lowering) stored(n *Node) (*stored, error) {
	if st, ok := l.done[n]; ok {
		return st, nil
	}
	st, err := l.write(n)
	if err != nil {
		return nil, err
	}
	l.done[n] = st
	return st, nil
}

func (l *lowering) write(n *Node) (*stored, error) {
	if err := l.fits(n); err != nil {
		return nil, err
	}
	for _, in := range n.inputs { // an operation that reduces has tasks for the chunks of its input
		if err := in.few(); err != nil {
			return nil, err
		}
	}
	switch n.kind {
	case given:
		return &stored{grid: n.Grid, base: graph.ItemRef(l.w.Graph.Literal(&chunks{n}).Table(), 0)}, nil
	case kept:
		st := &stored{grid: n.Grid, refs: make([]graph.Ref, n.Grid.Count())}
		for k := range st.refs {
			number := k
			if n.positions != nil {
				number = n.positions[k]
			}
			r, err := l.w.Earlier(n.kept, number)
			if err != nil {
				return nil, n.wrong(err)
			}
			st.refs[k] = r
		}
		return st, nil
	case filed:
		return &stored{grid: n.Grid, file: n.file}, nil
	case joined:
		return l.join(n)
	case reduced:
		return l.reduce(n)
	case scanned:
		return l.scan(n)
	case called:
		return l.call(n)
	case haloed:
		return l.haloed(n)
	case taken:
		return l.take(n)
	case blocked:
		return l.blocks(n)
	case pooled:
		return l.pool(n)
	case multiplied:
		return l.products(n)
	case applied:
		return l.apply(n)
	case picked:
		return l.pick(n)
	case widened:
		st, err := l.stored(n.inputs[0])
		if err != nil {
			return nil, err
		}
		return &stored{grid: n.Grid, base: st.base, refs: st.refs}, nil
	case trimmed:
		st, err := l.plain(n.inputs[0])
		if err != nil {
			return nil, err
		}
		return &stored{grid: n.Grid, halo: n.halo, base: st.base, refs: st.refs}, nil
	case promised:
		refs, err := l.w.Arguments(n.chunks, n.Site)
		if err != nil {
			return nil, n.wrong(err)
		}
		return &stored{grid: n.Grid, refs: refs}, nil
	}
	return l.map_(n, false)
}

// few refuses more chunks than a graph holds tasks.
func (n *Node) few() error {
	if count := n.Grid.Count(); count > graph.MaxTasks {
		return n.wrong(fmt.Errorf("%d chunks: a graph holds at most %d tasks; make larger ones by Chunks or Rechunk", count, graph.MaxTasks))
	}
	return nil
}

// fits refuses chunks that a process would have to make and cannot hold.
func (l *lowering) fits(n *Node) error {
	switch n.kind {
	case given, kept, promised, filed, joined, pooled:
		return nil
	}
	if bytes := n.ChunkBytes(); l.w.Memory > 0 && bytes > l.w.Memory {
		return n.wrong(fmt.Errorf("a chunk of shape %s takes %s, and a process may use %s: make smaller ones by Chunks or Rechunk, or raise MemoryLimit",
			ndarray.FormatShape(n.Grid.Widest()), FormatBytes(bytes), FormatBytes(l.w.Memory)))
	}
	return nil
}

// holds refuses what a task would have to be given and a process cannot hold.
func (l *lowering) holds(n *Node, bytes int64) error {
	if l.w.Memory > 0 && bytes > l.w.Memory {
		return n.wrong(fmt.Errorf("a task is given blocks of %s, and a process may use %s: axes that have to be whole are not cut; "+
			"make chunks smaller along the others by Rechunk, or raise MemoryLimit", FormatBytes(bytes), FormatBytes(l.w.Memory)))
	}
	return nil
}

// wrong adds the function and the user's line to an error.
func (n *Node) wrong(err error) error {
	if at := n.At(); at != "" {
		return fmt.Errorf("array.%s (%s): %w", n.Name, at, err)
	}
	return fmt.Errorf("array.%s: %w", n.Name, err)
}

// chunks are the chunks of an array in memory, as a column.
type chunks struct{ n *Node }

func (c *chunks) Len() int { return c.n.Grid.Count() }

func (c *chunks) At(i int) any {
	origin, shape := c.n.Grid.Region(unravel(i, c.n.Grid.Counts(), count(len(c.n.Grid))))
	items := make([]ndarray.Index, len(origin))
	for k := range origin {
		items[k] = ndarray.Range(origin[k], origin[k]+shape[k])
	}
	return ndarray.Must(slice(c.n.data, items))
}

// numbers are the numbers of tasks, as a column.
type numbers int

func (n numbers) Len() int     { return int(n) }
func (n numbers) At(i int) any { return int64(i) }

// map_ writes the tasks that compute the chunks of an array.
func (l *lowering) map_(n *Node, copied bool) (*stored, error) {
	var p tile.Program
	var reads []read
	var err error
	if copied {
		e := &expression{l: l, rank: len(n.Shape), seen: map[place]register{}, same: map[string]register{}}
		if _, err = e.stored(n, Identity(e.rank)); err == nil {
			p, reads = tile.Program{Loads: e.loads}, e.reads
		}
	} else {
		p, reads, err = l.express(n)
	}
	if err != nil {
		return nil, err
	}
	o := &Order{Program: p, Grid: n.Grid, Numbering: count(len(n.Grid))}
	call, err := l.w.Call(opMap, n.Site, n.ChunkBytes())
	if err != nil {
		return nil, err
	}
	layer := l.layer(o, call, reads)
	return &stored{grid: n.Grid, base: graph.OutputRef(layer.all(), 0)}, nil
}

// join returns the chunks of several arrays as those of one.
func (l *lowering) join(n *Node) (*stored, error) {
	var parts []*stored
	for _, in := range n.inputs {
		st, err := l.plain(in)
		if err != nil {
			return nil, err
		}
		parts = append(parts, st)
	}
	st := &stored{grid: n.Grid, refs: make([]graph.Ref, n.Grid.Count())}
	counts, axes := n.Grid.Counts(), count(len(n.Grid))
	for k := range st.refs {
		index := unravel(k, counts, axes)
		part, at := 0, index[n.axis]
		for {
			c := n.inputs[part].Grid[n.axis].Count()
			if n.inputs[part].Shape[n.axis] == 0 {
				c = 0
			}
			if at < c {
				break
			}
			at -= c
			part++
		}
		index[n.axis] = at
		number := 0
		for a, s := range steps(n.inputs[part].Grid.Counts()) {
			number += s * index[a]
		}
		st.refs[k] = parts[part].ref(number)
	}
	return st, nil
}
