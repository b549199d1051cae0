package graph

import "fmt"

func (g *Graph) validateAffine(l layer, arity []int) error {
	a := l.aff
	if int(a.Call) >= len(g.calls) {
		return fmt.Errorf("graph: layer at task %d names call %d of %d", l.first, a.Call, len(g.calls))
	}
	if len(a.Space) == 0 {
		return fmt.Errorf("graph: layer at task %d (%s) has no index space", l.first, g.describe(a.Call))
	}
	if uint64(l.count) != a.count() {
		return fmt.Errorf("graph: layer at task %d (%s): %d tasks for the space %v", l.first, g.describe(a.Call), l.count, a.Space)
	}
	if arity != nil && len(a.Args) < arity[a.Call] {
		return g.arityError(l.first, a.Call, arity[a.Call])
	}
	for n, arg := range a.Args {
		if err := g.validateAffineArg(l, arg); err != nil {
			return fmt.Errorf("graph: layer at task %d (%s): argument %d: %w", l.first, g.describe(a.Call), n, err)
		}
	}
	return nil
}

func (g *Graph) validateAffineArg(l layer, arg AffineArg) error {
	kind := arg.Ref.Kind()
	if kind == RefList {
		return fmt.Errorf("a list cannot be mapped: gather it in an explicit task")
	}
	if arg.Ref != arg.Ref.canonical() {
		return fmt.Errorf("reference %#x has bits that %v does not use", uint64(arg.Ref), arg.Ref)
	}
	if kind != RefItem && kind != RefOutput {
		return g.validateRef(l.first, arg.Ref, false, 0)
	}
	if len(arg.Map.Coef) != len(l.aff.Space) {
		return fmt.Errorf("a map of %d coefficients over %d dimensions", len(arg.Map.Coef), len(l.aff.Space))
	}
	if l.count == 0 {
		return nil
	}
	if err := arg.Map.fits(l.aff.Space); err != nil {
		return err
	}
	low, high := arg.Map.bounds(l.aff.Space)
	if kind == RefItem {
		return g.validateItem(arg.Ref, low, high)
	}
	base := int64(arg.Ref.Task())
	if base+low < 0 || base+high >= int64(l.first) {
		return fmt.Errorf("it reaches tasks %d to %d, and only tasks before %d are earlier", base+low, base+high, l.first)
	}
	return g.validateOutputs(Index(base+low), Index(base+high), arg.Ref.Output())
}

// validateOutputs checks that the tasks from low to high have an output. Every op has a first one, so that a large
// layer is looked at task by task only for a further one.
func (g *Graph) validateOutputs(low, high Index, out uint16) error {
	if out == 0 {
		return nil
	}
	for i := low; i <= high; i++ {
		if n := g.OpOf(i).Outputs; out >= n {
			return fmt.Errorf("output %d of task %d does not exist: the task has %d", out, i, n)
		}
		if src := g.layerOf(i); src.aff != nil {
			i = src.first + Index(src.count) - 1 // they are all alike
		}
	}
	return nil
}

// fits reports a map whose values could overflow.
func (m IndexMap) fits(space []uint32) error {
	const limit = 1 << 40
	if m.Offset > limit || m.Offset < -limit {
		return fmt.Errorf("offset %d is beyond ±2⁴⁰", m.Offset)
	}
	for d, c := range m.Coef {
		if c > limit/int64(space[d]) || c < -limit/int64(space[d]) {
			return fmt.Errorf("coefficient %d of dimension %d is beyond ±2⁴⁰ over %d points", c, d, space[d])
		}
	}
	return nil
}
