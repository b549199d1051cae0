package graph

import "fmt"

// Cull returns the graph of the wanted tasks and all they need, and where the tasks went. What the graph has of ops,
// traits, sites, calls and programs stays as it is, for these tables are small; literals and externals that no kept
// task takes are dropped, a column as a whole.
//
// An affine layer that is needed as a whole stays affine, provided the new numbers of its inputs are still an affine
// function of the point; one that is not needed vanishes; all others become explicit tasks. Time is linear in the tasks
// looked at, memory one bit a task beside the result. A want that is no task of the graph panics, like an index outside
// a slice. A graph of which every task is needed is returned as it is.
func (g *Graph) Cull(wants ...Index) (*Graph, Renumbering) {
	c := culler{
		tasks:     newBitset(g.Len()),
		literals:  newBitset(g.Literals()),
		externals: newBitset(len(g.externals)),
	}
	for _, i := range wants {
		g.mustHave(i)
		c.tasks.set(uint32(i))
	}
	for n := len(g.layers) - 1; n >= 0; n-- {
		c.markLayer(g.layers[n])
	}
	if c.tasks.count(0, g.tasks) == g.tasks {
		return g, Renumbering{}
	}
	w := g.rewriter(keeping(c.tasks))
	w.literals, w.externals = keeping(c.literals), keeping(c.externals)
	w.compactTables()
	for _, l := range g.layers {
		switch kept := c.tasks.count(uint32(l.first), uint32(l.first)+l.count); {
		case kept == 0:
		case l.aff == nil:
			for i, t := range l.all() {
				if c.tasks.has(uint32(i)) {
					w.add(t.call, t.args)
				}
			}
		case kept == l.count:
			w.affine(l)
		default:
			w.points(l, c.tasks)
		}
	}
	return w.graph(), w.tasks
}

// culler marks what is needed.
type culler struct {
	tasks, literals, externals bitset
	buf                        []Ref
}

// markLayer marks the inputs of the layer's needed tasks. A task refers only to earlier ones, so when layers come last
// to first, all that need a task are known when its turn comes.
func (c *culler) markLayer(l layer) {
	first, end := uint32(l.first), uint32(l.first)+l.count
	needed := c.tasks.count(first, end)
	switch {
	case needed == 0:
	case l.aff == nil:
		for i, args := range l.reversed() {
			if c.tasks.has(uint32(i)) {
				c.mark(args)
			}
		}
	case needed == l.count:
		for _, arg := range l.aff.Args {
			c.markReach(l.aff.Space, arg)
		}
	default:
		for k := range l.count {
			if c.tasks.has(first + k) {
				c.buf = l.aff.args(k, c.buf)
				c.mark(c.buf)
			}
		}
	}
}

func (c *culler) mark(args []Ref) {
	for _, r := range args {
		switch r.Kind() {
		case RefOutput:
			c.tasks.set(uint32(r.Task()))
		case RefLiteral, RefItem:
			c.literals.set(r.Table())
		case RefExternal:
			c.externals.set(r.Table())
		}
	}
}

// markReach marks what an argument of a whole affine layer takes.
func (c *culler) markReach(space []uint32, arg AffineArg) {
	if arg.Ref.Kind() != RefOutput {
		c.mark([]Ref{arg.Ref})
		return
	}
	arg.reach(space, func(first, end uint32) { c.tasks.fill(first, end) })
}

// reach calls f for runs of tasks that together are those an output argument takes; a run may come more than once.
// The space has no empty dimension.
func (arg AffineArg) reach(space []uint32, f func(first, end uint32)) {
	base := int64(arg.Ref.Task())
	if low, high := arg.Map.bounds(space); arg.Map.dense(space) {
		f(uint32(base+low), uint32(base+high+1))
		return
	}
	c := newCursor(arg.Map, space)
	for more := true; more; more = c.next() {
		f(uint32(base+c.value), uint32(base+c.value+1))
	}
}

// dense reports whether the map is seen to reach every number between its bounds: a broadcast, or the row-major
// numbering of the innermost dimensions it depends on.
func (m IndexMap) dense(space []uint32) bool {
	stride := int64(1)
	for d := len(space) - 1; d >= 0; d-- {
		if m.Coef[d] == 0 || space[d] == 1 {
			continue
		}
		if m.Coef[d] != stride {
			return false
		}
		stride *= int64(space[d])
	}
	return true
}

// compactTables gives the new graph the literals and externals that are kept.
func (w *rewriter) compactTables() {
	g := &w.b.g
	g.literals, g.externals = column[Literal]{}, nil
	for n := range w.old.literals.len() {
		if w.literals.kept.has(uint32(n)) {
			g.literals.append(w.old.literals.at(uint32(n)))
		}
	}
	for n, e := range w.old.externals {
		if w.externals.kept.has(uint32(n)) {
			g.externals = append(g.externals, e)
		}
	}
}

// mustHave panics if i is no task of the graph.
func (g *Graph) mustHave(i Index) {
	if uint32(i) >= g.tasks {
		panic(fmt.Sprintf("graph: task %d is wanted of a graph of %d tasks", i, g.tasks))
	}
}
