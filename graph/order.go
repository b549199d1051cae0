package graph

import (
	"cmp"
	"slices"
)

// Order renumbers the tasks of every explicit layer so that running them by their numbers keeps few results alive, and
// says where the tasks went. Affine layers keep their numbering, and so does an explicit layer that an affine layer
// reads by an index map, since the map speaks of that numbering.
//
// A layer's order is a depth-first post-order from the wanted tasks, then from the others that nobody takes. Of a task's
// inputs the one that needs most memory beyond its own result is made first: the rule of Sethi and Ullman (1970) for
// registers, in the form of Liu (1986, "On the storage requirement in the out-of-core multifrontal method for sparse
// factorization") for results of different size, which is best among the post-orders of a tree. For an input with
// several takers it is an estimate: the first of them counts what making it needs, the others nothing. Besides, a task
// is run at once when its inputs exist and running it frees at least what it makes; so the two sums of a block and its
// mirror image follow each other, which no post-order would do.
//
// The size of a result is its Hints.Bytes, or 1 where they are unknown. Time is linear but for sorting each task's own
// inputs; memory about 50 bytes for each task of the largest layer, while it runs.
func (g *Graph) Order(wants ...Index) (*Graph, Renumbering) {
	o := orderer{g: g, wants: wants, outside: newBitset(g.Len()), fixed: make([]bool, len(g.layers))}
	for _, i := range wants {
		g.mustHave(i)
		o.outside.set(uint32(i))
	}
	o.sizes = make([]uint64, len(g.calls))
	for n, c := range g.calls {
		o.sizes[n] = max(uint64(max(g.traits[c.Traits].Hints.Bytes, 0)), 1)
	}
	for _, l := range g.layers {
		o.lookOutside(l)
	}
	var to Renumbering
	from := make([][]uint32, len(g.layers)) // by layer: old places in the new order
	for n, l := range g.layers {
		if l.aff != nil || o.fixed[n] {
			continue
		}
		if from[n] = o.order(l); from[n] != nil {
			m := move{first: l.first, to: make([]Index, l.count)}
			for place, k := range from[n] {
				m.to[k] = l.first + Index(place)
			}
			to.moves = append(to.moves, m)
		}
	}
	if len(to.moves) == 0 {
		return g, to
	}
	return g.reordered(to, from), to
}

func (g *Graph) reordered(to Renumbering, from [][]uint32) *Graph {
	w := g.rewriter(to)
	for n, l := range g.layers {
		switch {
		case l.aff != nil:
			w.affine(l)
		case from[n] == nil:
			for _, t := range l.all() {
				w.add(t.call, t.args)
			}
		default:
			for _, k := range from[n] {
				p := l.pages[k/pageTasks]
				w.add(p.calls[k%pageTasks], p.args(k%pageTasks))
			}
		}
	}
	return w.graph()
}

// orderer holds what the order of every layer needs to know of the others.
type orderer struct {
	g       *Graph
	wants   []Index
	sizes   []uint64 // by call: size of the result
	outside bitset   // tasks whose result is wanted or taken in another layer, so that no task of its own frees it
	fixed   []bool   // by layer: an index map speaks of its numbering
}

// lookOutside notes what the layer takes from other layers.
func (o *orderer) lookOutside(l layer) {
	for _, t := range l.all() {
		for _, r := range t.args {
			if r.Kind() == RefOutput && r.Task() < l.first {
				o.outside.set(uint32(r.Task()))
			}
		}
	}
	if l.aff == nil || l.count == 0 {
		return
	}
	for _, arg := range l.aff.Args {
		if arg.Ref.Kind() != RefOutput {
			continue
		}
		arg.reach(l.aff.Space, o.outside.fill)
		low, high := arg.Map.bounds(l.aff.Space)
		base := int64(arg.Ref.Task())
		for n, source := range o.g.layers {
			first := int64(source.first)
			if low != high && first <= base+high && base+low < first+int64(source.count) {
				o.fixed[n] = true
			}
		}
	}
}

// order returns the old places of the layer's tasks in their new order, nil if it is the old one.
func (o *orderer) order(l layer) []uint32 {
	n := int(l.count)
	d := depthFirst{
		orderer: o, l: l,
		tasks: make([]visited, n), done: newBitset(n), open: newBitset(n), result: make([]uint32, 0, n),
	}
	d.estimate()
	var sinks []uint32
	for k := range d.tasks {
		d.tasks[k].seen = 0
		if d.tasks[k].takers == 0 {
			sinks = append(sinks, uint32(k))
		}
	}
	for _, i := range o.wants {
		if i >= l.first && uint32(i-l.first) < l.count {
			d.visit(uint32(i - l.first))
		}
	}
	for _, k := range sinks {
		d.visit(k)
	}
	for place, k := range d.result {
		if uint32(place) != k {
			return d.result
		}
	}
	return nil
}

// visited is what is known of a task. It is together in one place, because a large graph is read in no order of memory.
type visited struct {
	size   uint64 // of its result
	need   uint64 // most memory in use while its inputs and the task itself are made
	freed  uint64 // size of its inputs that nobody else will take any more
	takers uint32 // how many tasks of the layer take its outputs and have not run
	which  uint32 // exclusive or of the takers' places, so that the last one is left over
	made   uint32 // how many of its first references are known to be made
	seen   uint32 // place plus one of the taker that looked last, so that it counts an input once
}

// depthFirst orders one layer. Tasks go by their place in the layer.
type depthFirst struct {
	*orderer
	l layer

	tasks  []visited
	done   bitset
	open   bitset // its inputs are on the stack above it
	stack  []uint32
	inputs []uint32
	result []uint32
}

func (d *depthFirst) args(k uint32) []Ref { return d.l.pages[k/pageTasks].args(k % pageTasks) }

// source returns the place of the task that a reference takes an output of, if it is in the layer.
func (d *depthFirst) source(r Ref) (k uint32, ok bool) {
	return uint32(r.Task() - d.l.first), r.Kind() == RefOutput && r.Task() >= d.l.first
}

// firstLook reports whether taker has not looked at task k before.
func (d *depthFirst) firstLook(k, taker uint32) bool {
	first := d.tasks[k].seen != taker+1
	d.tasks[k].seen = taker + 1
	return first
}

// estimate fills size, need, takers and which, from the first task to the last.
func (d *depthFirst) estimate() {
	for k := range d.l.count {
		d.inputs = d.inputs[:0]
		for _, r := range d.args(k) {
			s, ok := d.source(r)
			if !ok || !d.firstLook(s, k) {
				continue
			}
			t := &d.tasks[s]
			if t.takers == 0 {
				d.inputs = append(d.inputs, s)
			}
			t.takers++
			t.which ^= k
		}
		d.sortInputs()
		held, most := uint64(0), uint64(0)
		for _, s := range d.inputs {
			most = max(most, held+d.tasks[s].need)
			held += d.tasks[s].size
		}
		t := &d.tasks[k]
		t.size = d.sizes[d.l.pages[k/pageTasks].calls[k%pageTasks]]
		t.need = max(most, held+t.size)
	}
}

// sortInputs puts the input first that needs most beyond what it leaves.
func (d *depthFirst) sortInputs() {
	if len(d.inputs) < 2 {
		return
	}
	slices.SortFunc(d.inputs, func(x, y uint32) int {
		a, b := &d.tasks[x], &d.tasks[y]
		return cmp.Or(cmp.Compare(b.need-b.size, a.need-a.size), cmp.Compare(x, y))
	})
}

// visit puts a task into the order behind all it needs. It keeps a stack of its own: chains are as long as graphs.
func (d *depthFirst) visit(root uint32) {
	d.stack = append(d.stack[:0], root)
	for len(d.stack) > 0 {
		k := d.stack[len(d.stack)-1]
		if d.done.has(k) || d.open.has(k) {
			d.stack = d.stack[:len(d.stack)-1]
			if !d.done.has(k) {
				d.run(k)
			}
			continue
		}
		d.open.set(k)
		d.inputs = d.inputs[:0]
		for _, r := range d.args(k) {
			if s, ok := d.source(r); ok && !d.done.has(s) {
				d.inputs = append(d.inputs, s)
			}
		}
		d.sortInputs()
		for n := len(d.inputs) - 1; n >= 0; n-- {
			d.stack = append(d.stack, d.inputs[n])
		}
	}
}

// run puts a task into the order, and after it those that now free as much as they make.
func (d *depthFirst) run(k uint32) {
	d.inputs = append(d.inputs[:0], k) // tasks to run, last first
	for len(d.inputs) > 0 {
		k := d.inputs[len(d.inputs)-1]
		d.inputs = d.inputs[:len(d.inputs)-1]
		if d.done.has(k) {
			continue
		}
		d.done.set(k)
		d.result = append(d.result, k)
		d.release(k)
		for _, r := range d.args(k) {
			if s, ok := d.source(r); ok && d.firstLook(s, k) {
				d.tasks[s].takers--
				d.tasks[s].which ^= k
				d.release(s)
			}
		}
	}
}

// release credits the last taker of an existing result with freeing it, and runs that taker next if it is worth it.
func (d *depthFirst) release(k uint32) {
	t := &d.tasks[k]
	if t.takers != 1 || d.outside.has(uint32(d.l.first)+k) {
		return
	}
	last := t.which
	taker := &d.tasks[last]
	taker.freed += t.size
	if taker.freed >= taker.size && d.ready(last) {
		d.inputs = append(d.inputs, last)
	}
}

// ready reports whether all inputs of a task in the layer exist. It goes on where it stopped the last time.
func (d *depthFirst) ready(k uint32) bool {
	args := d.args(k)
	for made := &d.tasks[k].made; int(*made) < len(args); *made++ {
		if s, ok := d.source(args[*made]); ok && !d.done.has(s) {
			return false
		}
	}
	return true
}
