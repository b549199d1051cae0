package plan_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/plan"
)

// The streams of these tests are slices of numbers, and partial results are sums.

var rows = &plan.Rows{Gather: func(_ context.Context, in any, limit int64) (any, error) {
	s := in.([]int)
	if limit >= 0 {
		s = s[:min(int(limit), len(s))]
	}
	return s, nil
}}

func verb(name, fn string) plan.Verb {
	return plan.Verb{Kind: "test", Name: name, Func: fn, Elem: "int", Rows: rows}
}

type parts []int

func (p parts) Len() int             { return len(p) }
func (p parts) At(i int) any         { return p[i] }
func (p parts) Bytes() (int64, bool) { return 0, false }

// source has a partition for each number, of that many elements.
func source(sizes ...int) *plan.Node {
	return plan.From(verb("Source", ""), plan.Source{
		Parts: func() (plan.Parts, error) { return parts(sizes), nil },
		Open: func(_ context.Context, part any) (any, error) {
			if part.(int) < 0 {
				return nil, errors.New("a negative part")
			}
			return slices.Repeat([]int{1}, part.(int)), nil
		},
	})
}

func double(n *plan.Node) *plan.Node {
	return n.Narrow(verb("Double", "f.double"), func(in any) any { return slices.Concat(in.([]int), in.([]int)) })
}

func sum(n *plan.Node, fanIn int) *plan.Node {
	return n.Reduce(plan.Verb{Kind: "test", Name: "Sum", Detail: "exact", Elem: "int", Rows: rows}, plan.Reduction{
		FanIn: fanIn,
		Fold: func(_ context.Context, in any) (any, error) {
			total := 0
			for _, x := range in.([]int) {
				total += x
			}
			return total, nil
		},
		Merge: func(_ context.Context, partials []any) (any, error) {
			total := 0
			for _, p := range partials {
				total += p.(int)
			}
			return total, nil
		},
		Finish: func(_ context.Context, partial any) (any, error) { return []int{partial.(int)}, nil },
	})
}

func fused(t *testing.T, n *plan.Node) *plan.Pipeline {
	t.Helper()
	p, err := plan.Fuse(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// written returns the graph of a pipeline as text, a line for each task: its stage and what it takes.
func written(t *testing.T, p *plan.Pipeline, first, count int) (string, []graph.Index, *graph.Graph) {
	t.Helper()
	have, err := p.Parts()
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewBuilder()
	traits := b.Traits(graph.Traits{})
	calls := map[int]uint32{}
	wants := p.Write(plan.Writing{Graph: b, Parts: have, First: first, Count: count, Task: func(n int) (uint32, []graph.Ref) {
		if _, ok := calls[n]; !ok {
			calls[n] = b.Call(graph.Call{Op: b.Op(graph.Op{Name: fmt.Sprint(n, ":", p.Stage(n).Name()), Outputs: 1}), Traits: traits, Site: b.Site(0)})
		}
		return calls[n], nil
	}})
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for i := range g.Len() {
		call, args := g.Task(graph.Index(i), nil)
		fmt.Fprintf(&s, "%d %s", i, g.CallName(call))
		for _, r := range args {
			switch r.Kind() {
			case graph.RefItem:
				fmt.Fprintf(&s, " part %d", r.Item())
			case graph.RefOutput:
				fmt.Fprintf(&s, " %d", r.Task())
			}
		}
		s.WriteString("\n")
	}
	return s.String(), wants, g
}

// run runs the graph of a pipeline, task after task.
func run(t *testing.T, p *plan.Pipeline, limit int64) []any {
	t.Helper()
	have, err := p.Parts()
	if err != nil {
		t.Fatal(err)
	}
	_, wants, g := written(t, p, 0, have.Len())
	results := make([]any, g.Len())
	for i := range g.Len() {
		call, args := g.Task(graph.Index(i), nil)
		var stage int
		fmt.Sscanf(g.CallName(call), "%d:", &stage)
		var in any
		var partials []any
		for _, r := range args {
			switch r.Kind() {
			case graph.RefItem:
				in = have.At(int(r.Item()))
			case graph.RefOutput:
				partials = append(partials, results[r.Task()])
			}
		}
		if p.Stage(stage).Merges() {
			in = partials
		}
		if results[i], err = p.Stage(stage).Run(t.Context(), in, limit); err != nil {
			t.Fatal(err)
		}
	}
	var out []any
	for _, w := range wants {
		out = append(out, results[w])
	}
	return out
}

func TestNarrowVerbsAreOneTaskForEachPartition(t *testing.T) {
	p := fused(t, double(double(source(1, 2, 3, 4))))
	got, wants, _ := written(t, p, 1, 2)
	if want := "0 0:source+double+double part 1\n1 0:source+double+double part 2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if !slices.Equal(wants, []graph.Index{0, 1}) {
		t.Errorf("the partitions are the results of %v", wants)
	}
	if p.Partitions(4) != 4 {
		t.Errorf("%d partitions, want 4", p.Partitions(4))
	}
	if got := fmt.Sprint(run(t, p, 3)); got != "[[1 1 1] [1 1 1] [1 1 1] [1 1 1]]" {
		t.Errorf("at most three elements of each partition: got %s", got)
	}
}

func TestPartialResultsAreMergedAsSoonAsTheyFillALevel(t *testing.T) {
	p := fused(t, double(sum(source(1, 1, 1, 1, 1, 1, 1), 2)))
	got, wants, _ := written(t, p, 0, 7)
	want := `0 0:source+sum part 0
1 0:source+sum part 1
2 0:source+sum part 2
3 1:merge 0 1
4 0:source+sum part 3
5 0:source+sum part 4
6 1:merge 2 4
7 0:source+sum part 5
8 0:source+sum part 6
9 1:merge 5 7
10 1:merge 3 6
11 2:sum+double 10 9 8
`
	if got != want || !slices.Equal(wants, []graph.Index{11}) {
		t.Errorf("got\n%swant\n%s, and partitions %v", got, want, wants)
	}
	if got := fmt.Sprint(run(t, p, -1)); got != "[[7 7]]" {
		t.Errorf("got %s", got)
	}
}

func TestTreesOfAnyWidthMergeEverythingOnce(t *testing.T) {
	for _, fanIn := range []int{2, 3, 8} {
		for n := 1; n < 200; n++ {
			p := fused(t, sum(source(slices.Repeat([]int{3}, n)...), fanIn))
			if got, want := fmt.Sprint(run(t, p, -1)), fmt.Sprintf("[[%d]]", 3*n); got != want {
				t.Fatalf("%d partitions, %d a merge: got %s, want %s", n, fanIn, got, want)
			}
			if _, _, g := written(t, p, 0, n); n <= fanIn && g.Len() != n+1 {
				t.Errorf("%d partitions, %d a merge: %d tasks, want %d", n, fanIn, g.Len(), n+1)
			}
		}
	}
}

func TestReductionsFollowEachOther(t *testing.T) {
	p := fused(t, double(sum(double(sum(source(2, 3, 4), 2)), 2)))
	if got := fmt.Sprint(run(t, p, -1)); got != "[[18 18]]" {
		t.Errorf("got %s", got)
	}
	got, _, _ := written(t, p, 0, 3)
	if want := "4 2:sum+double+sum 3 2\n5 4:sum+double 4\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got\n%swant at the end\n%s", got, want)
	}
}

func TestTheShapeIsWhatDecidesWhatTheStagesDo(t *testing.T) {
	a := fused(t, double(sum(source(1), 2)))
	if got, want := a.Shape(), "Source(): int → Double(f.double): int"; got == want {
		t.Errorf("the shape %q misses a verb", got)
	}
	if got, want := a.Shape(), "Source(): int → Sum(exact): int → Double(f.double): int"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if b := fused(t, double(sum(source(4, 5), 2)).Within(&plan.Origin{})); a.Digest() != b.Digest() {
		t.Error("what the source holds, and which plan built it, changes the digest")
	}
	if b := fused(t, sum(double(source(1)), 2)); a.Digest() == b.Digest() {
		t.Error("the order of the verbs does not change the digest")
	}
}

func TestTheOutermostPlanIsTheOrigin(t *testing.T) {
	inner, outer := &plan.Origin{Name: "inner"}, &plan.Origin{Name: "outer"}
	n := double(source(1).Within(inner))
	if p := fused(t, n); p.Origin() != nil || p.Bare() == nil || p.Bare().Name != "Double" {
		t.Errorf("with a verb outside: origin %v, bare %v", p.Origin(), p.Bare())
	}
	if p := fused(t, n.Within(outer)); p.Origin() != outer || p.Bare() != nil {
		t.Errorf("with all inside: origin %v, bare %v", p.Origin(), p.Bare())
	}
	if p := fused(t, sum(source(1), 2)); p.Bare() == nil || p.Bare().Name != "Source" {
		t.Errorf("without functions: bare %v", p.Bare())
	}
}

func TestTheFirstErrorStays(t *testing.T) {
	first := errors.New("first")
	n := plan.Broken(verb("Source", ""), first)
	for _, n := range []*plan.Node{n, double(n), sum(n, 2), n.Within(&plan.Origin{}), n.Fail(verb("Other", ""), errors.New("second"))} {
		if n.Err() != first {
			t.Errorf("got %v, want the first error", n.Err())
		}
		if _, err := plan.Fuse(n); err != first {
			t.Errorf("Fuse: got %v, want the first error", err)
		}
	}
	var none *plan.Node
	for _, n := range []*plan.Node{double(none), sum(none, 2), none.Fail(verb("Double", ""), first), none.Within(nil)} {
		if err := n.Err(); err == nil || !strings.Contains(err.Error(), "nil or its zero value") {
			t.Errorf("got %v", err)
		}
	}
	if err := double(none).Err(); !strings.HasPrefix(err.Error(), "test.Double: ") {
		t.Errorf("%q does not name the verb", err)
	}
}

func TestErrorsOfASourceEndTheStage(t *testing.T) {
	if _, err := fused(t, double(source(-1))).Stage(0).Run(t.Context(), -1, -1); err == nil {
		t.Error("no error")
	}
}

func TestCheckNamesTheVerb(t *testing.T) {
	no := errors.New("it cannot")
	n := plan.From(verb("Source", ""), plan.Source{Check: func() error { return nil }})
	n = n.Reduce(verb("Sum", ""), plan.Reduction{FanIn: 2, Check: func() error { return no }})
	last := verb("Double", "f")
	last.Rows = &plan.Rows{}
	if v, err := fused(t, n.Narrow(last, same)).Check(); v == nil || v.Name != "Sum" || err != no {
		t.Errorf("got %v, %v", v, err)
	}
	last.Rows = &plan.Rows{Check: func() error { return no }}
	v, err := fused(t, plan.From(verb("Source", ""), plan.Source{}).Narrow(last, same)).Check()
	if v == nil || v.Name != "Double" || err != no {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestUnqualifiedNamesHaveNoPaths(t *testing.T) {
	for name, want := range map[string]string{
		"int":                                    "int",
		"example.org/a/bag.Count[b.org/c.T]":     "bag.Count[c.T]",
		"map[string]*a.org/b/c.D":                "map[string]*c.D",
		"func(a/b.C, []d/e.F) (g/h.I, error)":    "func(b.C, []e.F) (h.I, error)",
		"example.org/a.init.func1":               "a.init.func1",
		"a.org/b.F[...].func2":                   "b.F[...].func2",
		"a.org/b.(*T).Method-fm":                 "b.(*T).Method-fm",
		"struct { A a.org/x.Y; B chan<- c/d.E }": "struct { A x.Y; B chan<- d.E }",
	} {
		if got := plan.Unqualified(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

type sized struct{}

func (sized) Bytes() int64 { return 5 }

func TestSize(t *testing.T) {
	for _, k := range []struct {
		v  any
		n  int64
		ok bool
	}{{sized{}, 5, true}, {[]string{"ab", "c"}, 35, true}, {[]float64{1, 2}, 16, true}, {map[string]int{}, 0, false}} {
		if n, ok := plan.Size(k.v); n != k.n || ok != k.ok {
			t.Errorf("%T: got %d, %v, want %d, %v", k.v, n, ok, k.n, k.ok)
		}
	}
}

func same(in any) any { return in }
