package scaling

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/braid-compute/braid/internal/letter"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shown are verdicts as texts, and the first of them as a picture.
func shown() []struct {
	name  string
	rows  []Row
	width int
} {
	interrupted := rowsOf(amdahl(0.05), 1, 2, 4)
	interrupted[2].Samples = nil
	interrupted[1].Samples = interrupted[1].Samples[:3]
	r := rand.New(rand.NewPCG(3, 0))
	return []struct {
		name  string
		rows  []Row
		width int
	}{
		{"best at twelve of sixteen", noisy(rowsOf(crowded, 1, 2, 4, 8, 12, 14, 16), 0.05, r), 80},
		{"perfect", rowsOf(amdahl(0), 1, 2, 4), 60},
		{"a hundredth is serial", rowsOf(amdahl(0.009), 1, 2, 4), 60},
		{"half is serial", rowsOf(amdahl(0.5), 1, 2, 4), 60},
		{"a tenth is serial", rowsOf(amdahl(0.1), 1, 2, 4, 8, 64), 100},
		{"many are as good as all", rowsOf(amdahl(0.1), 1, 64, 96, 128), 1},
		{"ignores the count", rowsOf(constant, 2, 4, 8), 60},
		{"ignores the count, perhaps", disturbed(rowsOf(constant, 1, 2), 1, 0.8, 1, 0.9, 1, 1), 60},
		{"one fails, one is disturbed", disturbed(failing(rowsOf(amdahl(0), 1, 2, 4), 1), 2, 0.5, 0.25), 60},
		{"microseconds", rowsOf(func(n int) float64 { return 2e-6 / float64(n) }, 1, 2), 60},
		{"more than the cores account for", rowsOf(func(n int) float64 { return 100 / float64(n*n) }, 1, 2), 60},
		{"interrupted", interrupted, 60},
		{"interrupted at once", []Row{{Cores: 1}, {Cores: 2}}, 60},
		{"all fail", failing(failing(rowsOf(constant, 1, 2), 0), 1), 60},
		{"one count", rowsOf(constant, 3), 60},
	}
}

func TestTextsAreAsShown(t *testing.T) {
	const golden = "testdata/verdicts.golden"
	var have bytes.Buffer
	for _, c := range shown() {
		fmt.Fprintf(&have, "== %s, %d wide\n", c.name, c.width)
		if err := WriteText(&have, Judge(c.rows), 5, c.width); err != nil {
			t.Fatal(err)
		}
		have.WriteByte('\n')
	}
	if *update {
		if err := os.WriteFile(golden, have.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have.Bytes(), want) {
		t.Errorf("differs from %s, which -update rewrites:\n%s", golden, have.String())
	}
}

func TestBarsKeepToTheWidth(t *testing.T) {
	for _, c := range shown() {
		for _, width := range []int{leastWidth, 79, 200} {
			v := Judge(c.rows)
			var b bytes.Buffer
			if v.Base == 0 {
				continue
			}
			v.bars(&b, width)
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s: %d characters of %d: %s", c.name, n, width, line)
				}
			}
		}
	}
}

func TestThePictureIsAsShown(t *testing.T) {
	const golden = "testdata/speedup.png"
	v := Judge(shown()[0].rows)
	var b bytes.Buffer
	if err := WritePNG(&b, v, "./simulate --threads {n}, run 0.5"); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	// Pixels are compared, as the compression may differ between versions of Go.
	want, have := pixels(t, file), pixels(t, b.Bytes())
	if want.Bounds() != have.Bounds() {
		t.Fatalf("the picture is %v, want %v", have.Bounds(), want.Bounds())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if want.At(x, y) != have.At(x, y) {
				t.Fatalf("pixel %d, %d is %v, want %v; -update rewrites %s", x, y, have.At(x, y), want.At(x, y), golden)
			}
		}
	}
}

func pixels(t *testing.T, data []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The places follow from the axes: 20 cores and a speed-up of 20 leave room of five hundredths beyond.
func TestThePictureHasItsPointsWhereTheNumbersSay(t *testing.T) {
	v := Judge(rowsOf(amdahl(0.05), 1, 10, 20))
	m := v.picture("")
	for _, j := range v.Rows {
		x := float64(left) + float64(j.Cores)/21*float64(right-left)
		y := float64(bottom) - j.SpeedUp/21*float64(bottom-top)
		if c := m.At(int(math.Round(x)), int(math.Round(y))); c != blue {
			t.Errorf("%d cores, %g times as fast: pixel %.0f, %.0f is %v", j.Cores, j.SpeedUp, x, y, c)
		}
	}
	x, y := float64(left)+15.0/21*float64(right-left), float64(bottom)-15.0/21*float64(bottom-top)
	if near := m.SubImage(image.Rect(int(x)-2, int(y)-2, int(x)+3, int(y)+3)); !holds(near, grey) {
		t.Errorf("the ideal line does not pass pixel %.0f, %.0f", x, y)
	}
}

func holds(m image.Image, c any) bool {
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if m.At(x, y) == c {
				return true
			}
		}
	}
	return false
}

func TestAnyTitleAndAnyNumbersCanBeDrawn(t *testing.T) {
	for _, c := range shown() {
		v := Judge(c.rows)
		err := WritePNG(io.Discard, v, strings.Repeat("π/世界\n", 100))
		if (err != nil) != (v.Base == 0) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, seconds := range []float64{1e-300, 1e300} {
		rows := rowsOf(constant, 1, 8192)
		rows[1].Samples[0].Seconds = seconds
		if err := WritePNG(io.Discard, Judge(rows), ""); err != nil {
			t.Errorf("a run of %g s: %v", seconds, err)
		}
	}
}

func TestEveryLabelHasItsLetters(t *testing.T) {
	for _, r := range "SPEED-UP AGAINST 0123456789 CORES MEASURED: MEDIAN, LEAST TO GREATEST IDEAL .e+" {
		if !letter.Has(r) {
			t.Errorf("no shape of %q", r)
		}
	}
}

func TestTimesHaveThreeDigitsAndAUnit(t *testing.T) {
	for s, want := range map[float64]string{
		0: "0.000 µs", 4.2e-7: "0.420 µs", 0.001: "1.00 ms", 0.00999: "9.99 ms", 0.0999: "99.9 ms", 0.09996: "100 ms",
		0.9996: "1.00 s", 1: "1.00 s", 12.34: "12.3 s", 123.4: "123 s", 12345: "12345 s",
	} {
		if have := Seconds(s); have != want {
			t.Errorf("%g: %s, want %s", s, have, want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	v := Judge(rowsOf(constant, 1))
	if err := WriteText(full{}, v, 5, 80); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("text: %v", err)
	}
	if err := WritePNG(full{}, v, ""); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("picture: %v", err)
	}
}
