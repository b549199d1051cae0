package tile

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

// philoxStream is what numpy.random.Generator(numpy.random.Philox(key=1)).random(5) returns.
var philoxStream = []float64{0.3035680343067586, 0.8487087496857769, 0.1561347780434731, 0.031106436954376093, 0.9002684531124185}

func TestUniformIsTheStreamOfNumPysPhilox(t *testing.T) {
	for start := range 5 {
		got := make([]float64, 5-start)
		newStream([2]uint64{1, 0}).fill(got, uint64(start))
		if !slices.Equal(got, philoxStream[start:]) {
			t.Errorf("from position %d: %v, want %v", start, got, philoxStream[start:])
		}
	}
}

func TestUniformDoesNotDependOnWhereItBegins(t *testing.T) {
	whole := make([]float64, 64)
	newStream([2]uint64{7, 9}).fill(whole, 0)
	for from := range whole {
		for to := from; to <= len(whole); to++ {
			got := make([]float64, to-from)
			newStream([2]uint64{7, 9}).fill(got, uint64(from))
			if !slices.Equal(got, whole[from:to]) {
				t.Fatalf("positions %d to %d differ from those of the whole", from, to)
			}
		}
	}
}

// symmetric is the program of A + A.T for a random A of so many rows.
func symmetric(n int64) Program {
	return Program{
		Loads: []Load{
			{Source: Uniform, DType: ndarray.Float64, Value: [2]uint64{1, 0}, Coef: []int64{n, 1}},
			{Source: Uniform, DType: ndarray.Float64, Value: [2]uint64{1, 0}, Coef: []int64{1, n}},
		},
		Steps: []Step{{Op: Add, DType: ndarray.Float64, Args: [3]uint16{0, 1}}},
	}
}

func TestMapOfTransposed(t *testing.T) {
	for _, n := range []int{1, 3, 64, 100} {
		k, err := New(symmetric(int64(n)), 2)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.Map([]int{0, 0}, []int{n, n}, nil)
		if err != nil {
			t.Fatal(err)
		}
		a := got.(*ndarray.Array[float64])
		for i := range n {
			for j := range n {
				want := uniformAt([2]uint64{1}, uint64(i*n+j)) + uniformAt([2]uint64{1}, uint64(j*n+i))
				if a.At(i, j) != want {
					t.Fatalf("n = %d: element %d, %d is %v, want %v", n, i, j, a.At(i, j), want)
				}
			}
		}
	}
}

// TestReductionsOfAnyLayout holds every fold, over every choice of axes, of inputs that lie anyhow in memory, against
// loops.
func TestReductionsOfAnyLayout(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	shape := []int{5, 70, 67}
	whole := ndarray.New[float64](5, 70, 67)
	for i := range whole.Memory() {
		whole.Memory()[i] = float64(rng.IntN(1000))
	}
	other := ndarray.Must(ndarray.Must(whole.Transpose(2, 0, 1)).Clone().Transpose(1, 2, 0)) // the same elements, elsewhere
	p := Program{Loads: []Load{{Source: Input, DType: ndarray.Float64, Coef: []int64{70 * 67, 67, 1}}}}
	k, err := New(p, 3)
	if err != nil {
		t.Fatal(err)
	}
	for mask := range 8 {
		reduced := []bool{mask&1 != 0, mask&2 != 0, mask&4 != 0}
		for _, fold := range []Fold{Sum, Min, Max, ArgMin, ArgMax} {
			red := &Reduction{Fold: fold, DType: ndarray.Float64, Reduced: reduced, Coef: []int64{70 * 67, 67, 1}, To: ndarray.Float64}
			var results []ndarray.Untyped
			for _, in := range []ndarray.Untyped{whole, other} {
				partial, err := k.Reduce(red, []int{0, 0, 0}, shape, []ndarray.Untyped{in})
				if err != nil {
					t.Fatal(err)
				}
				u, err := red.Finish(partial)
				if err != nil {
					t.Fatal(err)
				}
				results = append(results, u)
			}
			want := slowly(whole, reduced, fold)
			for _, u := range results {
				if !ndarray.Equal(u.(*ndarray.Array[float64]), want) {
					t.Fatalf("%v over %v: %v, want %v", fold, reduced, u, want)
				}
			}
		}
	}
}

// slowly folds by plain loops.
func slowly(a *ndarray.Array[float64], reduced []bool, fold Fold) *ndarray.Array[float64] {
	var kept []int
	for i, n := range a.Shape() {
		if !reduced[i] {
			kept = append(kept, n)
		}
	}
	out, seen, best := ndarray.New[float64](kept...), ndarray.New[bool](kept...), ndarray.New[float64](kept...)
	s := a.Shape()
	for i := range s[0] {
		for j := range s[1] {
			for l := range s[2] {
				var at []int
				for axis, x := range []int{i, j, l} {
					if !reduced[axis] {
						at = append(at, x)
					}
				}
				x, have := a.At(i, j, l), best.At(at...)
				switch {
				case fold == Sum:
					out.Set(out.At(at...)+x, at...)
				case !seen.At(at...) || (fold == Min || fold == ArgMin) && x < have || (fold == Max || fold == ArgMax) && x > have:
					best.Set(x, at...)
					out.Set(x, at...)
					if fold >= ArgMin {
						out.Set(float64((i*s[1]+j)*s[2]+l), at...)
					}
				}
				seen.Set(true, at...)
			}
		}
	}
	return out
}

func TestPairsAreTheSameAsBothRegions(t *testing.T) {
	k, err := New(symmetric(300), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, fold := range []Fold{Sum, Max} {
		red := &Reduction{Fold: fold, DType: ndarray.Float64, Reduced: []bool{true, true}, To: ndarray.Float64}
		pair, err := k.ReducePair(red, []int{10, 130}, []int{100, 67})
		if err != nil {
			t.Fatal(err)
		}
		one, err := k.Reduce(red, []int{10, 130}, []int{100, 67}, nil)
		if err != nil {
			t.Fatal(err)
		}
		other, err := k.Reduce(red, []int{130, 10}, []int{67, 100}, nil)
		if err != nil {
			t.Fatal(err)
		}
		both, err := red.Merge([]*Partial{one, other})
		if err != nil {
			t.Fatal(err)
		}
		got, want := elements[float64](pair, 0)[0], elements[float64](both, 0)[0]
		if math.Abs(got-want) > 1e-14*want {
			t.Errorf("%v of the pair is %v, and %v of both", fold, got, want)
		}
	}
}

func TestADiagonalIsTheSameAsTheRegion(t *testing.T) {
	k, err := New(symmetric(3000), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []int{1, leastDiagonal, leastDiagonal + 1, 777} {
		for _, fold := range []Fold{Sum, Max} {
			red := &Reduction{Fold: fold, DType: ndarray.Float64, Reduced: []bool{true, true}, To: ndarray.Float64}
			diagonal, err := k.ReduceDiagonal(red, 131, side)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := k.Reduce(red, []int{131, 131}, []int{side, side}, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, want := elements[float64](diagonal, 0)[0], elements[float64](whole, 0)[0]
			if math.Abs(got-want) > 1e-14*want {
				t.Errorf("%v of a square of %d on the diagonal is %v, and %v of the region", fold, side, got, want)
			}
		}
	}
}
