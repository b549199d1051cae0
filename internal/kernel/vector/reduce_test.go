package vector

import (
	"math"
	"math/big"
	"testing"
)

// exactSum adds with as many bits as it takes.
func exactSum(a []float64) float64 {
	sum := new(big.Float).SetPrec(2200)
	for _, x := range a {
		sum.Add(sum, new(big.Float).SetFloat64(x))
	}
	f, _ := sum.Float64()
	return f
}

// lengths are those at which the shape of a sum changes.
var lengths = []int{0, 1, 31, 32, 33, blockLen - 1, blockLen, blockLen + 1, 3*blockLen + 77, 40000}

func TestSumsAreAccurate(t *testing.T) {
	r := seeded(t)
	eachLevel(t, func(t *testing.T) {
		for _, n := range lengths {
			a, ones, squares := make([]float64, n), make([]float64, n), make([]float64, n)
			total := 0.0
			for i := range a {
				a[i] = r.NormFloat64()
				ones[i] = 1
				squares[i] = (a[i] - 0.5) * (a[i] - 0.5)
				total += math.Abs(a[i])
			}
			bound := total * 0x1p-50
			if got, want := Sum(a), exactSum(a); math.Abs(got-want) > bound {
				t.Errorf("sum of %d numbers is %g, want %g", n, got, want)
			}
			if got, want := Dot(a, ones), exactSum(a); math.Abs(got-want) > bound {
				t.Errorf("dot of %d numbers is %g, want %g", n, got, want)
			}
			if got, want := SumSquares(a, 0.5), exactSum(squares); math.Abs(got-want) > want*0x1p-48 {
				t.Errorf("sum of squares of %d numbers is %g, want %g", n, got, want)
			}
		}
	})
}

func TestMomentsOfNumbersFarFromZero(t *testing.T) {
	r := seeded(t)
	const far = 1e9
	for _, n := range lengths[1:] {
		a := make([]float64, n)
		for i := range a {
			a[i] = far + r.NormFloat64()
		}
		mean := exactSum(a) / float64(n)
		want := SumSquares(a, mean)
		m := MomentsOf(a)
		if m.N != int64(n) || math.Abs(m.Mean-mean) > far*0x1p-50 || math.Abs(m.M2-want) > 1e-7*want+1e-6 {
			t.Errorf("moments of %d numbers are %+v, want mean %g and squares %g", n, m, mean, want)
		}
		joined := MomentsOf(a[:n/3]).Join(MomentsOf(a[n/3:]))
		if joined.N != m.N || math.Abs(joined.Mean-m.Mean) > far*0x1p-50 || math.Abs(joined.M2-m.M2) > 1e-6*want+1e-5 {
			t.Errorf("moments of %d numbers in two parts are %+v, want %+v", n, joined, m)
		}
	}
	if m := MomentsOf[float64](nil); m != (Moments{}) {
		t.Errorf("moments of no numbers are %+v", m)
	}
}

func TestSumsOfSpecialNumbers(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		if s := Sum[float64](nil); s != 0 || math.Signbit(s) {
			t.Errorf("sum of nothing is %g, want 0", s)
		}
		zeros := make([]float64, 100)
		fillAll(zeros, minusZ)
		if s := Sum(zeros); s != 0 || !math.Signbit(s) {
			t.Errorf("sum of negative zeros is %g, want -0", s)
		}
		if p := Prod[float32](nil); p != 1 {
			t.Errorf("product of nothing is %g, want 1", p)
		}
		mixed := make([]float64, 100)
		mixed[7], mixed[70] = inf, -inf
		if s := Sum(mixed); !math.IsNaN(s) {
			t.Errorf("sum of inf and -inf is %g, want NaN", s)
		}
		halves := make([]float32, 1<<16)
		fillAll(halves, 0.1)
		if s, want := Sum(halves), float64(float32(0.1))*(1<<16); s != want {
			t.Errorf("sum of float32s is %g, want %g, added in float64", s, want)
		}
		powers := make([]float64, 5000)
		fillAll(powers, 2)
		fillAll(powers[:2500], 0.5)
		if p := Prod(powers); p != 1 {
			t.Errorf("product is %g, want 1", p)
		}
	})
}

func TestIntegerReductions(t *testing.T) {
	a := []int8{127, 127, -128, 3}
	if s, p := SumSigned(a), ProdSigned(a); s != 129 || p != -127*127*128*3 {
		t.Errorf("sum %d and product %d of %v", s, p, a)
	}
	b := []uint64{math.MaxUint64, 3}
	if s, p := SumUnsigned(b), ProdUnsigned(b); s != 2 || p != math.MaxUint64-2 {
		t.Errorf("sum %d and product %d of %v", s, p, b)
	}
	dst := make([]int8, 4)
	if last := CumSum(dst, a, 1); last != -126 || dst[0] != -128 || dst[1] != -1 || dst[2] != 127 || dst[3] != -126 {
		t.Errorf("cumulative sum of %v from 1 is %v and ends at %d", a, dst, last)
	}
	if last := CumProd(dst, []int8{2, 3, 5, 7}, 1); last != -46 || dst[2] != 30 {
		t.Errorf("cumulative product is %v and ends at %d", dst, last)
	}
}

func TestExtremesOfSpecialNumbers(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for _, n := range []int{2, 40, 300, blockLen + 100} {
			a := make([]float64, n)
			a[n-1] = minusZ
			if least, greatest := MinOf(a), MaxOf(a); !math.Signbit(least) || math.Signbit(greatest) {
				t.Errorf("of %d zeros with one -0 the least is %g and the greatest %g, want -0 and 0", n, least, greatest)
			}
			fillAll(a, minusZ)
			a[n/2] = 0
			if least, greatest := MinOf(a), MaxOf(a); !math.Signbit(least) || math.Signbit(greatest) {
				t.Errorf("of %d zeros with one +0 the least is %g and the greatest %g, want -0 and 0", n, least, greatest)
			}
			a[n-1] = nan
			if least, greatest := MinOf(a), MaxOf(a); !math.IsNaN(least) || !math.IsNaN(greatest) {
				t.Errorf("of %d numbers with a NaN the least is %g and the greatest %g, want NaN", n, least, greatest)
			}
			if i, j := ArgMin(a), ArgMax(a); i != n-1 || j != n-1 {
				t.Errorf("of %d numbers with a NaN at the end the first extremes are at %d and %d", n, i, j)
			}
		}
	})
}

// naiveArg is the first NaN, or the first of the most extreme.
func naiveArg(a []float64, beats func(x, than float64) bool) int {
	best := 0
	for i, x := range a {
		if x != x {
			return i
		}
		if beats(x, a[best]) {
			best = i
		}
	}
	return best
}

func TestArgumentsOfExtremes(t *testing.T) {
	r := seeded(t)
	eachLevel(t, func(t *testing.T) {
		for range 300 {
			a := make([]float64, 1+r.IntN(3*blockLen))
			for i := range a {
				a[i] = float64(r.IntN(len(a)) - len(a)/2)
			}
			if r.IntN(3) == 0 {
				a[r.IntN(len(a))] = nan
			}
			if got, want := ArgMin(a), naiveArg(a, func(x, than float64) bool { return x < than }); got != want {
				t.Fatalf("first least of %d is at %d (%g), want %d (%g)", len(a), got, a[got], want, a[want])
			}
			if got, want := ArgMax(a), naiveArg(a, func(x, than float64) bool { return x > than }); got != want {
				t.Fatalf("first greatest of %d is at %d (%g), want %d (%g)", len(a), got, a[got], want, a[want])
			}
		}
	})
}

func TestExtremesOfPairs(t *testing.T) {
	got := make([]float64, 6)
	x, y := []float64{1, nan, 2, 0, minusZ, nan}, []float64{2, 1, nan, minusZ, 0, nan}
	Min(got, x, y)
	for i, want := range []float64{1, nan, nan, 0, minusZ, nan} {
		if !same(got[i], want) {
			t.Errorf("min(%g, %g) = %g, want %g", x[i], y[i], got[i], want)
		}
	}
	Max(got, x, y)
	for i, want := range []float64{2, nan, nan, 0, minusZ, nan} {
		if !same(got[i], want) {
			t.Errorf("max(%g, %g) = %g, want %g", x[i], y[i], got[i], want)
		}
	}
}

func TestLeastIntegersHaveNoPositiveCounterpart(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		a, got := make([]int64, 70), make([]int64, 70)
		fillAll(a, math.MinInt64)
		Abs(got, a)
		if got[0] != math.MinInt64 || got[69] != math.MinInt64 {
			t.Errorf("absolute value of the least integer is %d and %d, want itself", got[0], got[69])
		}
		Neg(got, a)
		if got[0] != math.MinInt64 || got[69] != math.MinInt64 {
			t.Errorf("negative of the least integer is %d and %d, want itself", got[0], got[69])
		}
	})
}
