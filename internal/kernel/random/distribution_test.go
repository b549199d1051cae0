package random

import (
	"bytes"
	"math"
	"testing"

	"github.com/braid-compute/braid/ndarray"
)

// TestEveryPlaceIsTaken checks that permutations are some, for numbers of places around powers of four.
func TestEveryPlaceIsTaken(t *testing.T) {
	for n := range 70 {
		seen := make([]bool, n)
		for _, p := range Places([2]uint64{uint64(n), 3}, n) {
			if p < 0 || p >= n || seen[p] {
				t.Fatalf("of %d places, %d is taken twice or is none", n, p)
			}
			seen[p] = true
		}
	}
}

// TestRegions draws parts of an array, which are those of the whole.
func TestRegions(t *testing.T) {
	shape := []int{5, 4, 6}
	for k := Gamma; k <= Dirichlet; k++ {
		p := []float64{0.5, 0.25, 0.25, 0.25, 0.25, 2}[:max(0, kinds[k].count)]
		switch k {
		case Permutation:
			p = []float64{120}
		case Hypergeometric:
			p = []float64{40, 70, 30}
		case Zipf:
			p = []float64{2.5}
		case Multinomial:
			p = []float64{30, 0.25, 0.25, 0, 0.5, 0, 0}
		case MultivariateHypergeometric:
			p = []float64{30, 1, 20, 3, 40, 5, 60}
		case Dirichlet:
			p = []float64{0.1, 2, 3, 0.4, 50, 6}
		}
		d := Distribution{Kind: k, Parameters: p, Key: [2]uint64{1, uint64(k)}}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		from, size, last := []int{1, 2, 3}, []int{3, 2, 2}, ndarray.Range(3, 5)
		if d.Width() > 0 { // which a region has all of
			from[2], size[2], last = 0, shape[2], ndarray.All()
		}
		whole, part := d.Draw(shape, []int{0, 0, 0}, shape), d.Draw(shape, from, size)
		l, err := whole.Layout().Slice(ndarray.Range(1, 4), ndarray.Range(2, 4), last)
		if err != nil {
			t.Fatal(err)
		}
		same := ndarray.Must(ndarray.View(whole, l))
		if part.DType() != d.DType() || !bytes.Equal(ndarray.AppendRaw(nil, part), ndarray.AppendRaw(nil, same)) {
			t.Errorf("%s: a part is %v, and that of the whole %v", kinds[k].name, part, same)
		}
		if empty := d.Draw([]int{0, 6}, []int{0, 0}, []int{0, 6}); empty.Size() != 0 {
			t.Errorf("%s: nothing is %v", kinds[k].name, empty)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, d := range map[string]Distribution{
		"no kind": {}, "another kind": {Kind: 99}, "too few": {Kind: Beta, Parameters: []float64{1}}, "NaN": {Kind: Poisson, Parameters: []float64{math.NaN()}},
		"infinite": {Kind: Gamma, Parameters: []float64{math.Inf(1)}}, "a part of a place": {Kind: Permutation, Parameters: []float64{2.5}},
	} {
		if err := d.Check(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
