package graph

import (
	"fmt"
	"hash/fnv"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A model is a random graph twice: as a Graph, and as the values its tasks must have. The values are found while the
// graph is written down, by plain loops over the points of a layer, and never from the graph.
type model struct {
	g      *Graph
	values [][]uint64 // by task and output
	needs  [][]Index  // by task: the tasks it takes outputs of
	keys   map[Index]string
	wants  []Index
}

// opNames are the ops of a model; an op's outputs are in its place of opOutputs.
var (
	opNames   = []string{"go/inc", "go/split", "num/add", "go/far"}
	opOutputs = []uint16{1, 2, 1, 3}
	columns   = []ints{{5, 6, 7, 8, 9, 10, 11, 12}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}}
)

// ints is a live column.
type ints []int

func (c ints) Len() int     { return len(c) }
func (c ints) At(i int) any { return c[i] }

// hash is what an op makes of its arguments.
func hash(parts ...any) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		fmt.Fprintf(h, "%v|", p)
	}
	return h.Sum64()
}

func outputs(op uint32, args []uint64) (vs []uint64) {
	for n := range opOutputs[op] {
		vs = append(vs, hash("output", n, opNames[op], args))
	}
	return vs
}

// modelExternal is external n of every model: outputs and lists.
func modelExternal(n int) External {
	return External{Submission: 7, Task: Index(n), Output: uint16(n), List: n%2 == 1, Count: uint32(n % 2 * n)}
}

func externalValue(e External) uint64 {
	return hash("external", e.Submission, e.Task, e.Output, e.List, e.Count)
}

// evaluate runs the graph task by task in index order.
func evaluate(t rapid.TB, g *Graph) [][]uint64 {
	values := make([][]uint64, g.Len())
	for i := range values {
		call, refs := g.Task(Index(i), nil)
		args := evaluateArgs(t, g, values[:i], refs)
		c := g.Calls()[call]
		if c.Program == 0 {
			values[i] = runOp(g, c.Op, args)
			continue
		}
		for _, s := range g.Programs()[c.Program-1].Steps {
			var own []uint64
			for _, in := range s.Inputs {
				if in == Previous {
					own = append(own, values[i][0])
				} else {
					own = append(own, args[in])
				}
			}
			values[i] = runOp(g, g.Calls()[s.Call].Op, own)
		}
	}
	return values
}

func runOp(g *Graph, op uint32, args []uint64) []uint64 {
	return outputs(uint32(slices.Index(opNames, g.Ops()[op].Name)), args)
}

func evaluateArgs(t rapid.TB, g *Graph, values [][]uint64, refs []Ref) (args []uint64) {
	var list []uint64
	open := -1
	for _, r := range refs {
		var v uint64
		switch r.Kind() {
		case RefList:
			open, list = r.Count(), nil
		case RefOutput:
			v = values[r.Task()][r.Output()]
		case RefLiteral:
			v = literalValue(g.Literal(r.Table()), 0)
		case RefItem:
			v = literalValue(g.Literal(r.Table()), int(r.Item()))
		case RefExternal:
			v = externalValue(g.Externals()[r.Table()])
		default:
			t.Fatalf("unexpected reference %v", r)
		}
		switch {
		case r.Kind() == RefList:
		case open > 0:
			list = append(list, v)
			open--
		default:
			args = append(args, v)
		}
		if open == 0 {
			args = append(args, hash("list", list))
			open = -1
		}
	}
	return args
}

func literalValue(l Literal, item int) uint64 {
	if l.Encoded != nil {
		return hash("literal", string(l.Encoded.Items[item]))
	}
	if c, ok := l.Live.(Column); ok {
		return hash("literal", c.At(item))
	}
	return hash("literal", l.Live)
}

// modeller writes a model down.
type modeller struct {
	*rapid.T
	b     *Builder
	calls []uint32
	ops   []uint32 // by call
	lits  []Ref
	cols  []Ref
	exts  []Ref
	m     *model
}

// drawModel draws a graph of explicit tasks and affine layers, with chains, lists, keys and wants.
func drawModel(t *rapid.T) *model {
	w := &modeller{T: t, b: NewBuilder(), m: &model{keys: map[Index]string{}}}
	for n, name := range opNames {
		w.b.Op(Op{Name: name, Outputs: opOutputs[n]})
	}
	w.b.Traits(Traits{})
	w.b.Traits(Traits{}) // equal to the first
	w.b.Traits(Traits{Retries: 2, Hints: Hints{Bytes: 100}})
	for n := range 3 {
		w.b.AddSite(Site{File: "model.go", Line: n})
	}
	for range 6 {
		op := rapid.Uint32Range(0, 3).Draw(t, "op")
		traits := rapid.Uint32Range(0, 2).Draw(t, "traits")
		call := w.b.Call(Call{Op: op, Traits: traits, Site: rapid.Uint32Range(0, 2).Draw(t, "site")})
		w.calls, w.ops = append(w.calls, call), append(w.ops, op)
	}
	for n := range 3 {
		w.lits = append(w.lits, w.b.Literal(100+n))
		w.exts = append(w.exts, w.b.External(modelExternal(n)))
	}
	for _, c := range columns {
		w.cols = append(w.cols, w.b.Literal(c))
	}
	for range rapid.IntRange(0, 8).Draw(t, "parts") {
		switch rapid.IntRange(0, 2).Draw(t, "part") {
		case 0:
			w.affine()
		case 1:
			w.chain()
		default:
			for range rapid.IntRange(1, 6).Draw(t, "tasks") {
				w.explicit()
			}
		}
	}
	var err error
	if w.m.g, err = w.b.Build(); err != nil {
		t.Fatalf("a graph without mistakes: %v", err)
	}
	if n := w.m.g.Len(); n > 0 {
		for range rapid.IntRange(0, 4).Draw(t, "wants") {
			w.m.wants = append(w.m.wants, Index(rapid.IntRange(0, n-1).Draw(t, "want")))
		}
	}
	return w.m
}

// call draws one of the calls.
func (w *modeller) call() (call, op uint32) {
	n := rapid.IntRange(0, len(w.calls)-1).Draw(w.T, "call")
	return w.calls[n], w.ops[n]
}

// input draws a reference that is no list, with its value.
func (w *modeller) input(needs *[]Index) (Ref, uint64) {
	switch rapid.IntRange(0, 5).Draw(w.T, "kind") {
	case 0:
		n := rapid.IntRange(0, 2).Draw(w.T, "literal")
		return w.lits[n], hash("literal", 100+n)
	case 1:
		n := rapid.IntRange(0, 1).Draw(w.T, "column")
		i := rapid.IntRange(0, len(columns[n])-1).Draw(w.T, "item")
		return ItemRef(w.cols[n].Table(), uint32(i)), hash("literal", columns[n][i])
	case 2:
		n := rapid.IntRange(0, 2).Draw(w.T, "external")
		return w.exts[n], externalValue(modelExternal(n))
	}
	if w.b.Len() == 0 {
		return w.lits[0], hash("literal", 100)
	}
	task := rapid.IntRange(max(0, w.b.Len()-9), w.b.Len()-1).Draw(w.T, "task")
	out := rapid.IntRange(0, len(w.m.values[task])-1).Draw(w.T, "output")
	*needs = append(*needs, Index(task))
	return OutputRef(Index(task), uint16(out)), w.m.values[task][out]
}

func (w *modeller) explicit() {
	call, op := w.call()
	var refs []Ref
	var args []uint64
	var needs []Index
	for range rapid.IntRange(0, 3).Draw(w.T, "arguments") {
		if rapid.IntRange(0, 4).Draw(w.T, "listed") > 0 {
			r, v := w.input(&needs)
			refs, args = append(refs, r), append(args, v)
			continue
		}
		n := rapid.IntRange(0, 3).Draw(w.T, "length")
		refs = append(refs, ListRef(uint32(n)))
		var list []uint64
		for range n {
			r, v := w.input(&needs)
			refs, list = append(refs, r), append(list, v)
		}
		args = append(args, hash("list", list))
	}
	i := w.b.Add(call, refs...)
	w.put(op, args, needs)
	if rapid.IntRange(0, 9).Draw(w.T, "keyed") == 0 {
		w.m.keys[i] = fmt.Sprintf("key %d", i)
		w.b.Key(i, w.m.keys[i])
	}
}

// chain writes what fusion looks for: tasks that each take the one before and a literal.
func (w *modeller) chain() {
	for range rapid.IntRange(2, 8).Draw(w.T, "links") {
		call, op := w.call()
		var refs []Ref
		var args []uint64
		var needs []Index
		if n := w.b.Len(); n > 0 {
			refs, args, needs = append(refs, OutputRef(Index(n-1), 0)), append(args, w.m.values[n-1][0]), append(needs, Index(n-1))
		}
		refs, args = append(refs, ListRef(2), w.lits[1], w.lits[0]), append(args, hash("list", []uint64{hash("literal", 101), hash("literal", 100)}))
		w.b.Add(call, refs...)
		w.put(op, args, needs)
	}
}

func (w *modeller) put(op uint32, args []uint64, needs []Index) {
	w.m.values = append(w.m.values, outputs(op, args))
	w.m.needs = append(w.m.needs, needs)
}

// affine writes a layer over a small space. Its maps are drawn so that what they reach exists.
func (w *modeller) affine() {
	call, op := w.call()
	space := rapid.SliceOfN(rapid.Uint32Range(0, 4), 1, 3).Draw(w.T, "space")
	a := Affine{Call: call, Space: space}
	var sources []func(point []int) (uint64, []Index)
	before := w.b.Len()
	for range rapid.IntRange(0, 3).Draw(w.T, "arguments") {
		coef := rapid.SliceOfN(rapid.Int64Range(-2, 5), len(space), len(space)).Draw(w.T, "coefficients")
		low, high := reachOf(space, coef)
		value := func(point []int) int {
			v := 0
			for d, x := range point {
				v += int(coef[d]) * x
			}
			return v
		}
		column := rapid.IntRange(0, 1).Draw(w.T, "column")
		switch kind := rapid.IntRange(0, 3).Draw(w.T, "kind"); {
		case kind == 0 && high-low < len(columns[column]):
			offset := rapid.IntRange(-low, len(columns[column])-1-high).Draw(w.T, "offset")
			a.Args = append(a.Args, AffineArg{ItemRef(w.cols[column].Table(), 0), IndexMap{int64(offset), coef}})
			sources = append(sources, func(point []int) (uint64, []Index) {
				return hash("literal", columns[column][offset+value(point)]), nil
			})
		case kind > 1 && high-low < before:
			offset := rapid.IntRange(-low, before-1-high).Draw(w.T, "offset")
			base := rapid.IntRange(0, before-1).Draw(w.T, "base")
			a.Args = append(a.Args, AffineArg{OutputRef(Index(base), 0), IndexMap{int64(offset - base), coef}})
			sources = append(sources, func(point []int) (uint64, []Index) {
				from := offset + value(point)
				return w.m.values[from][0], []Index{Index(from)}
			})
		default:
			a.Args = append(a.Args, AffineArg{Ref: w.exts[1]})
			sources = append(sources, func([]int) (uint64, []Index) { return externalValue(modelExternal(1)), nil })
		}
	}
	w.b.Affine(a)
	eachPoint(space, func(point []int) {
		var args []uint64
		var needs []Index
		for _, source := range sources {
			v, from := source(point)
			args, needs = append(args, v), append(needs, from...)
		}
		w.put(op, args, needs)
	})
}

// reachOf tries every point.
func reachOf(space []uint32, coef []int64) (low, high int) {
	eachPoint(space, func(point []int) {
		v := 0
		for d, x := range point {
			v += int(coef[d]) * x
		}
		low, high = min(low, v), max(high, v)
	})
	return low, high
}

// eachPoint calls f for every point of the space in row-major order.
func eachPoint(space []uint32, f func(point []int)) {
	var walk func(point []int)
	walk = func(point []int) {
		if len(point) == len(space) {
			f(slices.Clone(point))
			return
		}
		for x := range int(space[len(point)]) {
			walk(append(point, x))
		}
	}
	walk(nil)
}

// check compares a graph made of the model's with the model: values, keys, validity.
func (m *model) check(t rapid.TB, g *Graph, to Renumbering) {
	t.Helper()
	if err := g.Validate(); err != nil {
		t.Fatalf("the new graph is not valid: %v", err)
	}
	values := evaluate(t, g)
	keys := 0
	for i, want := range m.values {
		n, ok := to.To(Index(i))
		if !ok {
			continue
		}
		if !slices.Equal(values[n], want) {
			t.Fatalf("task %d, now %d, has the values %x and should have %x", i, n, values[n], want)
		}
		if g.Key(n) != m.keys[Index(i)] {
			t.Fatalf("task %d, now %d, has the key %q and should have %q", i, n, g.Key(n), m.keys[Index(i)])
		}
		if g.Key(n) != "" {
			keys++
		}
	}
	if keys != len(g.Keys()) {
		t.Fatalf("%d keys, but only %d belong to tasks", len(g.Keys()), keys)
	}
	for _, i := range m.wants {
		if _, ok := to.To(i); !ok {
			t.Fatalf("task %d is wanted and gone", i)
		}
	}
}

func TestARandomGraphMeansWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		m.check(t, m.g, Renumbering{})
	})
}
