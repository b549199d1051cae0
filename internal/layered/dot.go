package layered

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// DOT writes the graph in the language of Graphviz, for other programs to lay
// out. Node i is named n followed by i. Labels may hold any bytes. The error is
// that of w, or one for an edge to a node that does not exist.
func DOT(w io.Writer, nodes []Node, edges []Edge, s Style) error {
	var b bytes.Buffer
	b.WriteString("digraph {\n")
	if title := clean(s.Title); title != "" {
		fmt.Fprintf(&b, "\tlabel=%s;\n", quote(title))
	}
	b.WriteString("\tnode [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=12];\n")
	for i, n := range nodes {
		k := n.Class.look()
		label := quote(clean(n.Label))
		if suffix := n.state(); suffix != "" {
			label = label[:len(label)-1] + `\n` + quote(suffix)[1:]
		}
		fmt.Fprintf(&b, "\tn%d [label=%s, tooltip=%s, class=%q, fillcolor=%q, color=%q, penwidth=%s];\n",
			i, label, quote(n.tooltip()), k.name, k.fill, k.stroke, k.width)
	}
	for i, e := range edges {
		if e.From < 0 || e.From >= len(nodes) || e.To < 0 || e.To >= len(nodes) {
			return fmt.Errorf("layered: edge %d leads from node %d to node %d, and there are %d nodes", i, e.From, e.To, len(nodes))
		}
		fmt.Fprintf(&b, "\tn%d -> n%d;\n", e.From, e.To)
	}
	b.WriteString("}\n")
	_, err := w.Write(b.Bytes())
	return err
}

// dotEscapes are the characters that mean something inside a quoted label: the
// quote to the reader of the file; the backslash and the ampersand, which
// begins an entity, to the code that draws the label.
var dotEscapes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, `&`, `&amp;`)

func quote(s string) string { return `"` + dotEscapes.Replace(s) + `"` }
