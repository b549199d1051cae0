package graph

import (
	"runtime"
	"strings"
	"testing"
)

func TestASiteIsALineInAndOutOfTheProcess(t *testing.T) {
	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	b := oneOp()
	b.Add(b.Call(Call{Site: b.Site(pcs[0])}))
	b.Add(b.Call(Call{Site: b.Site(0)}))
	g := mustBuild(t, b)
	here := g.SiteOf(0).String()
	if !strings.HasPrefix(here, "graph_test.go:1") || g.SiteOf(1).String() != "" {
		t.Fatalf("the lines are %q and %q", here, g.SiteOf(1))
	}
	back, err := Decode(mustEncode(t, g))
	if err != nil {
		t.Fatal(err)
	}
	if s := back.SiteOf(0); s.String() != here || s.PC != 0 || back.SiteOf(1).String() != "" {
		t.Errorf("%+v came back, and %s went", s, here)
	}
}

func TestAGraphIsIndependentUnlessATaskTakesAnOutput(t *testing.T) {
	for name, c := range map[string]struct {
		write func(b *Builder)
		want  bool
	}{
		"nothing":           {func(b *Builder) {}, true},
		"literals":          {func(b *Builder) { b.Add(0, b.Literal(1)) }, true},
		"a task that takes": {func(b *Builder) { b.Add(0); b.Add(0, OutputRef(0, 0)) }, false},
		"a layer of items": {func(b *Builder) {
			b.Affine(Affine{Space: []uint32{2}, Args: []AffineArg{{ItemRef(b.Literal(columns[0]).Table(), 0), Identity(2)}}})
		}, true},
		"a layer that takes": {func(b *Builder) {
			b.Add(0)
			b.Affine(Affine{Space: []uint32{1}, Args: []AffineArg{{OutputRef(0, 0), Identity(1)}}})
		}, false},
	} {
		b := oneOp()
		c.write(b)
		if got := mustBuild(t, b).Independent(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
