package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// Measures of the plot, in pixels.
const (
	plotWidth   = 860
	labelWidth  = 330 // left of the bars
	valueWidth  = 70  // right of the longest bar
	barHeight   = 14
	lineHeight  = 22
	headHeight  = 34 // above a workload's bars, with its title
	marginAbove = 40
	marginBelow = 60
)

// style holds the colours, for a light page and a dark one. Blue and orange are told apart by every kind of eye.
const style = `<style>
.back{fill:#ffffff}.text{fill:#24292f}.faint{fill:#59636e}.grid{stroke:#d8dee4}.one{stroke:#24292f}
.longer{fill:#2f6fb5}.shorter{fill:#c96a1b}.floor{fill:#9aa4af}
@media (prefers-color-scheme:dark){
.back{fill:#0d1117}.text{fill:#e6edf3}.faint{fill:#9198a1}.grid{stroke:#30363d}.one{stroke:#e6edf3}
.longer{fill:#58a6ff}.shorter{fill:#f0a050}.floor{fill:#6e7681}}
</style>
`

// A bar is one ratio of the plot.
type bar struct {
	label string
	ratio float64
	floor bool
}

// A group is the bars of a workload.
type group struct {
	title string
	bars  []bar
}

// groups are the ratios that are known.
func (r report) groups() (groups []group) {
	for _, t := range r.tables {
		g := group{title: t.workload.title}
		for _, row := range t.rows {
			if x, ok := t.ratio(row); ok && row.program.kind != isBraid {
				g.bars = append(g.bars, bar{row.program.name, x, row.program.kind == isFloor})
			}
		}
		if len(g.bars) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// An axis maps ratios to pixels, logarithmically.
type axis struct{ low, high int } // powers of ten at its ends

// axisFor returns an axis that holds 1 and every ratio.
func axisFor(groups []group) axis {
	a := axis{0, 1}
	for _, g := range groups {
		for _, b := range g.bars {
			power := math.Log10(b.ratio)
			a.low, a.high = min(a.low, int(math.Floor(power))), max(a.high, int(math.Ceil(power)))
		}
	}
	return a
}

func (a axis) x(ratio float64) float64 {
	share := (math.Log10(ratio) - float64(a.low)) / float64(a.high-a.low)
	return labelWidth + share*(plotWidth-labelWidth-valueWidth)
}

// plot writes the ratios as a picture in SVG: horizontal bars on a logarithmic axis, from 1 to the right where the peer
// takes longer than braid, to the left where it takes less.
func (r report) plot(w io.Writer) error {
	groups := r.groups()
	a := axisFor(groups)
	height := marginAbove + marginBelow
	for _, g := range groups {
		height += headHeight + lineHeight*len(g.bars)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="system-ui,sans-serif" font-size="12">`+"\n", plotWidth, height, plotWidth, height)
	fmt.Fprintf(&b, "<title>How many times as long as braid each program takes</title>\n<desc>Made by %s</desc>\n%s", escape(r.invocation()), style)
	fmt.Fprintf(&b, `<rect class="back" width="%d" height="%d"/>`+"\n", plotWidth, height)
	a.grid(&b, height)
	y := marginAbove
	for _, g := range groups {
		fmt.Fprintf(&b, `<text class="text" x="12" y="%d" font-weight="600">%s</text>`+"\n", y+headHeight-9, escape(g.title))
		y += headHeight
		for _, one := range g.bars {
			a.bar(&b, one, y)
			y += lineHeight
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// grid draws the lines of the powers of ten, and what the axis means.
func (a axis) grid(b *strings.Builder, height int) {
	top, bottom := marginAbove-6, height-marginBelow+6
	for power := a.low; power <= a.high; power++ {
		class, x := "grid", a.x(math.Pow10(power))
		if power == 0 {
			class = "one"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, class, x, x, top, bottom)
		fmt.Fprintf(b, `<text class="faint" x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, bottom+15, powerName(power))
	}
	fmt.Fprintf(b, `<text class="faint" x="%.1f" y="%d" text-anchor="middle">times as long as braid; orange: the peer is faster; grey: a floor, no engine</text>`+"\n", (labelWidth+plotWidth-valueWidth)/2.0, height-14)
	fmt.Fprintf(b, `<text class="text" x="12" y="24" font-size="15" font-weight="600">The same work, braid = 1 (logarithmic)</text>`+"\n")
}

func powerName(power int) string {
	if power < 0 {
		return fmt.Sprintf("1/%s", grouped(int64(math.Pow10(-power))))
	}
	return grouped(int64(math.Pow10(power)))
}

// bar draws one ratio in the line at y.
func (a axis) bar(b *strings.Builder, one bar, y int) {
	class := "longer"
	switch {
	case one.floor:
		class = "floor"
	case one.ratio < 1:
		class = "shorter"
	}
	from, to := a.x(1), a.x(one.ratio)
	fmt.Fprintf(b, `<text class="text" x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-10, y+barHeight-3, escape(one.label))
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d" rx="2"/>`, class, min(from, to), y, max(math.Abs(to-from), 1), barHeight)
	fmt.Fprintf(b, `<text class="text" x="%.1f" y="%d">%s</text>`+"\n", max(from, to)+6, y+barHeight-3, figures(one.ratio))
}

// escape makes a text fit into XML.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
