package array

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strconv"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/letter"
	"github.com/braid-compute/braid/ndarray"
)

// PlotOptions say how [Plot] draws.
type PlotOptions struct {
	Side int     // pixels of the longer axis, at most; 0 is 800
	Low  float64 // the value of the first colour, and
	High float64 // of the last; if both are 0, the least and the greatest of what is drawn
}

// The plot's measures, in pixels.
const (
	plotSide  = 800
	plotMost  = 1 << 14
	plotLeast = 64 // height of the colour bar of a low picture
	plotGap   = 16
	barWidth  = 20
	barText   = 80
)

// Plot draws an array of two axes as a PNG: the first axis goes down, the second to the right, and a bar says which colours stand for
// which values. Where there are more elements than pixels, each pixel is the mean of a box of them, computed where they are. NaN is grey.
func Plot(ctx context.Context, c *braid.Client, a *Array, w io.Writer, o PlotOptions) error {
	s := site{"Plot", caller()}
	if err := s.check(a); err != nil {
		return err
	}
	if o.Side == 0 {
		o.Side = plotSide
	}
	switch {
	case a.Rank() != 2 || a.Size() == 0:
		return s.wrong(fmt.Errorf("an array of shape %s cannot be drawn: it must have two axes with elements", tuple(a.Shape())))
	case a.DType().IsComplex():
		return s.wrong(fmt.Errorf("complex numbers have no colour: plot Abs or Angle"))
	case o.Side < 1 || o.Side > plotMost || o.Low > o.High:
		return s.wrong(fmt.Errorf("%d pixels from %v to %v: from 1 to %d pixels can be drawn, and Low must be below High", o.Side, o.Low, o.High, plotMost))
	}
	box := (max(a.Shape()[0], a.Shape()[1]) + o.Side - 1) / o.Side
	all, err := compute(ctx, c, s, []*Array{coarsen(s, a, selection.BoxMean, []int{box, box})})
	if err != nil {
		return err
	}
	values, err := ndarray.As[float64](all[0])
	if err != nil {
		return err
	}
	if o.Low == 0 && o.High == 0 {
		o.Low, o.High = bounds(values)
	}
	return png.Encode(w, o.draw(values))
}

// bounds returns the least and the greatest finite value.
func bounds(a *ndarray.Array[float64]) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for x := range a.Values() {
		if !math.IsInf(x, 0) && x == x {
			low, high = min(low, x), max(high, x)
		}
	}
	if low > high {
		return 0, 0
	}
	return low, high
}

// anchors are the colours of the scale, evenly apart: each lighter than the one before, so that they differ in grey, too.
var anchors = [...]color.RGBA{{20, 11, 52, 255}, {84, 21, 99, 255}, {160, 44, 95, 255}, {222, 83, 61, 255}, {249, 148, 33, 255}, {247, 228, 110, 255}}

// colour returns that of a part from 0 to 1.
func colour(part float64) color.RGBA {
	if part != part {
		return color.RGBA{0x99, 0x99, 0x99, 0xff}
	}
	at := min(max(part, 0), 1) * float64(len(anchors)-1)
	i := min(int(at), len(anchors)-2)
	mix := func(x, y uint8) uint8 {
		return uint8(math.Round(float64(x) + (float64(y)-float64(x))*(at-float64(i))))
	}
	c, d := anchors[i], anchors[i+1]
	return color.RGBA{mix(c.R, d.R), mix(c.G, d.G), mix(c.B, d.B), 255}
}

// draw returns the picture, enlarged if there are few elements, and the bar.
func (o PlotOptions) draw(a *ndarray.Array[float64]) image.Image {
	rows, columns := a.Shape()[0], a.Shape()[1]
	zoom := max(1, o.Side/max(rows, columns))
	width, height := columns*zoom, rows*zoom
	tall := max(height, plotLeast)
	m := image.NewRGBA(image.Rect(0, 0, width+plotGap+barWidth+barText, tall+2*plotGap))
	for i := range m.Pix {
		m.Pix[i] = 0xff
	}
	span := o.High - o.Low
	for y := range height {
		for x := range width {
			v := a.At(y/zoom, x/zoom)
			part := (v - o.Low) / span
			switch {
			case span != 0:
			case v == o.Low:
				part = 0.5
			case v > o.Low:
				part = 1
			case v < o.Low:
				part = 0
			}
			m.SetRGBA(x, y+plotGap, colour(part))
		}
	}
	for y := range tall {
		for x := range barWidth {
			m.SetRGBA(width+plotGap+x, plotGap+y, colour(1-float64(y)/float64(max(1, tall-1))))
		}
	}
	for _, at := range []float64{0, 0.5, 1} {
		y := plotGap + int((1-at)*float64(tall-1)) - letter.Height/2
		letter.Draw(m, width+plotGap+barWidth+4, y, strconv.FormatFloat(o.Low+at*span, 'g', 5, 64), 1, color.Black)
	}
	return m
}
