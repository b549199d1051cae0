package graph

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// pipeline loads, splits and sums; it has literals, a list, a key, and lines.
func pipeline(t testing.TB, loads int) *Graph {
	b := NewBuilder()
	b.Traits(Traits{})
	load := b.Call(Call{Op: b.Op(Op{Name: "go/load"}), Site: b.AddSite(Site{File: "/src/main.go", Line: 3})})
	split := b.Call(Call{Op: b.Op(Op{Name: "num/split", Outputs: 2})})
	sum := b.Call(Call{Op: b.Op(Op{Name: "go/sum"})})
	refs := []Ref{ListRef(uint32(2 * loads))}
	for n := range loads {
		i := b.Add(load, b.Literal("part <"+string(rune('a'+n%26))+">"), b.Literal(2.5), b.Literal(make([]byte, 99)))
		j := b.Add(split, OutputRef(i, 0))
		refs = append(refs, OutputRef(j, 0), OutputRef(j, 1))
	}
	i := b.Add(sum, refs...)
	i = b.Add(sum, OutputRef(i, 0), ListRef(0), b.Literal(nil))
	b.Key(i, `total "of" all`)
	return mustBuild(t, b)
}

func state(i Index) string {
	return []string{"done", "running", "failed", "waiting", "cancelled", "odd"}[i%6]
}

func draw(t testing.TB, g *Graph, o VisualizeOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Visualize(&b, g, o); err != nil {
		t.Fatal(err)
	}
	if o.Format == SVG {
		wellFormed(t, b.Bytes())
	}
	return b.Bytes()
}

func wellFormed(t testing.TB, data []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
	}
}

func TestPicturesAreTheGoldenOnes(t *testing.T) {
	empty := mustBuild(t, NewBuilder())
	for name, c := range map[string]struct {
		g *Graph
		o VisualizeOptions
	}{
		"empty":  {empty, VisualizeOptions{}},
		"tasks":  {pipeline(t, 3), VisualizeOptions{}},
		"states": {pipeline(t, 3), VisualizeOptions{States: state}},
		"ops":    {pipeline(t, 4999), VisualizeOptions{}},
		"opsof":  {pipeline(t, 20), VisualizeOptions{Limit: 10, States: state}},
	} {
		c.o.Format = DOT
		golden(t, name+".dot", draw(t, c.g, c.o))
		c.o.Format = SVG
		golden(t, name+".svg", draw(t, c.g, c.o))
	}
}

func TestAPictureSaysWhatItShows(t *testing.T) {
	for name, c := range map[string]struct {
		g    *Graph
		o    VisualizeOptions
		want []string
	}{
		"no tasks":        {mustBuild(t, NewBuilder()), VisualizeOptions{}, []string{"no tasks"}},
		"ops":             {pipeline(t, 4999), VisualizeOptions{}, []string{"showing 3 ops for 10,000 tasks", "load × 4,999", "num/split × 4,999", "sum × 2", "9,998 num/split", "1 sum"}},
		"states of ops":   {pipeline(t, 300), VisualizeOptions{States: state}, []string{"100 done, 100 failed, 100 cancelled"}},
		"tasks":           {pipeline(t, 1), VisualizeOptions{}, []string{"load#0", "main.go:3", "2.5", "[]uint8", "output 1 of num/split#1"}},
		"a limit of zero": {pipeline(t, 249), VisualizeOptions{}, []string{"load#0"}},
		"a limit passed":  {pipeline(t, 250), VisualizeOptions{}, []string{"showing 3 ops for 502 tasks"}},
		"a layer":         {grid(t), VisualizeOptions{Format: DOT}, []string{"f#112"}},
	} {
		for _, c.o.Format = range []Format{SVG, DOT} {
			picture := string(draw(t, c.g, c.o))
			for _, want := range c.want {
				if !strings.Contains(picture, want) {
					t.Errorf("%s: %q is not in\n%.2000s", name, want, picture)
				}
			}
		}
	}
}

func TestOpsThatFeedEachOtherCanBeDrawn(t *testing.T) {
	b := oneOp()
	other := b.Call(Call{Op: b.Op(Op{Name: "go/g"})})
	b.Add(0)
	for i := range 1000 {
		b.Add([]uint32{other, 0}[i%2], OutputRef(Index(i), 0))
	}
	g := mustBuild(t, b)
	picture := string(draw(t, g, VisualizeOptions{Format: DOT}))
	if !strings.Contains(picture, "n0 -> n1") || strings.Contains(picture, "n1 -> n0") || !strings.Contains(picture, "500 g") {
		t.Error(picture)
	}
	draw(t, g, VisualizeOptions{})
}

func TestATooltipShowsSmallLiteralsAndNamesOthers(t *testing.T) {
	for _, c := range []struct {
		l    Literal
		item int
		want string
	}{
		{Literal{Live: "short"}, -1, `"short"`},
		{Literal{Live: strings.Repeat("long", 9)}, -1, "string of 36 bytes"},
		{Literal{Live: int8(-3)}, -1, "-3"},
		{Literal{}, -1, "nil"},
		{Literal{Live: []float64{1}}, -1, "[]float64"},
		{Literal{Live: ints{4, 5}}, 1, "5"},
		{Literal{Live: 7, Encoded: &Encoded{Items: [][]byte{{1, 2, 3}}}}, -1, "7"},
		{Literal{Encoded: &Encoded{Items: [][]byte{{1, 2, 3}}}}, -1, "3 bytes"},
		{Literal{Encoded: &Encoded{Column: true, Items: [][]byte{{}, {1}}}}, 1, "1 bytes"},
		{Literal{Encoded: &Encoded{Column: true}}, -1, "column of 0"},
	} {
		if got := showLiteral(c.l, c.item); got != c.want {
			t.Errorf("%+v shows as %s and not as %s", c.l, got, c.want)
		}
	}
}

func TestDrawingDoesNotChangeTheGraph(t *testing.T) {
	g := everything(t) // has explicit and affine layers, whose references share a buffer
	before := mustEncode(t, g)
	draw(t, g, VisualizeOptions{})
	draw(t, g, VisualizeOptions{Limit: 1})
	if !bytes.Equal(before, mustEncode(t, g)) {
		t.Error("the graph has changed")
	}
}

func TestVisualizeReturnsTheErrorOfTheWriter(t *testing.T) {
	broken := errors.New("disk full")
	r, w := io.Pipe()
	r.CloseWithError(broken)
	for _, f := range []Format{SVG, DOT} {
		if err := Visualize(w, pipeline(t, 1), VisualizeOptions{Format: f}); !errors.Is(err, broken) {
			t.Errorf("format %d: %v", f, err)
		}
	}
}
