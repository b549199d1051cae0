package array

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/braid-compute/braid/internal/plan/arrays"
)

// The picture's measures, in pixels.
const (
	pictureSide  = 160 // of the longest axis
	leastSide    = 12
	mostLines    = 24   // that show where chunks end along an axis; more are drawn as a shade
	depthSlant   = 0.45 // of the third axis from the end, which goes back
	pictureSpace = 60   // for the lengths of axes
)

// SVG returns a picture of how the array is cut into chunks: the last two axes as a rectangle, the one before them as its depth, and
// how often there is that along the others in words. It begins with <svg and can stand in a page as it is.
func (a *Array) SVG() string {
	if a.Err() != nil {
		return ""
	}
	g := a.node.Grid
	shown := g[max(0, len(g)-3):]
	for len(shown) < 2 { // a number is a square, and a line a row
		shown = append(arrays.Grid{arrays.Even(1, 1)}, shown...)
	}
	longest := 1
	for _, axis := range shown {
		longest = max(longest, axis.Len)
	}
	side := func(axis arrays.Axis) float64 {
		return max(leastSide, pictureSide*math.Sqrt(float64(axis.Len)/float64(longest)))
	}
	rows, columns := shown[len(shown)-2], shown[len(shown)-1]
	height, width, depth := side(rows), side(columns), 0.0
	if len(shown) == 3 {
		depth = side(shown[0]) * depthSlant
	}
	d := drawing{}
	d.face(point{depth, depth}, point{width, 0}, point{0, height}, rows, columns)
	if depth > 0 {
		d.face(point{0, 0}, point{width, 0}, point{depth, depth}, shown[0], columns) // the top
		d.face(point{0, 0}, point{0, height}, point{depth, depth}, shown[0], rows)   // the left side
	}
	if len(g) > 0 {
		d.text(depth+width/2, depth+height+16, "middle", columns.Len)
	}
	if len(g) > 1 {
		d.text(depth+width+8, depth+height/2, "start", rows.Len)
	}
	if depth > 0 {
		d.text(depth/2-4, depth/2+height+16, "end", shown[0].Len)
	}
	more := ""
	if n := len(g) - 3; n > 0 {
		more = fmt.Sprintf("<text x=\"0\" y=\"%.0f\">%s times</text>\n", depth+height+36, strings.Trim(strings.ReplaceAll(tuple(g[:n].Shape()), ", ", " × "), "(),"))
	}
	const left = 30
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" font-size=\"12\">\n<g transform=\"translate(%d 6)\">\n%s%s</g>\n</svg>\n",
		left+depth+width+pictureSpace, depth+height+pictureSpace-12, left, d.String(), more)
}

type point struct{ x, y float64 }

func (p point) plus(q point, times float64) point {
	return point{p.x + q.x*times, p.y + q.y*times}
}

type drawing struct{ strings.Builder }

// face draws a parallelogram from a corner on, whose sides are along and down, with lines between chunks.
func (d *drawing) face(corner, along, down point, rows, columns arrays.Axis) {
	b, c := corner.plus(along, 1), corner.plus(down, 1)
	e := b.plus(down, 1)
	fmt.Fprintf(d, "<path d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ\" fill=\"%s\" stroke=\"#333\"/>\n",
		corner.x, corner.y, b.x, b.y, e.x, e.y, c.x, c.y, shade(rows.Count()*columns.Count()))
	d.lines(corner, along, down, rows)
	d.lines(corner, down, along, columns)
}

// lines draws where chunks end along an axis that goes down, across to the other end.
func (d *drawing) lines(corner, across, down point, axis arrays.Axis) {
	n := axis.Count()
	if n == 1 || axis.Len == 0 {
		return
	}
	for i := 1; i < n; i += (n + mostLines - 1) / mostLines {
		at, _ := axis.Bounds(i)
		p := corner.plus(down, float64(at)/float64(axis.Len))
		q := p.plus(across, 1)
		fmt.Fprintf(d, "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"#333\" stroke-width=\"0.5\"/>\n", p.x, p.y, q.x, q.y)
	}
}

// shade is darker for more chunks than lines can show.
func shade(chunks int) string {
	if chunks > mostLines*mostLines {
		return "#7f9fbf"
	}
	return "#d7e3f0"
}

func (d *drawing) text(x, y float64, anchor string, n int) {
	fmt.Fprintf(d, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%d</text>\n", x, y, anchor, n)
}

// HTML returns what [Array.String] says as a table, beside the picture of [Array.SVG].
func (a *Array) HTML() string {
	if err := a.Err(); err != nil {
		return "<p>" + html.EscapeString(a.String()) + "</p>\n"
	}
	work, chunks := a.counts()
	return fmt.Sprintf(`<table><tr><td><table>
<tr><th></th><th>array</th><th>chunk</th></tr>
<tr><th>bytes</th><td>%s</td><td>%s</td></tr>
<tr><th>shape</th><td>%s</td><td>%s</td></tr>
<tr><th>count</th><td>%s</td><td>%s</td></tr>
<tr><th>type</th><td>%v</td><td></td></tr>
</table></td><td>
%s</td></tr></table>
`, arrays.FormatBytes(a.node.Bytes()), arrays.FormatBytes(a.node.ChunkBytes()), tuple(a.node.Shape), tuple(a.node.Grid.Widest()), html.EscapeString(work), chunks, a.node.DType, a.SVG())
}
