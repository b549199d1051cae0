package graph

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// maxSteps is the longest program Fuse makes. By then the cost of a task is spread over so many calls that more would
// gain nothing, and a longer chain would lose its progress, its cancellation points and the sharing of programs.
const maxSteps = 64

// Fuse joins linear chains of explicit tasks into one task each, which runs a [Program], and says where the tasks
// went. A task a is joined to its successor b where nothing but a call's cost changes by it:
//
//   - b is the only task that takes an output of a, and a is not wanted and has no key;
//   - b needs nothing else that has to be waited for: its other inputs are literals and items. Two inputs of a sum are
//     not joined to it, for one would then wait for the other;
//   - b takes a's output as an argument of its own, not inside a list, and a's op has one output;
//   - both have equal traits, of lifetime [LifetimeTask], not isolated, without a time limit, retries or expected
//     seconds: these speak of a single call.
//
// The fused task stands where b stood and has the inputs of the chain one after the other. A list is one argument of
// a program. Programs are shared between chains of the same calls and inputs, and have at most 64 steps; a longer
// chain becomes several tasks. Tasks that are programs already and affine layers stay as they are. Time is linear.
func (g *Graph) Fuse(wants ...Index) (*Graph, Renumbering) {
	f := g.newFuser(wants)
	for _, l := range g.layers {
		f.countUses(l)
	}
	joined := f.join()
	if joined == 0 {
		return g, Renumbering{}
	}
	f.w = g.rewriter(keeping(f.kept))
	f.programs = make(map[string]uint32)
	for n, p := range g.programs {
		f.programs[string(p.content(nil))] = uint32(n) + 1
	}
	for _, l := range g.layers {
		if l.aff != nil {
			f.w.affine(l)
			continue
		}
		for i, t := range l.all() {
			switch {
			case !f.kept.has(uint32(i)):
			case f.steps[i] == 0:
				f.w.add(t.call, t.args)
			default:
				f.addChain(i)
			}
		}
	}
	return f.w.graph(), f.w.tasks
}

// fuser decides which tasks are joined and writes them.
type fuser struct {
	g        *Graph
	class    []uint32 // by traits: equal for equal traits, 0 for traits that cannot be fused
	once     bitset   // tasks of which some task takes an output
	shared   bitset   // tasks that must stay tasks of their own: several takers, wanted, or with a key
	kept     bitset
	steps    []uint8 // by task: how many tasks before it are joined to it
	w        *rewriter
	programs map[string]uint32 // by content

	// The chain being written; the memory is used again for the next.
	chain     []Index // from its last task to its first
	p         Program
	inputs    []int32
	args      []Ref
	arguments int32
	content   []byte
}

func (g *Graph) newFuser(wants []Index) *fuser {
	n := g.Len()
	f := &fuser{g: g, once: newBitset(n), shared: newBitset(n), kept: newBitset(n), steps: make([]uint8, n)}
	f.kept.fill(0, g.tasks)
	for _, i := range wants {
		g.mustHave(i)
		f.shared.set(uint32(i))
	}
	for i := range g.keys {
		f.shared.set(uint32(i))
	}
	classes := make(map[string]uint32)
	for _, t := range g.traits {
		f.class = append(f.class, 0)
		if t.Lifetime == LifetimeTask && !t.Isolated && t.Limit == 0 && t.Retries == 0 && t.Hints.Seconds == 0 {
			content := fmt.Sprintf("%#v", t)
			if classes[content] == 0 {
				classes[content] = uint32(len(classes) + 1)
			}
			f.class[len(f.class)-1] = classes[content]
		}
	}
	return f
}

// countUses finds out which tasks of any layer have more than one taker in this layer or those before.
func (f *fuser) countUses(l layer) {
	if l.aff != nil {
		for _, arg := range l.aff.Args {
			if arg.Ref.Kind() == RefOutput && l.count > 0 {
				arg.reach(l.aff.Space, f.shared.fill)
			}
		}
		return
	}
	for _, t := range l.all() {
		if only, ok := onlySource(t.args); ok { // however often it takes it
			f.use(uint32(only))
			continue
		}
		for _, r := range t.args {
			if r.Kind() == RefOutput {
				f.use(uint32(r.Task()))
			}
		}
	}
}

func (f *fuser) use(i uint32) {
	if f.once.has(i) {
		f.shared.set(i)
	}
	f.once.set(i)
}

// onlySource returns the one task whose outputs are among the references.
func onlySource(args []Ref) (only Index, ok bool) {
	for _, r := range args {
		if r.Kind() != RefOutput {
			continue
		}
		if ok && r.Task() != only {
			return 0, false
		}
		only, ok = r.Task(), true
	}
	return only, ok
}

// join decides for every task whether the one before it is joined to it, and returns how many are.
func (f *fuser) join() (joined int) {
	for _, l := range f.g.layers {
		for i, t := range l.all() {
			a, ok := f.predecessor(t)
			if ok && f.steps[a]+1 < maxSteps {
				f.kept.clear(uint32(a))
				f.steps[i] = f.steps[a] + 1
				joined++
			}
		}
	}
	return joined
}

// predecessor returns the task that may be joined to t.
func (f *fuser) predecessor(t taskView) (a Index, ok bool) {
	a, ok = onlySource(t.args)
	if !ok || f.shared.has(uint32(a)) || !onlyLiteralsBeside(t.args) {
		return 0, false
	}
	if f.g.layerOf(a).aff != nil {
		return 0, false
	}
	first, second := f.g.calls[f.g.CallOf(a)], f.g.calls[t.call]
	class := f.class[first.Traits]
	return a, class != 0 && class == f.class[second.Traits] &&
		first.Program == 0 && second.Program == 0 && f.g.ops[first.Op].Outputs == 1
}

// onlyLiteralsBeside reports whether all that is not a task's output is a literal or an item, and no output is in a
// list.
func onlyLiteralsBeside(args []Ref) bool {
	inList := 0
	for _, r := range args {
		switch r.Kind() {
		case RefList:
			inList = r.Count()
			continue
		case RefExternal:
			return false
		case RefOutput:
			if inList > 0 {
				return false
			}
		}
		inList = max(inList-1, 0)
	}
	return true
}

// addChain writes the chain that ends in task last as one task.
func (f *fuser) addChain(last Index) {
	f.chain = append(f.chain[:0], last)
	for i := last; f.steps[i] > 0; {
		_, args := f.g.Task(i, nil)
		i, _ = onlySource(args)
		f.chain = append(f.chain, i)
	}
	f.p.Steps, f.inputs, f.args, f.arguments = f.p.Steps[:0], f.inputs[:0], f.args[:0], 0
	for n := len(f.chain) - 1; n >= 0; n-- {
		f.addStep(f.chain[n], n == len(f.chain)-1)
	}
	call := f.g.calls[f.g.CallOf(last)]
	call.Program = f.program(f.p)
	f.w.add(f.w.b.Call(call), f.args)
}

// addStep adds task i to the program. The references of the first step all become inputs of the fused task; in later
// ones an output is that of the step before.
func (f *fuser) addStep(i Index, first bool) {
	call, args := f.g.Task(i, nil)
	start, inList := len(f.inputs), 0
	for _, r := range args {
		switch {
		case inList > 0: // belongs to an argument that is counted already
			f.args = append(f.args, r)
			inList--
		case !first && r.Kind() == RefOutput:
			f.inputs = append(f.inputs, Previous)
		default:
			f.args = append(f.args, r)
			f.inputs = append(f.inputs, f.arguments)
			f.arguments++
			if r.Kind() == RefList {
				inList = r.Count()
			}
		}
	}
	f.p.Steps = append(f.p.Steps, Step{Call: call, Inputs: f.inputs[start:]})
}

// program returns the number of a program, adding a copy of it when it is new.
func (f *fuser) program(p Program) uint32 {
	f.content = p.content(f.content[:0])
	n, ok := f.programs[string(f.content)]
	if !ok {
		steps := slices.Clone(p.Steps)
		for k := range steps {
			steps[k].Inputs = slices.Clone(steps[k].Inputs)
		}
		n = f.w.b.Program(Program{Steps: steps})
		f.programs[string(f.content)] = n
	}
	return n
}

// content appends bytes that are the same for equal programs only.
func (p Program) content(to []byte) []byte {
	for _, s := range p.Steps {
		to = binary.AppendUvarint(to, uint64(s.Call))
		to = binary.AppendUvarint(to, uint64(len(s.Inputs)))
		for _, in := range s.Inputs {
			to = binary.AppendVarint(to, int64(in))
		}
	}
	return to
}
