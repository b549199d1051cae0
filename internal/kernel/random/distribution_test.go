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
	for k := Gamma; k <= Permutation; k++ {
		p := []float64{2.5, 0.25}[:kinds[k].count]
		if k == Permutation {
			p[0] = 120
		}
		d := Distribution{Kind: k, Parameters: p, Key: [2]uint64{1, uint64(k)}}
		if err := d.Check(); err != nil {
			t.Fatal(err)
		}
		whole, part := d.Draw(shape, []int{0, 0, 0}, shape), d.Draw(shape, []int{1, 2, 3}, []int{3, 2, 2})
		l, err := whole.Layout().Slice(ndarray.Range(1, 4), ndarray.Range(2, 4), ndarray.Range(3, 5))
		if err != nil {
			t.Fatal(err)
		}
		same := ndarray.Must(ndarray.View(whole, l))
		if part.DType() != d.DType() || !bytes.Equal(ndarray.AppendRaw(nil, part), ndarray.AppendRaw(nil, same)) {
			t.Errorf("%s: a part is %v, and that of the whole %v", kinds[k].name, part, same)
		}
		if empty := d.Draw([]int{0, 3}, []int{0, 0}, []int{0, 3}); empty.Size() != 0 {
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
