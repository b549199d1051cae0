package layered

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the code does now")

// sample is a small graph with every class and awkward labels.
func sample() ([]Node, []Edge, Style) {
	nodes := []Node{
		{Label: `read "a&b".csv`, Class: Done, Suffix: "done in 12 ms"},
		{Label: `C:\new\table`, Class: Active, Suffix: "running"},
		{Label: "größe <b>&lt;</b>", Class: Failed, Suffix: "failed: out of memory"},
		{Label: "和を取る", Class: Waiting},
		{Label: "a name that is far too long to be written into one box of a drawing", Title: "the \"whole\" name"},
		{Label: "line\nbreak\x00\x1b[31m\u202Ebidi\xff\uFFFE", Class: Cancelled},
	}
	for i := range nodes {
		nodes[i].Width, nodes[i].Height = Measure(nodes[i])
	}
	edges := []Edge{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {0, 3}, {3, 4}, {3, 4}, {0, 5}}
	return nodes, edges, Style{Title: "A & B", Legend: []Legend{{Done, "done"}, {Failed, "failed"}}}
}

func svgOf(t testing.TB, nodes []Node, edges []Edge, s Style) []byte {
	t.Helper()
	d, err := Layout(nodes, edges, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := SVG(&b, d, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func dotOf(t testing.TB, nodes []Node, edges []Edge, s Style) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := DOT(&b, nodes, edges, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenPictures(t *testing.T) {
	nodes, edges, s := sample()
	for file, got := range map[string][]byte{
		"testdata/sample.svg": svgOf(t, nodes, edges, s),
		"testdata/sample.dot": dotOf(t, nodes, edges, s),
	} {
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n")); !bytes.Equal(got, want) {
			t.Errorf("%s changed; look at it, and if that is meant run the test with -update", file)
		}
	}
}

// drawing is what a reader of the SVG sees.
type drawing struct {
	boxes, paths int
	texts        []string
	titles       []string
	fills        map[string][]string // class → fills of its boxes
}

// readSVG parses an SVG strictly.
func readSVG(t testing.TB, svg []byte) drawing {
	t.Helper()
	got := drawing{fills: map[string][]string{}}
	dec := xml.NewDecoder(bytes.NewReader(svg))
	class, inside := "", ""
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			attr := map[string]string{}
			for _, a := range tok.Attr {
				attr[a.Name.Local] = a.Value
			}
			inside = tok.Name.Local
			switch inside {
			case "g":
				class = attr["class"]
			case "rect":
				if class != "" {
					got.boxes++
					got.fills[class] = append(got.fills[class], attr["fill"])
				}
			case "path":
				if attr["marker-end"] != "" {
					got.paths++
				}
			case "text":
				got.texts = append(got.texts, "")
			case "title":
				got.titles = append(got.titles, "")
			}
		case xml.CharData:
			if inside == "text" {
				got.texts[len(got.texts)-1] += string(tok)
			} else if inside == "title" {
				got.titles[len(got.titles)-1] += string(tok)
			}
		case xml.EndElement:
			inside = ""
			if tok.Name.Local == "g" {
				class = ""
			}
		}
	}
}

func TestPictureSaysEverythingInText(t *testing.T) {
	nodes, edges, s := sample()
	got := readSVG(t, svgOf(t, nodes, edges, s))
	if got.boxes != len(nodes) || got.paths != len(edges) {
		t.Errorf("%d boxes and %d edges, want %d and %d", got.boxes, got.paths, len(nodes), len(edges))
	}
	for _, want := range []string{`read "a&b".csv`, "done in 12 ms", `C:\new\table`, "running", "größe <b>&lt;</b>", "和を取る", "waiting", "cancelled", "line break[31mbidi\uFFFD"} {
		if !slices.Contains(got.texts, want) {
			t.Errorf("the picture does not say %q: %q", want, got.texts)
		}
	}
	if !slices.Contains(got.titles, `the "whole" name`) || !slices.Contains(got.titles, "A & B") || len(got.titles) != len(nodes)+1 {
		t.Errorf("tooltips: %q", got.titles)
	}
	for class, fills := range got.fills {
		for _, f := range fills {
			if isRed(f) != (class == "failed") {
				t.Errorf("class %s is filled with %s", class, f)
			}
		}
	}
	if n := strings.Count(string(svgOf(t, nodes, edges, Style{})), "<rect"); n != len(nodes) {
		t.Errorf("%d rectangles without a legend, want %d", n, len(nodes))
	}
}

// isRed is true for colours #rrggbb whose red stands out from green and blue.
func isRed(colour string) bool {
	return len(colour) == 7 && colour[1:3] > "e0" && colour[3:5] < "d8" && colour[5:7] < "d8"
}

func TestLinesFitTheirBoxes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Node{Label: rapid.String().Draw(t, "label"), Suffix: rapid.String().Draw(t, "suffix")}
		n.Width, n.Height = Measure(n)
		room := int((n.Width - padX) / cellWidth)
		for _, s := range []string{clean(n.Label), n.state()} {
			short := shorten(s, room)
			if cells(short) > room {
				t.Fatalf("%q takes %d cells of %d", short, cells(short), room)
			}
			if cells(s) <= 40 && short != s {
				t.Fatalf("%q was shortened to %q in a box measured for it", s, short)
			}
		}
	})
}

// dotToken matches one token of what DOT writes.
var dotToken = regexp.MustCompile(`^(?:[A-Za-z0-9_.]+|"(?:[^"\\]|\\.)*"|->|[\[\]{}=,;\s])`)

// checkDOT reads b token by token, as the language's own reader would.
func checkDOT(t testing.TB, b []byte) {
	t.Helper()
	for rest := b; len(rest) > 0; {
		m := dotToken.Find(rest)
		if m == nil {
			t.Fatalf("no token at %.80q in\n%s", rest, b)
		}
		rest = rest[len(m):]
	}
}

func FuzzLabels(f *testing.F) {
	nodes, _, _ := sample()
	for _, n := range nodes {
		f.Add(n.Label, n.Suffix, n.Title)
	}
	f.Add("]]>", "-->", `\`)
	f.Add("\ufdd0\ufffe\uffff", "\U000E0001\u0301", `"; } digraph {`)
	f.Fuzz(func(t *testing.T, label, suffix, title string) {
		nodes := []Node{{Label: label, Suffix: suffix, Title: title, Class: Failed}, {Label: suffix}}
		for i := range nodes {
			nodes[i].Width, nodes[i].Height = Measure(nodes[i])
		}
		s := Style{Title: title, Legend: []Legend{{Failed, label}}}
		edges := []Edge{{0, 1}}
		got := readSVG(t, svgOf(t, nodes, edges, s))
		if got.boxes != 2 || got.paths != 1 {
			t.Fatalf("%d boxes and %d edges", got.boxes, got.paths)
		}
		for _, text := range append(got.texts, got.titles...) {
			if strings.ContainsFunc(text, unicode.IsControl) {
				t.Fatalf("a control character in %q", text)
			}
		}
		checkDOT(t, dotOf(t, nodes, edges, s))
	})
}

func TestGraphvizReadsOurDOT(t *testing.T) {
	nodes, edges, s := sample()
	checkDOT(t, dotOf(t, nodes, edges, s))
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("graphviz is not installed: its reading of the file is not checked")
	}
	cmd := exec.Command(dot, "-Tsvg")
	cmd.Stdin = bytes.NewReader(dotOf(t, nodes, edges, s))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := readSVG(t, out)
	for _, want := range []string{`read "a&b".csv`, `C:\new\table`, "größe <b>&lt;</b>", "failed: out of memory"} {
		if !slices.Contains(got.texts, want) {
			t.Errorf("Graphviz does not show %q: %q", want, got.texts)
		}
	}
}

func TestDOTRefusesEdgesToNowhere(t *testing.T) {
	if err := DOT(io.Discard, make([]Node, 1), []Edge{{0, 1}}, Style{}); err == nil || !strings.Contains(err.Error(), "there are 1 nodes") {
		t.Errorf("got %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteErrorsAreReturned(t *testing.T) {
	nodes, edges, s := sample()
	d, _ := Layout(nodes, edges, Options{})
	if err := SVG(full{}, d, s); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("SVG: %v", err)
	}
	if err := DOT(full{}, nodes, edges, s); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("DOT: %v", err)
	}
}
