package layered

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
)

// Style is what a picture has beside its boxes and edges.
type Style struct {
	Title  string   // for screen readers and as a heading of the tooltip
	Legend []Legend // a row below the drawing; empty: none
}

// Legend explains one class.
type Legend struct {
	Class Class
	Text  string
}

const (
	inkOnPage = "#7d8590" // edges and legend: legible on white and on black
	inkInBox  = "#1f2328"
)

// SVG writes d as a picture that stands alone: no script, no font file, no
// reference to anything outside. Labels may hold any bytes. The error is that
// of w.
func SVG(w io.Writer, d *Drawing, s Style) error {
	p := &picture{}
	width, height := d.Width, d.Height
	if len(s.Legend) > 0 {
		width = max(width, p.legendWidth(s.Legend))
		height += lineHeight + 2*padY
	}
	p.linef(`<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%s">`,
		num(width), num(height), num(width), num(height), num(fontSize))
	if title := clean(s.Title); title != "" {
		p.linef(`<title>%s</title>`, escape(title))
	}
	p.linef(`<defs><marker id="layered-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="%s"/></marker></defs>`, inkOnPage)
	p.linef(`<g fill="none" stroke="%s" stroke-width="1.2">`, inkOnPage)
	for _, r := range d.Routes {
		p.linef(`<path d="%s" marker-end="url(#layered-arrow)"/>`, path(r.Points, d.LeftToRight))
	}
	p.linef(`</g>`)
	p.linef(`<g fill="%s" text-anchor="middle">`, inkInBox)
	for _, b := range d.Boxes {
		p.box(b)
	}
	p.linef(`</g>`)
	p.legend(s.Legend, d.Height)
	p.linef(`</svg>`)
	_, err := w.Write(p.Bytes())
	return err
}

// picture collects the text of an SVG.
type picture struct{ bytes.Buffer }

func (p *picture) linef(format string, args ...any) {
	fmt.Fprintf(p, format, args...)
	p.WriteByte('\n')
}

func (p *picture) box(b Box) {
	p.linef(`<g class="%s"><title>%s</title>`, b.Class, escape(b.tooltip()))
	x, y := b.Center.X-b.Width/2, b.Center.Y-b.Height/2
	p.rect(b.Class, x, y, b.Width, b.Height)
	room := int((b.Width - padX) / cellWidth)
	label, suffix := shorten(clean(b.Label), room), shorten(b.state(), room)
	base := b.Center.Y + 0.35*fontSize
	if suffix == "" {
		p.text(b.Center.X, base, "", label)
	} else {
		p.text(b.Center.X, base-lineHeight/2, "", label)
		p.text(b.Center.X, base+lineHeight/2, ` font-style="italic"`, suffix)
	}
	p.linef(`</g>`)
}

func (p *picture) rect(c Class, x, y, w, h float64) {
	k := c.look()
	dash := ""
	if k.dash != "" {
		dash = ` stroke-dasharray="` + k.dash + `"`
	}
	p.linef(`<rect x="%s" y="%s" width="%s" height="%s" rx="5" fill="%s" stroke="%s" stroke-width="%s"%s/>`,
		num(x), num(y), num(w), num(h), k.fill, k.stroke, k.width, dash)
}

func (p *picture) text(x, y float64, attributes, s string) {
	if s != "" {
		p.linef(`<text x="%s" y="%s"%s>%s</text>`, num(x), num(y), attributes, escape(s))
	}
}

// tooltip is the node's title, or else all of its text.
func (n Node) tooltip() string {
	if t := clean(n.Title); t != "" {
		return t
	}
	if s := n.state(); s != "" {
		return clean(n.Label) + ": " + s
	}
	return clean(n.Label)
}

const legendSwatch, legendGap = 16.0, 18.0

func (p *picture) legendWidth(entries []Legend) float64 {
	x := padX
	for _, e := range entries {
		x += legendSwatch + 5 + float64(cells(clean(e.Text)))*cellWidth + legendGap
	}
	return round(x)
}

// legend writes the row of explanations that begins at height y.
func (p *picture) legend(entries []Legend, y float64) {
	x := padX
	for _, e := range entries {
		p.rect(e.Class, x, y+padY, legendSwatch, lineHeight-4)
		x += legendSwatch + 5
		p.text(x, y+padY+0.8*fontSize, ` fill="`+inkOnPage+`"`, clean(e.Text))
		x += float64(cells(clean(e.Text)))*cellWidth + legendGap
	}
}

// path draws the odd segments straight and those between ranks as cubic curves
// that stay between the ranks, because their control points do.
func path(pts []Point, leftToRight bool) string {
	b := []byte("M" + num(pts[0].X) + " " + num(pts[0].Y))
	for i := 1; i < len(pts); i++ {
		p, q := pts[i-1], pts[i]
		switch {
		case p == q:
			continue
		case i%2 == 1 || p.X == q.X || p.Y == q.Y:
			b = append(b, 'L')
		case leftToRight:
			mid := num((p.X + q.X) / 2)
			b = append(b, "C"+mid+" "+num(p.Y)+" "+mid+" "+num(q.Y)+" "...)
		default:
			mid := num((p.Y + q.Y) / 2)
			b = append(b, "C"+num(p.X)+" "+mid+" "+num(q.X)+" "+mid+" "...)
		}
		b = append(b, num(q.X)+" "+num(q.Y)...)
	}
	return string(b)
}

// num writes a coordinate with at most one decimal.
func num(x float64) string { return strconv.FormatFloat(round(x), 'f', -1, 64) }

// escape writes s as XML character data or attribute value.
func escape(s string) string {
	var b bytes.Buffer
	// EscapeText fails only if the writer does, and a buffer does not.
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
