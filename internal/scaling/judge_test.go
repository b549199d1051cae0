package scaling

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestJudgeNamesTheFastestAndTheSmallestThatIsNearlyAsFast(t *testing.T) {
	for _, c := range []struct {
		name                  string
		rows                  []Row
		base, fastest, enough int
		serial                float64
		unchanged             bool
	}{
		{"perfect", rowsOf(amdahl(0), 1, 2, 4, 8), 1, 8, 8, 0, false},
		{"a tenth is serial", rowsOf(amdahl(0.1), 1, 2, 4, 8, 16, 32), 1, 32, 32, 0.1, false},
		{"a tenth is serial, many cores", rowsOf(amdahl(0.1), 1, 128, 160, 512), 1, 512, 128, 0.1, false},
		{"a tenth is serial, not measured on one core", rowsOf(amdahl(0.1), 3, 6, 12), 3, 12, 12, 0.1, false},
		{"all is serial", rowsOf(constant, 1, 2, 4), 1, 1, 1, 1, true},
		{"counts that hardly differ", rowsOf(constant, 5, 6, 9), 5, 5, 5, 1, false},
		{"one count", rowsOf(constant, 2), 2, 2, 2, math.NaN(), false},
		{"slower with more", rowsOf(func(n int) float64 { return float64(n) }, 1, 2, 3), 1, 1, 1, 1, false},
		{"the first fails", failing(rowsOf(amdahl(0), 1, 2, 4), 0), 2, 4, 4, 0, false},
		{"the fastest fails", failing(rowsOf(amdahl(0), 1, 2, 4), 2), 1, 2, 2, 0, false},
		{"all fail", failing(rowsOf(amdahl(0), 1), 0), 0, 0, 0, math.NaN(), false},
		{"none was run", []Row{{Cores: 1}, {Cores: 2}}, 0, 0, 0, math.NaN(), false},
		{"nothing", nil, 0, 0, 0, math.NaN(), false},
	} {
		v := Judge(c.rows)
		if v.Base != c.base || v.Fastest != c.fastest || v.Enough != c.enough || v.Unchanged != c.unchanged || !same(v.Serial, c.serial) {
			t.Errorf("%s: %+v", c.name, v)
		}
		if len(v.Rows) != len(c.rows) {
			t.Errorf("%s: %d rows of %d", c.name, len(v.Rows), len(c.rows))
		}
	}
}

// same allows for rounding, and takes NaN to be equal to itself.
func same(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-9 }

func TestEveryRowOfAmdahlsLawShowsTheSameSerialFraction(t *testing.T) {
	for _, base := range []int{1, 2, 5} {
		v := Judge(rowsOf(amdahl(0.1), base, 8, 64, 1000))
		for i, j := range v.Rows {
			n, b := float64(j.Cores), float64(base)
			speedUp := (0.1 + 0.9/b) / (0.1 + 0.9/n)
			want := 0.1
			if i == 0 {
				want = math.NaN()
			}
			if !same(j.SpeedUp, speedUp) || !same(j.Efficiency, speedUp*b/n) || !same(j.Serial, want) {
				t.Errorf("%d over %d cores: %+v", base, j.Cores, j)
			}
		}
	}
}

// The worked numbers follow from the formula of the paper, (1/ψ - 1/p) / (1 - 1/p).
func TestKarpFlattOfKnownCases(t *testing.T) {
	for _, c := range []struct {
		base, cores int
		speedUp     float64
		want        float64
	}{
		{1, 2, 1.8, 1.0 / 9}, {1, 8, 4, 1.0 / 7}, {1, 4, 4, 0}, {1, 4, 5, -1.0 / 15}, {1, 2, 1, 1}, {1, 2, 0.5, 3},
		{2, 8, 4, 0}, {4, 8, 1, 1}, {4, 8, 0.8, math.NaN()}, {1, 1, 1, math.NaN()}, {3, 3, 1, math.NaN()},
	} {
		if have := KarpFlatt(c.base, c.cores, c.speedUp); !same(have, c.want) {
			t.Errorf("%d over %d cores, %g times as fast: %g, want %g", c.cores, c.base, c.speedUp, have, c.want)
		}
	}
}

// The reference tries every serial fraction in steps of 1e-5, each with the time on one core that suits it best.
func TestFitAmdahlIsTheLeastSumOfSquares(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 20 {
		var cores []int
		var seconds []float64
		for n := 1; n < 100; n += 1 + r.IntN(20) {
			cores = append(cores, n)
			seconds = append(seconds, amdahl(r.Float64())(n)*math.Exp(r.NormFloat64()))
		}
		if len(cores) < 2 {
			continue
		}
		best, fraction := math.Inf(1), 0.0
		for s := 0.0; s <= 1; s += 1e-5 {
			// The sum of (c·z - 1)² has its minimum at c = Σz / Σz².
			var z1, z2 float64
			for i, n := range cores {
				z := (s + (1-s)/float64(n)) / seconds[i]
				z1, z2 = z1+z, z2+z*z
			}
			if sum := float64(len(cores)) - z1*z1/z2; sum < best {
				best, fraction = sum, s
			}
		}
		if have := FitAmdahl(cores, seconds); math.Abs(have-fraction) > 2e-5 {
			t.Errorf("seed %d: %v cores, %v s: %g, the reference %g", seed, cores, seconds, have, fraction)
		}
	}
}

func TestAnUnchangedRunTimeIsSeenThroughTheNoiseAndASpeedUpToo(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		for _, c := range []struct {
			seconds func(int) float64
			part    float64
			want    bool
		}{
			{constant, 0.04, true},     // within 10 % whatever the draw
			{amdahl(0.5), 0.04, false}, // 1.6 times as fast on 4 cores
			{amdahl(0), 0.3, false},    // 4 times as fast, less the noise, which allows for 1.5
			{amdahl(0.98), 0.02, true}, // 1.015 times as fast
			{func(n int) float64 { return float64(n) }, 0.2, false},
		} {
			rows := noisy(rowsOf(c.seconds, 1, 2, 4), c.part, r)
			if v := Judge(rows); v.Unchanged != c.want {
				t.Fatalf("seed %d: unchanged is %v, want %v: %+v", seed, v.Unchanged, c.want, rows)
			}
		}
	}
	// The medians differ by a quarter, and the runs of each count by a third.
	wide := []Row{
		{Cores: 1, Samples: []Sample{{0.9, 0}, {1, 0}, {1.2, 0}}},
		{Cores: 2, Samples: []Sample{{0.7, 0}, {0.8, 0}, {1, 0}}},
	}
	if v := Judge(wide); !v.Unchanged {
		t.Errorf("a difference below the noise counts: %+v", v)
	}
}

func TestRowsAreDisturbedByATenthOfACore(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		cores  int
		others []float64
		mean   float64
		want   bool
	}{
		{1, []float64{nan, nan}, nan, false},
		{1, []float64{0.05, nan, 0.07}, 0.06, false},
		{1, []float64{0, 0, 0.6}, 0.2, true},
		{64, []float64{0.5}, 0.5, false},
		{64, []float64{0.7}, 0.7, true},
	} {
		row := Row{Cores: c.cores}
		for _, o := range c.others {
			row.Samples = append(row.Samples, Sample{1, o})
		}
		if j := Judge([]Row{row}).Rows[0]; !same(j.Others, c.mean) || j.Disturbed != c.want {
			t.Errorf("%+v: %+v", c, j)
		}
	}
}

func TestMedianTakesTheMiddle(t *testing.T) {
	for want, xs := range map[float64][]float64{1: {1}, 2: {3, 1, 2}, 2.5: {4, 1, 2, 3}} {
		before := fmt.Sprint(xs)
		if have := median(xs); have != want || fmt.Sprint(xs) != before {
			t.Errorf("%s: %g, now %v", before, have, xs)
		}
	}
}
