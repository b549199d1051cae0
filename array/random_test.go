package array_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// like is testdata/distributions.json: what NumPy's random numbers are like, as testdata/distributions.py found.
type like struct {
	Count         float64
	Distributions []struct {
		Name            string
		Parameters      []float64
		Mean, Deviation float64
		Points, Shares  []float64
		Part            *int // of a result that has several; -1 for the first and twice the last
	}
}

// draws are the distributions with parameters in a list.
var draws = map[string]func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array{
	"Normal":           two((*array.Generator).Normal),
	"Exponential":      one((*array.Generator).Exponential),
	"Gamma":            two((*array.Generator).Gamma),
	"Beta":             two((*array.Generator).Beta),
	"Poisson":          one((*array.Generator).Poisson),
	"NegativeBinomial": two((*array.Generator).NegativeBinomial),
	"Geometric":        one((*array.Generator).Geometric),
	"Zipf":             one((*array.Generator).Zipf),
	"ChiSquare":        one((*array.Generator).ChiSquare),
	"F":                two((*array.Generator).F),
	"StandardT":        one((*array.Generator).StandardT),
	"VonMises":         two((*array.Generator).VonMises),
	"Wald":             two((*array.Generator).Wald),
	"LogNormal":        two((*array.Generator).LogNormal),
	"Laplace":          two((*array.Generator).Laplace),
	"Logistic":         two((*array.Generator).Logistic),
	"Gumbel":           two((*array.Generator).Gumbel),
	"Rayleigh":         one((*array.Generator).Rayleigh),
	"Weibull":          one((*array.Generator).Weibull),
	"Pareto":           one((*array.Generator).Pareto),
	"Power":            one((*array.Generator).Power),
	"Uniform":          two((*array.Generator).Uniform),
	"Binomial": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.Binomial(int64(p[0]), p[1], shape, opts...)
	},
	"Integers": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.Integers(int64(p[0]), int64(p[1]), shape, opts...)
	},
	"StandardCauchy": none((*array.Generator).StandardCauchy),
	"Triangular": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.Triangular(p[0], p[1], p[2], shape, opts...)
	},
	"ChoiceWeighted": (*array.Generator).ChoiceWeighted,
	"Hypergeometric": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.Hypergeometric(int64(p[0]), int64(p[1]), int64(p[2]), shape, opts...)
	},
	"LogSeries":           one((*array.Generator).LogSeries),
	"NoncentralChiSquare": two((*array.Generator).NoncentralChiSquare),
	"NoncentralF": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.NoncentralF(p[0], p[1], p[2], shape, opts...)
	},
	"StandardNormal":      none((*array.Generator).StandardNormal),
	"StandardExponential": none((*array.Generator).StandardExponential),
	"StandardGamma":       one((*array.Generator).StandardGamma),
	"Multinomial": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.Multinomial(int64(p[0]), p[1:], shape, opts...)
	},
	"MultivariateHypergeometric": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		var counts []int64
		for _, n := range p[1:] {
			counts = append(counts, int64(n))
		}
		return r.MultivariateHypergeometric(counts, int64(p[0]), shape, opts...)
	},
	"Dirichlet": (*array.Generator).Dirichlet,
	"MultivariateNormal": func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return r.MultivariateNormal(p, [][]float64{{4, 1, 2}, {1, 2, 0.5}, {2, 0.5, 1}}, shape, opts...)
	},
}

func none(f func(*array.Generator, array.Shape, ...array.Option) *array.Array) func(*array.Generator, []float64, array.Shape, ...array.Option) *array.Array {
	return func(r *array.Generator, _ []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return f(r, shape, opts...)
	}
}

// part returns what a distribution of several parts is asked about: one of them, or the first and twice the last.
func part(a *array.Array, which *int) *array.Array {
	switch {
	case which == nil:
		return a
	case *which >= 0:
		return a.Slice(ndarray.Ellipsis(), ndarray.At(*which))
	}
	return a.Slice(ndarray.Ellipsis(), ndarray.At(0)).Add(a.Slice(ndarray.Ellipsis(), ndarray.At(-1)).Mul(2))
}

func one(f func(*array.Generator, float64, array.Shape, ...array.Option) *array.Array) func(*array.Generator, []float64, array.Shape, ...array.Option) *array.Array {
	return func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return f(r, p[0], shape, opts...)
	}
}

func two(f func(r *array.Generator, x, y float64, shape array.Shape, opts ...array.Option) *array.Array) func(*array.Generator, []float64, array.Shape, ...array.Option) *array.Array {
	return func(r *array.Generator, p []float64, shape array.Shape, opts ...array.Option) *array.Array {
		return f(r, p[0], p[1], shape, opts...)
	}
}

// TestDistributions compares random numbers with NumPy's by the test of Kolmogorov and Smirnov and by their moments, and those in
// other chunks, and on workers, with each other.
func TestDistributions(t *testing.T) {
	data, err := os.ReadFile("testdata/distributions.json")
	if err != nil {
		t.Fatal(err)
	}
	var all like
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	const seed, n, m = 2026, 80, 200
	t.Logf("seed %d", seed)
	var first []ndarray.Untyped
	clients(t, func(t *testing.T, c *braid.Client) {
		cuts := [][]int{{-1}, {50, 170}}
		if first != nil {
			cuts = [][]int{{31, 200}}
		}
		for _, chunks := range cuts {
			r := array.Random(seed)
			var asked []*array.Array
			for _, d := range all.Distributions {
				asked = append(asked, part(draws[d.Name](r, d.Parameters, array.Shape{n, m}, array.Chunks(chunks...)), d.Part))
			}
			got, err := array.Compute(t.Context(), c, asked...)
			if err != nil {
				t.Fatal(err)
			}
			for i, d := range all.Distributions {
				what := fmt.Sprintf("%s %v in chunks %v", d.Name, d.Parameters, chunks)
				switch {
				case first == nil || len(first) <= i:
					first = append(first, got[i])
					values := slices.Sorted(ndarray.Must(ndarray.Cast[float64](got[i], ndarray.Unsafe)).Values())
					for _, diff := range unlike(values, d.Mean, d.Deviation, d.Points, d.Shares, all.Count) {
						t.Errorf("%s: %s", what, diff)
					}
				case string(ndarray.AppendRaw(nil, got[i])) != string(ndarray.AppendRaw(nil, first[i])):
					t.Errorf("%s: other numbers than in one chunk", what)
				}
			}
		}
	})
}

// unlike says how sorted numbers differ from those of a distribution, of which so many numbers are known. Either would be said of one
// right sample in a million.
func unlike(x []float64, mean, deviation float64, points, shares []float64, count float64) (diffs []string) {
	n := float64(len(x))
	both := math.Sqrt(1/n + 1/count)
	const distance = 2.69 // sqrt(-ln(1e-6/2)/2)
	for i, p := range points {
		below := float64(sort.Search(len(x), func(k int) bool { return x[k] > p })) / n
		if math.Abs(below-shares[i]) > distance*both {
			diffs = append(diffs, fmt.Sprintf("a share of %.4f is at most %v, and of NumPy's %.4f", below, p, shares[i]))
		}
	}
	if deviation > 100 { // of a distribution without one
		return diffs
	}
	m, squares := 0.0, 0.0
	for _, v := range x {
		m += v / n
	}
	for _, v := range x {
		squares += (v - m) * (v - m) / n
	}
	if math.Abs(m-mean) > 4.9*deviation*both+1e-9 {
		diffs = append(diffs, fmt.Sprintf("the mean is %v, and NumPy's %v", m, mean))
	}
	if math.Abs(math.Sqrt(squares)-deviation) > 0.1*deviation+1e-9 {
		diffs = append(diffs, fmt.Sprintf("the standard deviation is %v, and NumPy's %v", math.Sqrt(squares), deviation))
	}
	return diffs
}

// TestResultsOfSeveralParts looks at what the parts of one result must be together, also where one direction has no variance.
func TestResultsOfSeveralParts(t *testing.T) {
	c := open(t, braid.Options{})
	r := array.Random(9)
	shape, cut := array.Shape{20, 30}, array.Chunks(7, 30)
	full := func(v any) *array.Array { return array.Full(v, shape) }
	same(t, c, "trials", array.Along(-1).Sum(r.Multinomial(17, []float64{0.25, 0.5, 0.25}, shape, cut)), full(17))
	same(t, c, "what is drawn", array.Along(-1).Sum(r.MultivariateHypergeometric([]int64{5, 0, 9}, 11, shape, cut)), full(11))
	drawn := r.MultivariateHypergeometric([]int64{5, 0, 9}, 11, shape, cut)
	same(t, c, "no more than there are", drawn.LessEqual(ndarray.Must(ndarray.FromSlice([]int64{5, 0, 9}))), drawn.GreaterEqual(0))
	same(t, c, "shares", array.Along(-1).Sum(r.Dirichlet([]float64{0.01, 0.01, 3}, shape, cut)).IsClose(1, 0, 1e-12), full(true))
	line := r.MultivariateNormal([]float64{1, 3}, [][]float64{{4, -2}, {-2, 1}}, shape, cut)
	along := line.Slice(ndarray.Ellipsis(), ndarray.At(0)).Add(line.Slice(ndarray.Ellipsis(), ndarray.At(1)).Mul(2))
	same(t, c, "points on a line", along.IsClose(7, 0, 1e-12), full(true))
	if got := line.Chunks(); len(got) != 3 || len(got[0]) != 3 || len(got[2]) != 1 {
		t.Errorf("chunks of %v", got)
	}
}

func TestPermutations(t *testing.T) {
	c := open(t, braid.Options{})
	r := array.Random(5)
	for _, n := range []int{0, 1, 2, 3, 16, 17, 1000} {
		p, err := array.Collect[int64](t.Context(), c, r.Permutation(n, array.Chunks(7)))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range slices.Sorted(p.Values()) {
			if v != int64(i) || p.Size() != n {
				t.Fatalf("a permutation of %d places: %v", n, p)
			}
		}
	}
	// Of all permutations of four places, each should come as often as the others.
	const rounds = 24 * 60
	var all []*array.Array
	for range rounds {
		all = append(all, r.Permutation(4))
	}
	u, err := array.Collect[int64](t.Context(), c, array.Stack(0, all...))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[[4]int64]float64{}
	for i := range rounds {
		counts[[4]int64{u.At(i, 0), u.At(i, 1), u.At(i, 2), u.At(i, 3)}]++
	}
	square := 0.0
	for _, n := range counts {
		square += (n - 60) * (n - 60) / 60
	}
	if len(counts) != 24 || square > 71 { // one in a million of 23 degrees of freedom
		t.Errorf("%d permutations, chi-square %v: %v", len(counts), square, counts)
	}

	a := array.Arange(0, 40, 1, array.Chunks(9)).Reshape(array.Shape{8, 5})
	rows := r.Permuted(a, 0)
	same(t, c, "permuted rows, sorted", rows.Sort(0), a)
	u2, err := array.Collect[int64](t.Context(), c, rows)
	if err != nil || u2.At(0, 1) != u2.At(0, 0)+1 {
		t.Errorf("rows did not stay together: %v, %v", u2, err)
	}
	chosen, err := array.Collect[int64](t.Context(), c, r.Choice(1<<40, true, array.Shape{30, 40}, array.Chunks(16)))
	if err != nil {
		t.Fatal(err)
	}
	values := slices.Sorted(chosen.Values())
	if len(slices.Compact(slices.Clone(values))) != 1200 || values[0] < 0 || values[1199] >= 1<<40 || values[600] < 1<<38 || values[600] > 3<<38 {
		t.Errorf("1200 different numbers below 2⁴⁰: %v … %v … %v", values[0], values[600], values[1199])
	}
	for want, broken := range map[string]*array.Array{
		"a shape above 0":                 r.Gamma(0, 1, array.Shape{2}),
		"a scale of -1":                   r.Gamma(1, -1, array.Shape{2}),
		"finite numbers":                  r.Poisson(math.NaN(), array.Shape{2}),
		"a mean from 0":                   r.Poisson(-1, array.Shape{2}),
		"a probability from 0 to 1":       r.Binomial(3, 1.5, array.Shape{2}),
		"a probability of 0":              r.Geometric(0, array.Shape{2}),
		"they must rise":                  r.Triangular(1, 0, 2, array.Shape{2}),
		"and must be 1":                   r.ChoiceWeighted([]float64{0.3, 0.3}, array.Shape{2}),
		"are not negative":                r.ChoiceWeighted([]float64{-0.3, 1.3}, array.Shape{2}),
		"5 different numbers of 4":        r.Choice(4, true, array.Shape{5}),
		"a choice of 0":                   r.Choice(0, false, array.Shape{5}),
		"an exponent from 1.001":          r.Zipf(1, array.Shape{5}),
		"as many that are drawn as there": r.Hypergeometric(3, 4, 8, array.Shape{2}),
		"up to and without 1":             r.LogSeries(1, array.Shape{2}),
		"that are 1 together":             r.Multinomial(3, []float64{0.5, 0.4}, array.Shape{2}),
		"it has no parts":                 r.Multinomial(3, nil, array.Shape{2}),
		"10⁹ together":                    r.MultivariateHypergeometric([]int64{3, 2}, 6, array.Shape{2}),
		"concentrations above 0":          r.Dirichlet([]float64{1, 0}, array.Shape{2}),
		"must be finite and the same":     r.MultivariateNormal([]float64{0, 0}, [][]float64{{1, 0.5}, {0.4, 1}}, array.Shape{2}),
		"a negative variance":             r.MultivariateNormal([]float64{0, 0}, [][]float64{{1, 2}, {2, 1}}, array.Shape{2}),
		"row 1 of the covariances":        r.MultivariateNormal([]float64{0, 0}, [][]float64{{1, 2}, {2}}, array.Shape{2}),
		"at least one":                    r.MultivariateNormal(nil, nil, array.Shape{2}),
		"shape (-1,)":                     r.Beta(1, 1, array.Shape{-1}),
	} {
		if err := broken.Err(); err == nil || !strings.Contains(err.Error(), "(random_test.go:") || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}
