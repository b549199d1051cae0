package graph

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/internal/layered"
)

// Format is a form of picture.
type Format uint8

// The formats.
const (
	SVG Format = iota // a picture that stands alone, for a browser or a page
	DOT               // the language of Graphviz, for other programs to lay out
)

// VisualizeOptions say how a graph is drawn. The zero value draws up to 500 tasks as SVG.
type VisualizeOptions struct {
	Format Format
	// States returns the state of a task, one of few words. It is written into the task's box; "running", "done", "failed",
	// "cancelled" and the words for waiting choose its colour too. Without it tasks are drawn without a state.
	States func(Index) string
	// Limit is the number of tasks above which the picture shows ops instead of tasks. 0 means 500.
	Limit int
}

const defaultLimit = 500

// Visualize draws the graph in layers, inputs above what takes them. Literals have no box: a task's tooltip shows the
// small ones.
//
// Above o.Limit tasks the picture shows one box for each op with the number of its tasks, and says so. Its tooltip, and
// without states its second line, counts how often its tasks take an output of each op; an op that also feeds an op
// above it, or itself, is counted there but has no arrow upwards. Time is linear in the tasks.
//
// The same graph and states give the same bytes. An error is one of w.
func Visualize(w io.Writer, g *Graph, o VisualizeOptions) error {
	if o.Limit == 0 {
		o.Limit = defaultLimit
	}
	p := picture{g: g, states: o.States}
	switch {
	case g.Len() == 0:
		p.title = "no tasks"
		p.node("no tasks", "", "this graph has no tasks", layered.Plain)
	case g.Len() > o.Limit:
		p.drawOps()
	default:
		p.drawTasks()
	}
	if o.Format == DOT {
		return layered.DOT(w, p.nodes, p.edges, layered.Style{Title: p.title})
	}
	d, err := layered.Layout(p.nodes, p.edges, layered.Options{})
	if err != nil {
		return fmt.Errorf("graph: visualize: %w", err)
	}
	return layered.SVG(w, d, layered.Style{Title: p.title, Legend: p.legend})
}

// picture collects boxes and arrows.
type picture struct {
	g      *Graph
	states func(Index) string
	title  string
	nodes  []layered.Node
	edges  []layered.Edge
	legend []layered.Legend
}

func (p *picture) node(label, suffix, title string, class layered.Class) {
	n := layered.Node{Label: label, Suffix: suffix, Title: title, Class: class}
	n.Width, n.Height = layered.Measure(n)
	p.nodes = append(p.nodes, n)
}

// state returns the state of a task and notes it for the legend.
func (p *picture) state(i Index) string {
	if p.states == nil {
		return ""
	}
	s := p.states(i)
	if s != "" && !slices.ContainsFunc(p.legend, func(l layered.Legend) bool { return l.Text == s }) {
		p.legend = append(p.legend, layered.Legend{Class: classOf(s), Text: s})
	}
	return s
}

func classOf(state string) layered.Class {
	switch state {
	case "waiting", "ready", "queued", "blocked", "pending":
		return layered.Waiting
	case "running", "active":
		return layered.Active
	case "done":
		return layered.Done
	case "failed":
		return layered.Failed
	case "cancelled", "cancelling":
		return layered.Cancelled
	}
	return layered.Plain
}

// drawTasks makes a box of every task.
func (p *picture) drawTasks() {
	p.title = plural(p.g.Len(), "task")
	buf := make([]Ref, 0, 8)
	var drawn []Index
	for i := range p.g.tasks {
		i := Index(i)
		state := p.state(i)
		p.node(p.g.Name(i), state, p.describe(i), classOf(state))
		_, refs := p.g.Task(i, buf)
		drawn = drawn[:0]
		for _, r := range refs {
			if r.Kind() == RefOutput && !slices.Contains(drawn, r.Task()) {
				p.edges = append(p.edges, layered.Edge{From: int(r.Task()), To: int(i)})
				drawn = append(drawn, r.Task())
			}
		}
	}
}

// shownInputs is how many inputs a tooltip lists, and shownLiteral how long a literal may be to be shown.
const (
	shownInputs  = 8
	shownLiteral = 24
)

// describe returns the tooltip of a task: what it calls, with which inputs, and the user's line.
func (p *picture) describe(i Index) string {
	call, refs := p.g.Task(i, nil)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s(", p.g.Name(i), p.g.CallName(call))
	inList, separator := 0, ""
	for n, r := range refs {
		if n == shownInputs {
			fmt.Fprintf(&b, ", … %d more", len(refs)-n)
			break
		}
		b.WriteString(separator)
		separator = ", "
		if r.Kind() == RefList {
			b.WriteString("[")
			if inList = r.Count(); inList == 0 {
				b.WriteString("]")
			} else {
				separator = ""
			}
			continue
		}
		b.WriteString(p.input(r))
		if inList--; inList == 0 {
			b.WriteString("]")
		}
	}
	if inList > 0 {
		b.WriteString("]")
	}
	b.WriteString(")")
	if at := p.g.SiteOf(i).String(); at != "" {
		fmt.Fprintf(&b, " at %s", at)
	}
	return b.String()
}

// input shows a reference in a tooltip.
func (p *picture) input(r Ref) string {
	switch r.Kind() {
	case RefOutput:
		if p.g.OpOf(r.Task()).Outputs > 1 {
			return fmt.Sprintf("output %d of %s", r.Output(), p.g.Name(r.Task()))
		}
		return p.g.Name(r.Task())
	case RefLiteral:
		return showLiteral(p.g.Literal(r.Table()), -1)
	case RefItem:
		return showLiteral(p.g.Literal(r.Table()), int(r.Item()))
	}
	return r.String()
}

// showLiteral shows a small plain value as it is and others by their type or size.
func showLiteral(l Literal, item int) string {
	v := l.Live
	switch {
	case item < 0 && l.IsColumn(): // given to a task as a whole
		return fmt.Sprintf("column of %d", l.Len())
	case l.Encoded != nil && v == nil:
		return fmt.Sprintf("%d bytes", len(l.Encoded.Items[max(item, 0)]))
	case item >= 0:
		c, ok := v.(Column)
		if !ok {
			return "an item"
		}
		v = c.At(item)
	}
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		if len(v) <= shownLiteral {
			return strconv.Quote(v)
		}
		return fmt.Sprintf("string of %d bytes", len(v))
	case bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64, complex64, complex128:
		return fmt.Sprint(v)
	}
	return fmt.Sprintf("%T", v)
}
