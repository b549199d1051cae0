package braid

import (
	"fmt"
	"io"

	"github.com/braid-compute/braid/graph"
)

// Visualize writes a picture of the graph that computing d would run: SVG, or DOT if the options say so. Nothing runs,
// and no other program is needed. Above 500 tasks it shows one box for each function with the number of its tasks.
func (d *Delayed[T]) Visualize(w io.Writer, options ...graph.VisualizeOptions) error {
	var o graph.VisualizeOptions
	switch {
	case len(options) > 1:
		return fmt.Errorf("braid: visualize: %d VisualizeOptions were given, and at most one is taken", len(options))
	case len(options) == 1:
		o = options[0]
	}
	g, err := drawing(&d.call)
	if err != nil {
		return err
	}
	return graph.Visualize(w, g, o)
}

// drawing writes a call and what it takes down as a graph that is only looked at: it may hold what no client would run.
func drawing(d *call) (*graph.Graph, error) {
	if d.kept != nil {
		return graph.NewBuilder().Build()
	}
	b := newBuilder(nil)
	defer b.close()
	if _, err := b.add([]*call{d}); err != nil {
		return nil, err
	}
	return b.g.Build()
}
