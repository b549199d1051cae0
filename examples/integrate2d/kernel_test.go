package integrate2d

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// sineOfSum returns sin(x+y) without the rounding of x+y: with the sum as high+low exactly (Møller and Knuth's
// TwoSum), it is sin(high) + low·cos(high), low being below 2⁻⁵¹.
func sineOfSum(x, y float64) float64 {
	high := x + y
	part := high - x
	low := (x - (high - part)) + (y - part)
	return math.Sin(high) + low*math.Cos(high)
}

func TestPolynomialsAreTheMinimaxFits(t *testing.T) {
	for _, c := range []struct {
		name  string
		first int // of the factorials; also the power of r that the fit is multiplied by
		have  []float64
		bound float64
	}{
		{"sine", 3, []float64{s0, s1, s2, s3, s4, s5}, 1.6e-18},
		{"cosine", 4, []float64{c0, c1, c2, c3, c4}, 7.8e-17},
	} {
		fit, largest := remez(len(c.have), c.first)
		for i, want := range fit {
			if w, _ := want.Float64(); math.Abs(c.have[i]-w) > 1e-9*math.Abs(w) {
				t.Errorf("%s: coefficient %d is %x, the exchange gives %x", c.name, i, c.have[i], w)
			}
		}
		if largest > c.bound {
			t.Errorf("%s: largest error %.3g, documented as at most %.3g", c.name, largest, c.bound)
		}
	}
}

func TestPolynomialsStayWithinTheirStatedError(t *testing.T) {
	const bound, points = 2e-16, 20_000
	worstSine, worstCosine := 0.0, 0.0
	for i := range points + 1 {
		r := (float64(i)/points - 0.5) * (math.Pi / 2)
		exactSine, exactCosine := exact(r)
		worstSine = max(worstSine, distance(sine(r), exactSine))
		worstCosine = max(worstCosine, distance(cosine(r), exactCosine))
	}
	t.Logf("largest error of sine %.3g, of cosine %.3g", worstSine, worstCosine)
	if worstSine > bound || worstCosine > bound {
		t.Errorf("largest error of sine %.3g, of cosine %.3g; want at most %.3g", worstSine, worstCosine, bound)
	}
}

func TestEveryPointIsItsOwnSine(t *testing.T) {
	// The kernel's own 4.9e-16 (2.3 for c, 0.6 for r, 2 for the polynomial) and 1.7e-16 for the reference.
	const bound = 6.6e-16
	worst, worstX, worstY := 0.0, 0.0, 0.0
	eight := make([]float64, 8)
	try := func(x, y float64) {
		want := sineOfSum(x, y)
		for i := range eight {
			eight[i] = x
		}
		// One point takes the loop over the remainder; eight equal ones, whose sum is exact, take the loops over
		// four or eight points.
		for _, have := range []float64{sumRow(eight[:1], y), sumRow(eight, y) / 8} {
			if d := math.Abs(have - want); !(d <= worst) {
				worst, worstX, worstY = d, x, y
			}
		}
	}
	const side = 1200
	for i := range side + 1 {
		for j := range side + 1 {
			try(float64(i)*(math.Pi/side), float64(j)*(math.Pi/side))
		}
	}
	const seed = 20260117
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 1_000_000 {
		try(random.Float64()*math.Pi, random.Float64()*math.Pi)
	}
	t.Logf("largest error %.3g at x = %v, y = %v", worst, worstX, worstY)
	if !(worst <= bound) {
		t.Errorf("error %.3g at x = %v, y = %v; want at most %.3g", worst, worstX, worstY, bound)
	}
}

func TestIntegralOverTheSquareIsZeroAndItsHalvesAreTwo(t *testing.T) {
	const n = 10_000
	lower, upper := Rows(n, 0, n/2), Rows(n, n/2, n)
	t.Logf("lower half %.17g, upper half %.17g, sum %.3g", lower, upper, lower+upper)
	if sum := lower + upper; math.Abs(sum) >= 1e-10 {
		t.Errorf("integral is %.3g, want less than 1e-10 in size", sum)
	}
	// Zero alone would also come from doing nothing.
	if math.Abs(lower-2) > 1e-5 || math.Abs(upper+2) > 1e-5 {
		t.Errorf("halves are %v and %v, want 2 and -2 within 1e-5", lower, upper)
	}
	// The midpoint rule multiplies the exact integral of each factor by (h/2)/sin(h/2).
	h := math.Pi / n
	if factor := h / 2 / math.Sin(h/2); math.Abs(lower/(2*factor*factor)-1) > 1e-13 {
		t.Errorf("lower half is %.17g, the midpoint rule's own value is %.17g", lower, 2*factor*factor)
	}
}

func TestRowsAgreeWithThePlainLoop(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 63, 64, 1000} {
		for _, cut := range [][2]int{{0, n}, {0, n / 2}, {n / 3, n - n/4}, {n - 1, n}, {n, n}} {
			have, want := Rows(n, cut[0], cut[1]), serialRows(n, cut[0], cut[1])
			// The plain loop's one long sum is off by some 1e-13; one point too many or too few is 1e-5 or more.
			if math.Abs(have-want) > 1e-12 {
				t.Errorf("Rows(%d, %d, %d) = %.17g, the plain loop gives %.17g", n, cut[0], cut[1], have, want)
			}
		}
	}
}

func TestRowsOutsideTheGridPanic(t *testing.T) {
	for _, c := range [][3]int{{0, 0, 0}, {-1, 0, 0}, {4, -1, 2}, {4, 0, 5}, {4, 3, 2}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Rows(%d, %d, %d) returned, want a panic", c[0], c[1], c[2])
				}
			}()
			Rows(c[0], c[1], c[2])
		}()
	}
}

func ExampleRows() {
	const n = 10_000
	lower, upper := Rows(n, 0, n/2), Rows(n, n/2, n)
	fmt.Printf("%.6f %.6f\n", lower, upper)
	fmt.Println(math.Abs(lower+upper) < 1e-10)
	// Output:
	// 2.000000 -2.000000
	// true
}

// benchmarkRows times 100 rows of the grid of the example, a million sines, and reports nanoseconds per sine.
func benchmarkRows(b *testing.B, rows func(n, first, last int) float64) {
	const n, count = 10_000, 100
	first := 0
	for b.Loop() {
		rows(n, first, first+count)
		first = (first + count) % n
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(n*count), "ns/sine")
}

func BenchmarkRows(b *testing.B)       { benchmarkRows(b, Rows) }
func BenchmarkSerialRows(b *testing.B) { benchmarkRows(b, serialRows) }
