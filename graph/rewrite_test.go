package graph

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestCullKeepsTheWantedTasksAndTheirAncestorsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		g, to := m.g.Cull(m.wants...)
		m.check(t, g, to)
		needed := make([]bool, m.g.Len())
		for _, i := range m.wants {
			needed[i] = true
		}
		kept := 0
		for i := len(needed) - 1; i >= 0; i-- {
			if needed[i] {
				kept++
				for _, n := range m.needs[i] {
					needed[n] = true
				}
			}
			if _, ok := to.To(Index(i)); ok != needed[i] {
				t.Fatalf("task %d: kept %v, needed %v", i, ok, needed[i])
			}
		}
		if g.Len() != kept {
			t.Fatalf("%d tasks are left, and %d are needed", g.Len(), kept)
		}
		again, same := g.Cull(mapped(to, m.wants)...)
		if again != g || same.kept != nil {
			t.Fatal("a second Cull changed the graph")
		}
	})
}

func mapped(to Renumbering, wants []Index) (now []Index) {
	for _, i := range wants {
		n, _ := to.To(i)
		now = append(now, n)
	}
	return now
}

func TestFuseKeepsTheMeaning(t *testing.T) {
	fused := 0
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		g, to := m.g.Fuse(m.wants...)
		m.check(t, g, to)
		for i := range m.keys {
			if _, ok := to.To(i); !ok {
				t.Fatalf("task %d has a key and is gone", i)
			}
		}
		fused += m.g.Len() - g.Len()
	})
	if fused == 0 {
		t.Error("no random graph had anything to fuse: the test shows nothing")
	}
}

func TestOrderKeepsTheMeaning(t *testing.T) {
	moved := 0
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		g, to := m.g.Order(m.wants...)
		m.check(t, g, to)
		if g.Len() != m.g.Len() {
			t.Fatalf("%d tasks of %d", g.Len(), m.g.Len())
		}
		moved += len(to.moves)
	})
	if moved == 0 {
		t.Error("no random graph was reordered: the test shows nothing")
	}
}

func TestAllPassesTogetherKeepTheMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawModel(t)
		culled, first := m.g.Cull(m.wants...)
		wants := mapped(first, m.wants)
		fused, second := culled.Fuse(wants...)
		wants = mapped(second, wants)
		ordered, third := fused.Order(wants...)
		wants = mapped(third, wants)
		if err := ordered.Validate(); err != nil {
			t.Fatal(err)
		}
		values := evaluate(t, ordered)
		for n, i := range m.wants {
			if got, want := hash(values[wants[n]]), hash(m.values[i]); got != want {
				t.Fatalf("task %d has other values after all passes", i)
			}
		}
	})
}

// grid is an affine layer that makes 8 × 8 blocks, one that reads every second row of it, and one that sums pairs.
func grid(t testing.TB) *Graph {
	b := oneOp()
	col := b.Literal(make(ints, 64))
	spare := b.Literal("nobody takes this")
	b.External(External{Submission: 1})
	ext := b.External(External{Submission: 2})
	b.Affine(Affine{Space: []uint32{8, 8}, Args: []AffineArg{{Ref: ItemRef(col.Table(), 0), Map: Identity(8, 8)}}})
	b.Affine(Affine{Space: []uint32{4, 8}, Args: []AffineArg{
		{Ref: OutputRef(0, 0), Map: IndexMap{Coef: []int64{16, 1}}}, {Ref: ext}, {Ref: b.Literal("taken")},
	}})
	b.Affine(Affine{Space: []uint32{16}, Args: []AffineArg{
		{Ref: OutputRef(64, 0), Map: IndexMap{Coef: []int64{2}}}, {Ref: OutputRef(64, 0), Map: IndexMap{Offset: 1, Coef: []int64{2}}},
	}})
	b.Add(0, spare)
	return mustBuild(t, b)
}

func layerKinds(g *Graph) (kinds string) {
	for _, l := range g.layers {
		if l.aff != nil {
			kinds += "affine "
		} else {
			kinds += "explicit "
		}
	}
	return kinds
}

func indices(first, end int) (all []Index) {
	for i := first; i < end; i++ {
		all = append(all, Index(i))
	}
	return all
}

func TestCullKeepsAffineLayersThatAreNeededAsAWhole(t *testing.T) {
	for name, c := range map[string]struct {
		wants    []Index
		kinds    string
		tasks    int
		literals int
	}{
		"all sums":            {indices(96, 112), "explicit affine affine ", 32 + 32 + 16, 2}, // the rows not read are gone, and the map is affine again
		"the first layer":     {indices(0, 64), "affine ", 64, 1},
		"a part":              {[]Index{97}, "explicit ", 2 + 2 + 1, 2},
		"the second layer":    {indices(64, 96), "explicit affine ", 64, 2},
		"half the sums":       {indices(96, 104), "explicit ", 16 + 16 + 8, 2},
		"the last task":       {[]Index{112}, "explicit ", 1, 1},
		"nothing":             {nil, "", 0, 0},
		"all but one":         {append(indices(0, 64), indices(96, 112)...), "affine affine affine ", 112, 2},
		"a gap in the source": {append(indices(1, 64), indices(64, 96)...), "affine affine ", 96, 2},
	} {
		g, to := grid(t).Cull(c.wants...)
		if err := g.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if layerKinds(g) != c.kinds || g.Len() != c.tasks || g.Literals() != c.literals || len(g.Externals()) > 1 {
			t.Errorf("%s: %slayers, %d tasks, %d literals, %d externals; should be %slayers, %d tasks, %d literals",
				name, layerKinds(g), g.Len(), g.Literals(), len(g.Externals()), c.kinds, c.tasks, c.literals)
		}
		for _, i := range c.wants {
			if _, ok := to.To(i); !ok {
				t.Errorf("%s: task %d is gone", name, i)
			}
		}
	}
}

func TestAWantThatIsNoTaskPanics(t *testing.T) {
	g := grid(t)
	for name, pass := range map[string]func(...Index) (*Graph, Renumbering){"Cull": g.Cull, "Fuse": g.Fuse, "Order": g.Order} {
		func() {
			defer func() {
				if got := recover(); got != "graph: task 113 is wanted of a graph of 113 tasks" {
					t.Errorf("%s: %v", name, got)
				}
			}()
			pass(113)
		}()
	}
}

func TestFuseJoinsWhatItMayAndNothingElse(t *testing.T) {
	out := func(i Index) Ref { return OutputRef(i, 0) }
	for name, c := range map[string]struct {
		write func(b *Builder)
		left  int // of the tasks
	}{
		"a chain":                      {func(b *Builder) { b.Add(0); b.Add(0, out(0)); b.Add(0, out(1)) }, 1},
		"a chain with literals":        {func(b *Builder) { b.Add(0); b.Add(0, b.Literal(1), out(0), ListRef(1), LiteralRef(0)) }, 1},
		"an input taken twice":         {func(b *Builder) { b.Add(0); b.Add(0, out(0), out(0)) }, 1},
		"two takers":                   {func(b *Builder) { b.Add(0); b.Add(0, out(0)); b.Add(0, out(0)) }, 3},
		"two inputs":                   {func(b *Builder) { b.Add(0); b.Add(0); b.Add(0, out(0), out(1)) }, 3},
		"an input of an earlier graph": {func(b *Builder) { b.Add(0); b.Add(0, out(0), b.External(External{})) }, 2},
		"a head with such an input":    {func(b *Builder) { b.Add(0, b.External(External{})); b.Add(0, out(0)) }, 1},
		"an input in a list":           {func(b *Builder) { b.Add(0); b.Add(0, ListRef(1), out(0)) }, 2},
		"a key in the middle":          {func(b *Builder) { b.Add(0); b.Add(0, out(0)); b.Key(0, "kept") }, 2},
		"a key at the end":             {func(b *Builder) { b.Add(0); b.Add(0, out(0)); b.Key(1, "kept") }, 1},
		"a want in the middle":         {func(b *Builder) { b.Add(0); b.Add(0, out(0)); b.Add(0) }, 2 + 1}, // 0 is wanted below
		"taken by an affine layer": {func(b *Builder) {
			b.Add(0)
			b.Affine(Affine{Space: []uint32{1}, Args: []AffineArg{{out(0), Identity(1)}}})
		}, 2},
		"of an affine layer":     {func(b *Builder) { b.Affine(Affine{Space: []uint32{1}}); b.Add(0, out(0)) }, 2},
		"several outputs before": {func(b *Builder) { b.Add(b.Call(Call{Op: b.Op(Op{Name: "go/g", Outputs: 2})})); b.Add(0, out(0)) }, 2},
		"several outputs after":  {func(b *Builder) { b.Add(0); b.Add(b.Call(Call{Op: b.Op(Op{Name: "go/g", Outputs: 2})}), out(0)) }, 1},
		"equal traits":           {withTraits(Traits{}), 1},
		"another priority":       {withTraits(Traits{Priority: 1}), 2},
		"another need":           {withTraits(Traits{Needs: Needs{Named: []Named{{"disk", 1}}}}), 2},
		"impure after pure":      {withTraits(Traits{Impure: true}), 2},
		"impure":                 {withBothTraits(Traits{Impure: true}), 1},
		"expected bytes":         {withBothTraits(Traits{Hints: Hints{Bytes: 9}}), 1},
		"retries":                {withBothTraits(Traits{Retries: 1}), 2},
		"a limit":                {withBothTraits(Traits{Limit: 1}), 2},
		"isolated":               {withBothTraits(Traits{Isolated: true}), 2},
		"an actor":               {withBothTraits(Traits{Lifetime: LifetimeActor}), 2},
		"expected seconds":       {withBothTraits(Traits{Hints: Hints{Seconds: 1}}), 2},
	} {
		b := oneOp()
		c.write(b)
		g := mustBuild(t, b)
		wants := []Index{Index(g.Len() - 1)}
		if name == "a want in the middle" {
			wants = append(wants, 0)
		}
		fused, to := g.Fuse(wants...)
		if err := fused.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := to.To(wants[0]); fused.Len() != c.left || !ok {
			t.Errorf("%s: %d tasks are left, and %d should be", name, fused.Len(), c.left)
		}
		if again, _ := fused.Fuse(wants[:0]...); name == "a chain" && again != fused {
			t.Errorf("%s: a fused graph was fused again", name)
		}
	}
}

func withTraits(t Traits) func(*Builder) {
	return func(b *Builder) {
		b.Add(0)
		b.Add(b.Call(Call{Traits: b.Traits(t)}), OutputRef(0, 0))
	}
}

func withBothTraits(t Traits) func(*Builder) {
	return func(b *Builder) {
		call := b.Call(Call{Traits: b.Traits(t)})
		b.Add(call)
		b.Add(call, OutputRef(0, 0))
	}
}

func TestALayerWithoutTasksMayNameAnything(t *testing.T) {
	b := oneOp()
	b.Add(0)
	b.Add(0, OutputRef(0, 0))
	empty := []uint32{0}
	b.Affine(Affine{Space: empty, Args: []AffineArg{{OutputRef(999, 0), Identity(0)}, {ItemRef(999, 0), Identity(0)}}})
	b.Add(0)
	g := mustBuild(t, b)
	for name, pass := range map[string]func(...Index) (*Graph, Renumbering){"Cull": g.Cull, "Fuse": g.Fuse, "Order": g.Order} {
		after, to := pass(1)
		if now, ok := to.To(1); !ok || after.Validate() != nil || int(now) >= after.Len() {
			t.Errorf("%s: task 1 is %d of %d; %v", name, now, after.Len(), after.Validate())
		}
	}
}

func TestFuseSharesProgramsAndNamesThem(t *testing.T) {
	b := oneOp()
	second := b.Call(Call{Op: b.Op(Op{Name: "go/g"})})
	var wants []Index
	for n := range 10 {
		i := b.Add(0, b.Literal(n))
		wants = append(wants, b.Add(second, b.Literal(n), OutputRef(i, 0)))
	}
	g, to := mustBuild(t, b).Fuse(wants...)
	if len(g.Programs()) != 1 || g.Len() != 10 {
		t.Fatalf("%d programs and %d tasks for ten equal chains", len(g.Programs()), g.Len())
	}
	i, _ := to.To(wants[3])
	call, refs := g.Task(i, nil)
	c := g.Calls()[call]
	if g.Name(i) != "f→g#3" || g.Ops()[c.Op].Name != "go/g" || len(refs) != 2 || g.Literal(refs[1].Table()).Live != 3 {
		t.Errorf("task %s calls %v with %v", g.Name(i), c, refs)
	}
	if want := []Step{{0, []int32{0}}, {second, []int32{1, Previous}}}; !reflect.DeepEqual(g.Programs()[0].Steps, want) {
		t.Errorf("the program is %v", g.Programs()[0].Steps)
	}
}
