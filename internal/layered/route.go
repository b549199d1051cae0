package layered

import (
	"cmp"
	"math"
	"slices"
)

// band is the space of one rank across the drawing.
type band struct{ top, bottom float64 }

// route turns positions along the ranks into a drawing. Coordinates are those
// of a drawing from top to bottom; turn exchanges them at the end if need be.
func (l *layers) route(nodes []Node, edges []Edge, x []float64) *Drawing {
	d := &Drawing{Ranks: len(l.rows), Crossings: l.crossings(), LeftToRight: l.opt.LeftToRight}
	left, right := math.Inf(1), math.Inf(-1)
	for v := range x {
		left = min(left, x[v]-l.width[v]/2)
		right = max(right, x[v]+l.width[v]/2)
	}
	if len(x) == 0 {
		left, right = 0, 0
	}
	for v := range x {
		x[v] += l.opt.Margin - left
	}
	bands := l.bands(nodes, x)
	d.Width = round(right - left + 2*l.opt.Margin)
	d.Height = round(2 * l.opt.Margin)
	if n := len(bands); n > 0 {
		d.Height = round(bands[n-1].bottom + l.opt.Margin)
	}
	for v, n := range nodes {
		b := bands[l.rank[v]]
		d.Boxes = append(d.Boxes, Box{n, Point{x[v], (b.top + b.bottom) / 2}, l.rank[v], l.pos[v]})
	}
	exits, entries := l.ports(x)
	for i, e := range edges {
		d.Routes = append(d.Routes, Route{e, l.points(i, x, bands, d.Boxes, exits[i], entries[i])})
	}
	d.finish()
	return d
}

// thickness is the extent of node v across its rank.
func (l *layers) thickness(n Node) float64 {
	if l.opt.LeftToRight {
		return n.Width
	}
	return n.Height
}

// bands stacks the ranks. Where edges have to move far sideways the gap grows,
// up to three times, so that they stay steep enough to follow.
func (l *layers) bands(nodes []Node, x []float64) []band {
	bands := make([]band, len(l.rows))
	y := l.opt.Margin
	for r, row := range l.rows {
		thick, reach := 0.0, 0.0
		for _, v := range row {
			if !l.isDummy(v) {
				thick = max(thick, l.thickness(nodes[v]))
			}
			for _, w := range l.down[v] {
				reach = max(reach, math.Abs(x[w]-x[v]))
			}
		}
		bands[r] = band{y, y + thick}
		y += thick + min(3*l.opt.RankGap, max(l.opt.RankGap, reach/6))
	}
	return bands
}

// ports spreads the ends of edges over the sides of their boxes, in the order
// in which the edges leave, so that they neither meet nor cross there; where
// arrow heads would overlap they all share the middle, as one. The results are
// x coordinates, one an edge.
func (l *layers) ports(x []float64) (exits, entries []float64) {
	exits, entries = make([]float64, len(l.chains)), make([]float64, len(l.chains))
	out, in := make([][]int, l.real), make([][]int, l.real)
	for i, c := range l.chains {
		out[c[0]] = append(out[c[0]], i)
		in[c[len(c)-1]] = append(in[c[len(c)-1]], i)
	}
	for v := range l.real {
		l.spread(v, x, out[v], exits, func(i int) int { return l.chains[i][1] })
		l.spread(v, x, in[v], entries, func(i int) int { c := l.chains[i]; return c[len(c)-2] })
	}
	return exits, entries
}

// spread places the given edges on one side of node v, sorted by the place of
// the vertex that next returns.
func (l *layers) spread(v int, x []float64, edges []int, at []float64, next func(edge int) int) {
	const widest, closest = 14, 6 // distances of ports
	slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(l.pos[next(a)], l.pos[next(b)]) })
	step := min(widest, 0.8*l.width[v]/float64(max(1, len(edges))))
	if step < closest {
		step = 0
	}
	for k, e := range edges {
		at[e] = x[v] + step*(float64(k)-float64(len(edges)-1)/2)
	}
}

// points routes edge i: out of its box to the end of the rank, sideways between
// the ranks, straight through each rank it passes, and into the other box.
func (l *layers) points(i int, x []float64, bands []band, boxes []Box, exit, entry float64) []Point {
	c := l.chains[i]
	from, to := boxes[c[0]], boxes[c[len(c)-1]]
	pts := []Point{
		{exit, from.Center.Y + l.thickness(from.Node)/2},
		{exit, bands[from.Rank].bottom},
	}
	for _, v := range c[1 : len(c)-1] {
		b := bands[l.rank[v]]
		pts = append(pts, Point{x[v], b.top}, Point{x[v], b.bottom})
	}
	return append(pts,
		Point{entry, bands[to.Rank].top},
		Point{entry, to.Center.Y - l.thickness(to.Node)/2})
}

// finish rounds the coordinates and exchanges them for ranks from left to right.
func (d *Drawing) finish() {
	fix := func(p *Point) {
		if d.LeftToRight {
			p.X, p.Y = p.Y, p.X
		}
		p.X, p.Y = round(p.X), round(p.Y)
	}
	if d.LeftToRight {
		d.Width, d.Height = d.Height, d.Width
	}
	for i := range d.Boxes {
		fix(&d.Boxes[i].Center)
	}
	for _, r := range d.Routes {
		for i := range r.Points {
			fix(&r.Points[i])
		}
	}
}
