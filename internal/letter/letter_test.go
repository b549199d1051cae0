package letter

import (
	"image"
	"image/color"
	"testing"
)

func TestLettersDiffer(t *testing.T) {
	seen := map[[Height]uint8]rune{}
	for r, shape := range letters {
		if other, ok := seen[shape]; ok {
			t.Errorf("%q looks like %q", r, other)
		}
		seen[shape] = r
	}
}

func TestDraw(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 2*2*Width, 2*Height))
	Draw(m, 0, 0, "1ä", 2, color.White)
	for _, p := range []struct {
		x, y int
		set  bool
	}{{4, 0, true}, {5, 1, true}, {0, 0, false}, {2, 13, true}, {12, 1, false}, {14, 1, true}} { // the second is a question mark
		if got := m.GrayAt(p.x, p.y).Y != 0; got != p.set {
			t.Errorf("the pixel at %d, %d is set: %v", p.x, p.y, got)
		}
	}
	if Has('ä') || !Has('b') {
		t.Error("the wrong letters are there")
	}
}
