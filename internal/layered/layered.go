package layered

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Node is one box of the input. Lengths are in the unit of the drawing, pixels
// at scale 1; [Measure] gives a size that fits the text.
type Node struct {
	Label  string
	Suffix string // the state in words, on a line of its own; empty: the name of the class, if not plain
	Title  string // tooltip; empty: the label and the suffix
	Class  Class  // fill; the zero value is plain
	Width  float64
	Height float64
}

// Edge leads from one node to a later one; both are indices.
type Edge struct{ From, To int }

// Options are the distances of a drawing. Zero values mean the defaults.
type Options struct {
	RankGap     float64 // least distance between ranks; default 44
	NodeGap     float64 // least distance between boxes of one rank; default 20
	EdgeGap     float64 // least distance of a passing edge to its neighbours; default 12
	Margin      float64 // free space around the drawing; default 12
	LeftToRight bool    // ranks are columns, from left to right
}

// Point is a position; x grows to the right and y downwards.
type Point struct{ X, Y float64 }

// Box is a placed node.
type Box struct {
	Node
	Center Point
	Rank   int // 0 is the first rank
	Order  int // place within the rank, counted with the dummy nodes of passing edges
}

// Route is a routed edge. Its segments alternate: the first, third and so on
// run straight across a rank, the others lead from one rank to the next and
// may be drawn as curves that begin and end at right angles to the ranks.
type Route struct {
	Edge
	Points []Point
}

// Drawing is a finished layout.
type Drawing struct {
	Width, Height float64
	Boxes         []Box   // in the order of the nodes given
	Routes        []Route // in the order of the edges given
	Ranks         int
	Crossings     int // edges that cross between two ranks
	LeftToRight   bool
}

// Layout places the nodes and routes the edges. Parallel edges are drawn
// apart while their boxes have room. It returns an error for an edge to a node that does not exist, for a
// size that is negative or not finite, and for a cycle, whose nodes it names.
func Layout(nodes []Node, edges []Edge, o Options) (*Drawing, error) {
	o = o.withDefaults()
	if err := validate(nodes, edges, o); err != nil {
		return nil, err
	}
	ranks, err := assignRanks(nodes, edges)
	if err != nil {
		return nil, err
	}
	l := newLayers(nodes, edges, ranks, o)
	l.reduceCrossings()
	x := l.place()
	return l.route(nodes, edges, x), nil
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		field *float64
		value float64
	}{{&o.RankGap, 44}, {&o.NodeGap, 20}, {&o.EdgeGap, 12}, {&o.Margin, 12}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return o
}

func validate(nodes []Node, edges []Edge, o Options) error {
	bad := func(x float64) bool { return !(x >= 0 && x < 1e6) }
	if bad(o.RankGap) || bad(o.NodeGap) || bad(o.EdgeGap) || bad(o.Margin) {
		return fmt.Errorf("layered: the distances %+v must be from 0 to a million", o)
	}
	for i, n := range nodes {
		if bad(n.Width) || bad(n.Height) {
			return fmt.Errorf("layered: %s has size %v × %v: both must be from 0 to a million", name(nodes, i), n.Width, n.Height)
		}
	}
	for i, e := range edges {
		if e.From < 0 || e.From >= len(nodes) || e.To < 0 || e.To >= len(nodes) {
			return fmt.Errorf("layered: edge %d leads from node %d to node %d, and there are %d nodes", i, e.From, e.To, len(nodes))
		}
		if e.From == e.To {
			return fmt.Errorf("layered: edge %d leads from %s to itself: only graphs without cycles can be drawn in layers", i, name(nodes, e.From))
		}
	}
	return nil
}

// name names node i in an error.
func name(nodes []Node, i int) string {
	if label := shorten(clean(nodes[i].Label), 40); label != "" {
		return fmt.Sprintf("node %d (%s)", i, label)
	}
	return fmt.Sprintf("node %d", i)
}

// cycleError names the nodes of one cycle among those with left > 0, each of
// which has a predecessor and a successor among them.
func cycleError(nodes []Node, edges []Edge, left []int) error {
	pred := make([]int, len(nodes))
	at := -1
	for _, e := range edges {
		if left[e.From] > 0 && left[e.To] > 0 {
			pred[e.To], at = e.From, e.To
		}
	}
	seen := make([]bool, len(nodes))
	for !seen[at] {
		seen[at] = true
		at = pred[at]
	}
	const most = 12
	path := []string{name(nodes, at)}
	for v := pred[at]; v != at; v = pred[v] {
		if len(path) == most {
			path = append(path, "…")
			break
		}
		path = append(path, name(nodes, v))
	}
	path = append(path, name(nodes, at))
	slices.Reverse(path)
	return fmt.Errorf("layered: the edges form a cycle: %s: only graphs without cycles can be drawn in layers", strings.Join(path, " → "))
}

// round keeps a tenth of a pixel, so that output does not depend on the last
// bits of a sum.
func round(x float64) float64 { return math.Round(x*10) / 10 }
