package graph

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Validate checks every table index and reference, and that a task refers only to earlier ones. Build and Decode call
// it, so a Graph from either is valid. The error names the task. Time is linear in the tasks, plus, for each affine
// argument that takes an output other than the first, the explicit tasks it reaches.
func (g *Graph) Validate() error {
	if err := g.validateTables(); err != nil {
		return err
	}
	arity := g.arities()
	for _, l := range g.layers {
		check := g.validateExplicit
		if l.aff != nil {
			check = g.validateAffine
		}
		if err := check(l, arity); err != nil {
			return err
		}
	}
	return g.validateKeys()
}

func (g *Graph) validateTables() error {
	for n, op := range g.ops {
		if op.Name == "" {
			return fmt.Errorf("graph: op %d has no name", n)
		}
		if op.Outputs == 0 {
			return fmt.Errorf("graph: op %d (%s) has no outputs: every op has at least one", n, op.Name)
		}
	}
	for n, t := range g.traits {
		if err := t.validate(); err != nil {
			return fmt.Errorf("graph: traits %d: %w", n, err)
		}
	}
	for n := range g.literals.len() {
		if e := g.literals.at(uint32(n)).Encoded; e != nil && !e.Column && len(e.Items) != 1 {
			return fmt.Errorf("graph: literal %d is encoded as %d items, and only a column has other than one", n, len(e.Items))
		}
	}
	for n, c := range g.calls {
		switch {
		case int(c.Op) >= len(g.ops):
			return fmt.Errorf("graph: call %d names op %d of %d", n, c.Op, len(g.ops))
		case int(c.Traits) >= len(g.traits):
			return fmt.Errorf("graph: call %d names traits %d of %d", n, c.Traits, len(g.traits))
		case int(c.Site) >= len(g.sites):
			return fmt.Errorf("graph: call %d names site %d of %d", n, c.Site, len(g.sites))
		case int(c.Program) > len(g.programs):
			return fmt.Errorf("graph: call %d names program %d of %d", n, c.Program, len(g.programs))
		}
	}
	for n, p := range g.programs {
		if err := g.validateProgram(p); err != nil {
			return fmt.Errorf("graph: program %d: %w", n+1, err)
		}
	}
	for n, c := range g.calls {
		if c.Program == 0 {
			continue
		}
		steps := g.programs[c.Program-1].Steps
		if last := g.calls[steps[len(steps)-1].Call]; last.Op != c.Op {
			return fmt.Errorf("graph: call %d names op %d, but its program %d ends in op %d", n, c.Op, c.Program, last.Op)
		}
	}
	return nil
}

func (t Traits) validate() error {
	switch {
	case t.Lifetime > LifetimeGang:
		return fmt.Errorf("lifetime %d is unknown", t.Lifetime)
	case t.Limit < 0:
		return fmt.Errorf("a time limit of %d ns is negative", t.Limit)
	case t.Needs.Memory < 0 || t.Hints.Bytes < 0:
		return fmt.Errorf("%d bytes needed and %d expected: none may be negative", t.Needs.Memory, t.Hints.Bytes)
	case !(t.Hints.Seconds >= 0 && t.Hints.Seconds <= math.MaxFloat64): // catches NaN
		return fmt.Errorf("%g expected seconds are no duration", t.Hints.Seconds)
	}
	return nil
}

func (g *Graph) validateProgram(p Program) error {
	if len(p.Steps) < 2 {
		return fmt.Errorf("it has %d steps, and a chain has at least 2", len(p.Steps))
	}
	for k, s := range p.Steps {
		if int(s.Call) >= len(g.calls) || g.calls[s.Call].Program != 0 {
			return fmt.Errorf("step %d names call %d, which is not a plain call", k, s.Call)
		}
		for _, in := range s.Inputs {
			if in < Previous || in == Previous && k == 0 {
				return fmt.Errorf("step %d takes input %d, which does not exist", k, in)
			}
		}
		if n := g.ops[g.calls[s.Call].Op].Outputs; n != 1 && k < len(p.Steps)-1 {
			return fmt.Errorf("step %d has %d outputs, and only the last may have more than one", k, n)
		}
	}
	return nil
}

func (g *Graph) validateExplicit(l layer, arity []int) error {
	for n, p := range l.pages {
		first := l.first + Index(n*pageTasks)
		start := uint32(0)
		for k, end := range p.ends {
			i, call := first+Index(k), p.calls[k]
			if int(call) >= len(g.calls) {
				return fmt.Errorf("graph: task %d names call %d of %d", i, call, len(g.calls))
			}
			if err := g.validateRefs(i, p.refs[start:end]); err != nil {
				return fmt.Errorf("graph: task %d (%s): %w", i, g.describe(call), err)
			}
			if arity != nil && arguments(p.refs[start:end]) < arity[call] {
				return g.arityError(i, call, arity[call])
			}
			start = end
		}
	}
	return nil
}

// validateRefs checks the references of task i.
func (g *Graph) validateRefs(i Index, refs []Ref) error {
	inList := 0
	for j, r := range refs {
		// The most common kind first: millions pass here.
		if r>>refItemShift == Ref(RefOutput)<<(refKindShift-refItemShift) && r.Task() < i {
			inList = max(inList-1, 0)
			continue
		}
		if err := g.validateRef(i, r, inList > 0, len(refs)-j-1); err != nil {
			return fmt.Errorf("input %d: %w", j, err)
		}
		if r.Kind() == RefList {
			inList = r.Count()
		} else {
			inList = max(inList-1, 0)
		}
	}
	return nil
}

// arities returns for every call how many arguments its program takes, nil if there are no programs. The arguments of
// a plain call are between the op and its front end.
func (g *Graph) arities() []int {
	if len(g.programs) == 0 {
		return nil
	}
	arity := make([]int, len(g.calls))
	for n, c := range g.calls {
		if c.Program == 0 {
			continue
		}
		for _, s := range g.programs[c.Program-1].Steps {
			for _, in := range s.Inputs {
				arity[n] = max(arity[n], int(in)+1)
			}
		}
	}
	return arity
}

func (g *Graph) arityError(i Index, call uint32, n int) error {
	return fmt.Errorf("graph: task %d (%s): its program takes %d arguments, and it has fewer", i, g.describe(call), n)
}

// arguments counts the arguments among references: a list is one.
func arguments(refs []Ref) (n int) {
	for j := 0; j < len(refs); j++ {
		if refs[j].Kind() == RefList {
			j += refs[j].Count()
		}
		n++
	}
	return n
}

// validateRef checks one reference of task i; inList says whether a list is still open and rest how many references
// follow it.
func (g *Graph) validateRef(i Index, r Ref, inList bool, rest int) error {
	if r != r.canonical() {
		return fmt.Errorf("reference %#x has bits that %v does not use", uint64(r), r)
	}
	switch r.Kind() {
	case RefLiteral:
		if int(r.Table()) >= g.literals.len() {
			return fmt.Errorf("%v of %d does not exist", r, g.literals.len())
		}
	case RefItem:
		return g.validateItem(r, int64(r.Item()), int64(r.Item()))
	case RefExternal:
		if int(r.Table()) >= len(g.externals) {
			return fmt.Errorf("%v of %d does not exist", r, len(g.externals))
		}
	case RefOutput:
		if r.Task() >= i {
			return fmt.Errorf("it refers to task %d, which is not earlier: a task may only refer to tasks written down before it", r.Task())
		}
		if n := g.OpOf(r.Task()).Outputs; r.Output() >= n {
			return fmt.Errorf("%v does not exist: the task has %d", r, n)
		}
	case RefList:
		if inList {
			return fmt.Errorf("a list inside a list: gather the inner one in a task of its own")
		}
		if r.Count() > rest {
			return fmt.Errorf("a list of %d, but only %d references follow", r.Count(), rest)
		}
	default:
		return fmt.Errorf("%v", r)
	}
	return nil
}

// validateItem checks that items low to high of a column exist.
func (g *Graph) validateItem(r Ref, low, high int64) error {
	if int(r.Table()) >= g.literals.len() {
		return fmt.Errorf("%v: there are %d literals", r, g.literals.len())
	}
	l := g.literals.at(r.Table())
	if !l.IsColumn() {
		return fmt.Errorf("%v: the literal is not a column", r)
	}
	if low < 0 || high >= int64(l.Len()) {
		return fmt.Errorf("items %d to %d of literal %d, which has %d", low, high, r.Table(), l.Len())
	}
	return nil
}

func (g *Graph) validateKeys() error {
	if len(g.keys) == 0 {
		return nil
	}
	owner := make(map[string]Index, len(g.keys))
	for _, i := range slices.Sorted(maps.Keys(g.keys)) { // the same error each time
		key := g.keys[i]
		if uint32(i) >= g.tasks {
			return fmt.Errorf("graph: key %q belongs to task %d of %d", key, i, g.tasks)
		}
		if first, taken := owner[key]; taken {
			return fmt.Errorf("graph: tasks %d (%s) and %d (%s) have the same key %q: keys are unique",
				first, g.describe(g.CallOf(first)), i, g.describe(g.CallOf(i)), key)
		}
		owner[key] = i
	}
	return nil
}

// describe names a call with the user's line, for errors.
func (g *Graph) describe(call uint32) string {
	name := g.CallName(call)
	if at := g.sites[g.calls[call].Site].String(); at != "" {
		name += ", " + at
	}
	return name
}
