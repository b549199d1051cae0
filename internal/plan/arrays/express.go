package arrays

import (
	"fmt"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
)

// A read is an array that tasks of a layer read, as it is stored.
type read struct {
	from *stored
	in   Input
}

// An expression collects the program of an array.
type expression struct {
	l     *lowering
	rank  int
	loads []tile.Load
	steps []step
	reads []read
	seen  map[place]register
	same  map[string]register // registers by what they hold
}

// place is a node seen through a view.
type place struct {
	n    *Node
	view string
}

// A register is a load, or with the complement of its number a step.
type register int

type step struct {
	tile.Step
	args []register
}

// express returns the program of an array in its own space, and what it reads.
func (l *lowering) express(n *Node) (tile.Program, []read, error) {
	e := &expression{l: l, rank: len(n.Shape), seen: map[place]register{}, same: map[string]register{}}
	r, err := e.inside(n, Identity(e.rank))
	if err != nil {
		return tile.Program{}, nil, err
	}
	last := register(len(e.loads) - 1)
	if len(e.steps) > 0 {
		last = ^register(len(e.steps) - 1)
	}
	if r != last { // the value must come last
		e.steps = append(e.steps, step{tile.Step{Op: tile.Cast, DType: n.DType, To: n.DType}, []register{r}})
	}
	p := tile.Program{Loads: e.loads}
	for _, s := range e.steps {
		for k, a := range s.args {
			if a < 0 {
				a = register(len(e.loads)) + ^a
			}
			s.Args[k] = uint16(a)
		}
		p.Steps = append(p.Steps, s.Step)
	}
	return p, e.reads, nil
}

// value returns the register of an array that is seen through a view.
func (e *expression) value(n *Node, v View) (register, error) {
	if m := e.l.unstaged(n); m != nil {
		return e.stored(m, v)
	}
	if n.isBoundary() || e.l.shared[n] {
		return e.stored(n, v)
	}
	return e.inside(n, v)
}

// inside is value for a node that becomes part of the program.
func (e *expression) inside(n *Node, v View) (register, error) {
	at := place{n, v.key()}
	if r, ok := e.seen[at]; ok {
		return r, nil
	}
	r, err := e.make(n, v)
	e.seen[at] = r
	return r, err
}

func (e *expression) make(n *Node, v View) (register, error) {
	switch n.kind {
	case loaded:
		return e.load(n, v), nil
	case mapped:
		return e.step(n, v)
	case viewed:
		return e.value(n.inputs[0], n.view.over(v))
	case regrid, staged:
		return e.value(n.inputs[0], v)
	case reshaped:
		if m := e.l.pushed(n); m != nil {
			return e.value(m, v)
		}
		return e.linear(n, v)
	}
	return e.stored(n, v)
}

func (e *expression) load(n *Node, v View) register {
	l := n.load
	if l.Source != tile.Constant {
		l.Coef = make([]int64, e.rank)
		for k, a := range v {
			l.Offset += n.load.Coef[k] * int64(a.Offset)
			if a.Axis >= 0 {
				l.Coef[a.Axis] += n.load.Coef[k] * int64(a.Step)
			}
		}
	}
	return e.addLoad(l)
}

func (e *expression) addLoad(l tile.Load) register {
	key := fmt.Sprint("load ", l)
	if r, ok := e.same[key]; ok {
		return r
	}
	e.loads = append(e.loads, l)
	r := register(len(e.loads) - 1)
	e.same[key] = r
	return r
}

func (e *expression) step(n *Node, v View) (register, error) {
	s := step{Step: tile.Step{Op: n.op, DType: n.inputs[len(n.inputs)-1].DType, To: n.DType}}
	for _, in := range n.inputs {
		r, err := e.value(in, stretched(in.Shape, n.Shape).over(v))
		if err != nil {
			return 0, err
		}
		s.args = append(s.args, r)
	}
	key := fmt.Sprint("step ", s.Op, s.DType, s.To, s.args)
	if r, ok := e.same[key]; ok {
		return r, nil
	}
	e.steps = append(e.steps, s)
	r := ^register(len(e.steps) - 1)
	e.same[key] = r
	return r, nil
}

// stored returns the register of an array that has tasks of its own.
func (e *expression) stored(n *Node, v View) (register, error) {
	st, err := e.l.stored(n)
	if err != nil {
		return 0, err
	}
	_, coef := v.coefs(n.Shape, e.rank)
	return e.read(read{st, Input{Grid: st.grid, View: v, DType: n.DType, Halo: st.halo, File: st.file}}, coef), nil
}

// linear returns the register of an array whose elements are those of another one in row-major order.
func (e *expression) linear(n *Node, v View) (register, error) {
	st, err := e.l.stored(n.inputs[0])
	if err != nil {
		return 0, err
	}
	_, coef := v.coefs(n.Shape, e.rank)
	return e.read(read{st, Input{Grid: st.grid, View: v, DType: n.DType, Halo: st.halo, File: st.file, Shape: slices.Clone(n.Shape)}}, coef), nil
}

func (e *expression) read(r read, coef []int64) register {
	for i, o := range e.reads {
		if o.from == r.from && slices.Equal(o.in.View, r.in.View) && slices.Equal(o.in.Shape, r.in.Shape) {
			return e.addLoad(tile.Load{Source: tile.Input, DType: r.in.DType, Input: i, Coef: coef})
		}
	}
	e.reads = append(e.reads, r)
	return e.addLoad(tile.Load{Source: tile.Input, DType: r.in.DType, Input: len(e.reads) - 1, Coef: coef})
}

// pushed returns the array that a reshape is, if what it reshapes can make its elements under the new shape; otherwise
// nil.
func (l *lowering) pushed(n *Node) *Node {
	if m, ok := l.pushes[n]; ok {
		return m
	}
	in := n.inputs[0]
	var m *Node
	switch {
	case in.isBoundary() || l.shared[in]:
	case in.kind == regrid:
		m = Reshape(n.Name, n.Site, n.Grid, in.inputs[0])
	case in.kind == reshaped:
		m = Reshape(n.Name, n.Site, n.Grid, in.inputs[0])
	case in.kind == loaded && in.load.Source == tile.Constant:
		m = Full(in.Name, in.Site, in.DType, in.load.Value, n.Grid)
	case in.kind == loaded && inOrder(in):
		m = newNode(loaded, in.Name, in.Site, in.DType, n.Grid)
		m.load = in.load
		_, coef := Identity(len(n.Shape)).coefs(n.Shape, len(n.Shape))
		for k, c := range coef {
			coef[k] = c * spacing(in)
		}
		m.load.Coef = coef
	case in.kind == mapped:
		inputs := make([]*Node, len(in.inputs))
		for k, x := range in.inputs {
			switch {
			case len(x.Shape) == 0:
				inputs[k] = x
			case slices.Equal(x.Shape, in.Shape):
				inputs[k] = Reshape(n.Name, n.Site, n.Grid, x)
			default:
				l.pushes[n] = nil
				return nil
			}
		}
		m = Map(in.Name, in.Site, in.op, in.DType, n.Grid, inputs...)
	}
	l.pushes[n] = m
	return m
}

// inOrder reports whether what an element of a load is depends on its place in row-major order only.
func inOrder(n *Node) bool {
	_, coef := Identity(len(n.Shape)).coefs(n.Shape, len(n.Shape))
	for k, c := range coef {
		if n.Shape[k] != 1 && n.load.Coef[k] != c*spacing(n) {
			return false
		}
	}
	return true
}

// spacing is by how much the positions of neighbours of a load differ.
func spacing(n *Node) int64 {
	for k := len(n.Shape) - 1; k >= 0; k-- {
		if n.Shape[k] != 1 {
			return n.load.Coef[k]
		}
	}
	return 1
}
