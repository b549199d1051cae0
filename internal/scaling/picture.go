package scaling

import (
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"github.com/braid-compute/braid/internal/letter"
)

// The picture's measures, in pixels.
const (
	pictureWidth, pictureHeight = 800, 600

	left, right, top, bottom = 90, 770, 60, 520 // of the axes

	tickLength = 6
	mostTicks  = 10
)

var (
	black = color.RGBA{0x22, 0x22, 0x22, 0xff}
	grey  = color.RGBA{0xbb, 0xbb, 0xbb, 0xff}
	pale  = color.RGBA{0xee, 0xee, 0xee, 0xff}
	blue  = color.RGBA{0x1f, 0x5f, 0xa8, 0xff}
)

// palette holds the colours and nothing else, which makes small files.
var palette = color.Palette{color.White, black, grey, pale, blue}

// WritePNG draws speed-up over cores: the median with its spread at each count, and the line on which as many times the
// cores are as many times as fast. The title may have letters, digits and common signs; others become question marks.
func WritePNG(w io.Writer, v Verdict, title string) error {
	if v.Base == 0 {
		return errors.New("nothing was measured, so there is nothing to draw")
	}
	return png.Encode(w, v.picture(title))
}

// picture draws on a canvas whose colours are those of the palette.
func (v Verdict) picture(title string) *image.Paletted {
	p := newPlot(v)
	p.grid()
	p.ideal(v.Base)
	p.points(v)
	const across = letter.Width * 2
	letter.Draw(p, left, top-40, cut(title, (right-left)/across), 2, black)
	letter.Draw(p, (left+right)/2-len("CORES")*across/2, bottom+40, "CORES", 2, black)
	letter.Draw(p, 10, top-18, "SPEED-UP AGAINST "+Counted(v.Base), 1, black)
	letter.Draw(p, left+20, top+14, "MEASURED: MEDIAN, LEAST TO GREATEST", 1, blue)
	letter.Draw(p, left+20, top+28, "IDEAL", 1, grey)
	return p.Paletted
}

// plot maps cores and speed-ups to pixels.
type plot struct {
	*image.Paletted
	cores, speedUp float64 // at the ends of the axes
}

func newPlot(v Verdict) plot {
	p := plot{Paletted: image.NewPaletted(image.Rect(0, 0, pictureWidth, pictureHeight), palette)}
	draw.Draw(p, p.Bounds(), image.White, image.Point{}, draw.Src)
	base := v.row(v.Base).Median
	for _, j := range v.Rows {
		if j.OK() {
			p.cores = max(p.cores, float64(j.Cores))
			p.speedUp = max(p.speedUp, v.ideal(j.Cores), base/j.Min)
		}
	}
	p.cores, p.speedUp = p.cores*1.05, p.speedUp*1.05
	return p
}

func (p plot) x(cores float64) int { return left + int(math.Round(cores/p.cores*(right-left))) }

func (p plot) y(speedUp float64) int {
	return bottom - int(math.Round(speedUp/p.speedUp*(bottom-top)))
}

// grid draws the axes with round numbers.
func (p plot) grid() {
	step := max(1, roundStep(p.cores/mostTicks)) // cores are whole
	for i := 0; float64(i)*step <= p.cores; i++ {
		value := float64(i) * step
		x, label := p.x(value), number(value)
		p.line(x, top, x, bottom, pale)
		p.line(x, bottom, x, bottom+tickLength, black)
		letter.Draw(p, x-len(label)*letter.Width, bottom+tickLength+8, label, 2, black)
	}
	step = roundStep(p.speedUp / mostTicks)
	for i := 0; float64(i)*step <= p.speedUp; i++ {
		value := float64(i) * step
		y, label := p.y(value), number(value)
		p.line(left, y, right, y, pale)
		p.line(left-tickLength, y, left, y, black)
		letter.Draw(p, left-tickLength-6-len(label)*letter.Width*2, y-letter.Height, label, 2, black)
	}
	p.line(left, top, left, bottom, black)
	p.line(left, bottom, right, bottom, black)
}

// ideal draws the line on which the speed-up is the ratio of the counts.
func (p plot) ideal(base int) {
	cores := min(p.cores, p.speedUp*float64(base))
	p.line(p.x(0), p.y(0), p.x(cores), p.y(cores/float64(base)), grey)
}

// points draws what was measured.
func (p plot) points(v Verdict) {
	base := v.row(v.Base).Median
	before := image.Point{-1, -1}
	for _, j := range v.Rows {
		if !j.OK() {
			continue
		}
		x, y := p.x(float64(j.Cores)), p.y(j.SpeedUp)
		if before.X >= 0 {
			p.line(before.X, before.Y, x, y, blue)
		}
		before = image.Point{x, y}
		low, high := p.y(base/j.Max), p.y(base/j.Min)
		p.line(x, low, x, high, blue)
		p.line(x-4, low, x+4, low, blue)
		p.line(x-4, high, x+4, high, blue)
		draw.Draw(p, image.Rect(x-3, y-3, x+4, y+4), image.NewUniform(blue), image.Point{}, draw.Src)
	}
}

// line draws a line of one pixel's width. (J. E. Bresenham, "Algorithm for computer control of a digital plotter", IBM
// Systems Journal 4(1), 1965.)
func (p plot) line(x0, y0, x1, y1 int, c color.Color) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	stepX, stepY := sign(x1-x0), sign(y1-y0)
	for off := dx + dy; ; {
		p.Set(x0, y0, c)
		if x0 == x1 && y0 == y1 {
			return
		}
		twice := 2 * off
		if twice >= dy {
			off += dy
			x0 += stepX
		}
		if twice <= dx {
			off += dx
			y0 += stepY
		}
	}
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int { return min(1, max(-1, n)) }

// roundStep returns the least of 1, 2 and 5 times a power of ten that is not below x.
func roundStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= x {
			return factor * power
		}
	}
	return 10 * power
}

// number writes a value of an axis, which has few digits.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-2]) + ".."
	}
	return s
}
