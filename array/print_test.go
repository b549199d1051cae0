package array_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

func TestPreviewIsWhatNumPyPrints(t *testing.T) {
	c := open(t, braid.Options{})
	a := array.Arange(0, 1e6, 1).Reshape(array.Shape{1000, 1000})
	got, err := a.Preview(t.Context(), c)
	want := `[[     0      1      2 ...    997    998    999]
 [  1000   1001   1002 ...   1997   1998   1999]
 [  2000   2001   2002 ...   2997   2998   2999]
 ...
 [997000 997001 997002 ... 997997 997998 997999]
 [998000 998001 998002 ... 998997 998998 998999]
 [999000 999001 999002 ... 999997 999998 999999]]`
	if err != nil || !strings.HasSuffix(got, "chunk\n"+want) {
		t.Errorf("a preview of a million numbers, %v:\n%s", err, got)
	}
	for _, shape := range []array.Shape{{}, {5}, {0, 3}, {6, 2}} {
		a := array.Full(1.5, shape)
		whole, err := a.Compute(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Preview(t.Context(), c); err != nil || !strings.HasSuffix(got, "\n"+whole.String()) {
			t.Errorf("a preview of shape %v, %v:\n%s", shape, err, got)
		}
	}
	huge := array.Random(1).Uniform(0, 1, array.Shape{1 << 30, 1 << 20}, array.Chunks(1<<20))
	if got, err := huge.Preview(t.Context(), c); err != nil || !strings.Contains(got, "8.00 PiB") {
		t.Errorf("a preview of what no memory holds: %v\n%s", err, got)
	}
}

func TestPictures(t *testing.T) {
	for _, shape := range []array.Shape{{}, {7}, {100, 3}, {20, 30, 40}, {2, 3, 4, 5, 6}, {0, 4}, {100_000, 100_000}} {
		a := array.Ones(shape, array.Chunks(3))
		for name, text := range map[string]string{"SVG": a.SVG(), "HTML": a.HTML()} {
			d := xml.NewDecoder(strings.NewReader(text))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s of shape %v: %v\n%s", name, shape, err, text)
				}
			}
			if len(text) > 20_000 {
				t.Errorf("%s of shape %v has %d bytes", name, shape, len(text))
			}
		}
	}
	if got := strings.Count(array.Ones(array.Shape{10, 10}, array.Chunks(5, 2)).SVG(), "stroke-width"); got != 1+4 {
		t.Errorf("%d lines between two by five chunks, want 5", got)
	}
	if got := array.Ones(array.Shape{50_000, 50_000}, array.Chunks(5000)).HTML(); !strings.Contains(got, "18.63 GiB") || !strings.Contains(got, "100 chunks") {
		t.Errorf("the table is\n%s", got)
	}
}

func TestPlot(t *testing.T) {
	c := open(t, braid.Options{})
	x := array.Arange(0, 2000, 1).BroadcastTo(array.Shape{1000, 2000}, array.Chunks(300))
	var b bytes.Buffer
	if err := array.Plot(t.Context(), c, x, &b, array.PlotOptions{Side: 100}); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := m.Bounds().Size(); size.X < 100 || size.X > 250 || size.Y < 50 || size.Y > 120 {
		t.Errorf("the picture has %v pixels", size)
	}
	if m.At(0, 40) != (color.RGBA{20, 11, 52, 255}) || m.At(99, 40) != (color.RGBA{247, 228, 110, 255}) {
		t.Errorf("the least value is drawn in %v, the greatest in %v", m.At(0, 40), m.At(99, 40))
	}
	b.Reset()
	odd := ndarray.Full(math.NaN(), 2, 3)
	if err := array.Plot(t.Context(), c, array.FromNdarray(odd), &b, array.PlotOptions{}); err != nil || b.Len() == 0 {
		t.Errorf("a picture of nothing but NaN: %v", err)
	}
	for name, a := range map[string]*array.Array{"a line": array.Ones(array.Shape{3}), "nothing": array.Ones(array.Shape{0, 3}), "complex numbers": array.Full(1i, array.Shape{2, 2})} {
		if err := array.Plot(t.Context(), c, a, &b, array.PlotOptions{}); err == nil || !strings.Contains(err.Error(), "(print_test.go:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCoarsen(t *testing.T) {
	c := open(t, braid.Options{})
	u := filled(3, 7, 9)
	for _, chunks := range []int{-1, 2, 3} {
		a := array.FromNdarray(u, array.Chunks(chunks))
		whole, err := array.Compute(t.Context(), c, a.CoarsenMean(2, 4), a.CoarsenMin(2, 4), a.CoarsenMax(2, 4))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			for j := range 3 {
				sum, n, low, high := 0.0, 0.0, math.Inf(1), math.Inf(-1)
				for k := 2 * i; k < min(7, 2*i+2); k++ {
					for l := 4 * j; l < min(9, 4*j+4); l++ {
						v := u.At(k, l)
						sum, n, low, high = sum+v, n+1, min(low, v), max(high, v)
					}
				}
				for k, want := range []float64{sum / n, low, high} {
					if got := whole[k].(*ndarray.Array[float64]).At(i, j); got != want {
						t.Errorf("chunks of %d: number %d of box %d, %d is %v, want %v", chunks, k, i, j, got, want)
					}
				}
			}
		}
	}
}
