package random

import (
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// Kind is a distribution. The numbers travel between processes.
type Kind uint8

// The kinds, with their parameters.
const (
	Gamma                      Kind = iota + 1 // shape; the scale is 1
	Beta                                       // a, b
	Poisson                                    // mean
	Binomial                                   // number of trials, probability of success
	NegativeBinomial                           // number of successes, probability of success
	VonMises                                   // mean, concentration
	Wald                                       // mean, scale
	Zipf                                       // exponent
	Permutation                                // number of places: of each place, which one stands there
	Hypergeometric                             // good ones, bad ones, number drawn
	LogSeries                                  // probability
	NoncentralChiSquare                        // degrees of freedom, noncentrality
	Multinomial                                // number of trials, and the probability of each outcome: how often each
	MultivariateHypergeometric                 // number drawn, and how many there are of each kind: how many of each
	Dirichlet                                  // the concentration of each part: their shares
)

// most is the greatest mean, or number of trials: beyond, what a number is accepted by is rounded too much.
const most = 1 << 40

// kinds are the facts about kinds: name, number of parameters, whether numbers are whole, and what parameters may be.
var kinds = [...]struct {
	name  string
	count int
	whole bool
	valid func(p []float64) bool
	must  string
}{
	Gamma:    {"gamma", 1, false, func(p []float64) bool { return p[0] > 0 }, "a shape above 0"},
	Beta:     {"beta", 2, false, func(p []float64) bool { return p[0] > 0 && p[1] > 0 }, "a and b above 0"},
	Poisson:  {"poisson", 1, true, func(p []float64) bool { return p[0] >= 0 && p[0] <= most }, "a mean from 0 to 2⁴⁰"},
	Binomial: {"binomial", 2, true, func(p []float64) bool { return p[0] >= 0 && p[0] <= most && probable(p[1]) }, "a number of trials from 0 to 2⁴⁰, and a probability from 0 to 1"},
	NegativeBinomial: {"negative_binomial", 2, true, func(p []float64) bool { return p[0] > 0 && p[1] > 0 && probable(p[1]) && p[0]/p[1] < most },
		"a number of successes above 0 that is less than 2⁴⁰ times the probability, which is above 0 and at most 1"},
	VonMises: {"vonmises", 2, false, func(p []float64) bool { return p[1] >= 0 && p[1] < 1e6 }, "a concentration from 0 up to and without 10⁶"},
	Wald:     {"wald", 2, false, func(p []float64) bool { return p[0] > 0 && p[1] > 0 }, "a mean and a scale above 0"},
	Zipf:     {"zipf", 1, true, func(p []float64) bool { return p[0] >= 1.001 && p[0] < 1000 }, "an exponent from 1.001, below which nearly all numbers are too large for an int64, to 1000"},
	Permutation: {"permutation", 1, true, func(p []float64) bool { return p[0] >= 0 && p[0] <= 1<<48 && p[0] == math.Floor(p[0]) },
		"a number of places from 0 to 2⁴⁸"},
	Hypergeometric: {"hypergeometric", 3, true, func(p []float64) bool { return numbered(p) && p[2] <= p[0]+p[1] },
		"whole numbers from 0 to 10⁹, and as many that are drawn as there are at most"},
	LogSeries: {"logseries", 1, true, func(p []float64) bool { return p[0] >= 0 && p[0] < 1 }, "a probability from 0 up to and without 1"},
	NoncentralChiSquare: {"noncentral_chisquare", 2, false, func(p []float64) bool { return p[0] > 0 && p[1] >= 0 && p[1] <= most },
		"degrees of freedom above 0, and a noncentrality from 0 to 2⁴⁰"},
	Multinomial: {"multinomial", several, true, func(p []float64) bool { return p[0] >= 0 && p[0] <= most && probableTogether(p[1:]) },
		"a number of trials from 0 to 2⁴⁰, and probabilities from 0 to 1 that are 1 together"},
	MultivariateHypergeometric: {"multivariate_hypergeometric", several, true, func(p []float64) bool { return numbered(p) && total(p[1:]) <= largest && p[0] <= total(p[1:]) },
		"whole numbers, 10⁹ together at most, and as many that are drawn as there are at most"},
	Dirichlet: {"dirichlet", several, false, func(p []float64) bool { return slices.Min(p) > 0 }, "concentrations above 0"},
}

// several stands for as many parameters as there are parts of a result, and one more for whole numbers.
const several = -1

// largest is the greatest number of things to draw from, for which differences of logarithms of factorials are still exact enough.
const largest = 1e9

// numbered reports whether all are whole numbers of things.
func numbered(p []float64) bool {
	for _, n := range p {
		if n < 0 || n > largest || n != math.Floor(n) {
			return false
		}
	}
	return true
}

func probableTogether(p []float64) bool {
	for _, x := range p {
		if !probable(x) {
			return false
		}
	}
	return math.Abs(total(p)-1) <= 1e-8
}

func total(p []float64) float64 {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	return sum
}

func probable(p float64) bool { return p >= 0 && p <= 1 }

// Distribution is a kind with its parameters, and the key of an array.
type Distribution struct {
	Kind       Kind
	Parameters []float64
	Key        [2]uint64
}

// Check refuses parameters for which there is no distribution.
func (d Distribution) Check() error {
	if int(d.Kind) >= len(kinds) || kinds[d.Kind].name == "" {
		return fmt.Errorf("there is no distribution of number %d", d.Kind)
	}
	k := kinds[d.Kind]
	if n := len(d.Parameters); k.count == several && d.Width() < 1 {
		return fmt.Errorf("%d parameters for the distribution %s: it has no parts", n, k.name)
	} else if k.count != several && n != k.count {
		return fmt.Errorf("%d parameters for the distribution %s, which has %d", len(d.Parameters), k.name, k.count)
	}
	for _, p := range d.Parameters {
		if math.IsNaN(p) || math.IsInf(p, 0) {
			return fmt.Errorf("a parameter %v of the distribution %s: give finite numbers", p, k.name)
		}
	}
	if !k.valid(d.Parameters) {
		return fmt.Errorf("parameters %v of the distribution %s: it has %s", d.Parameters, k.name, k.must)
	}
	return nil
}

// DType returns the type of the numbers.
func (d Distribution) DType() ndarray.DType {
	if kinds[d.Kind].whole {
		return ndarray.Int64
	}
	return ndarray.Float64
}

// Width returns how many numbers make one result, which are the last axis of an array; 0 where a result is a number.
func (d Distribution) Width() int {
	k := kinds[d.Kind]
	switch {
	case k.count != several:
		return 0
	case k.whole:
		return len(d.Parameters) - 1
	}
	return len(d.Parameters)
}

// Draw returns the numbers of a region of an array whose elements have the given shape. d has been checked, and regions hold all of a
// last axis that is the width.
func (d Distribution) Draw(array, origin, shape []int) ndarray.Untyped {
	if d.Width() > 0 {
		return d.drawParts(array, origin, shape)
	}
	draw := d.sampler()
	if kinds[d.Kind].whole {
		out := ndarray.New[int64](shape...)
		each(array, origin, shape, func(i int, place uint64) { out.Memory()[i] = int64(draw(place)) })
		return out
	}
	out := ndarray.New[float64](shape...)
	each(array, origin, shape, func(i int, place uint64) { out.Memory()[i] = draw(place) })
	return out
}

// each calls f for each element of a region with its number there and its place in the array, both in row-major order.
func each(array, origin, shape []int, f func(i int, place uint64)) {
	n := 1
	for _, s := range shape {
		n *= s
	}
	if n == 0 {
		return
	}
	row := 1
	if len(shape) > 0 {
		row = shape[len(shape)-1]
	}
	for i := 0; i < n; i += row {
		place, step, left := 0, 1, i
		for k := len(shape) - 1; k >= 0; k-- {
			place += step * (origin[k] + left%shape[k])
			step *= array[k]
			left /= shape[k]
		}
		for j := range row {
			f(i+j, uint64(place+j))
		}
	}
}

// sampler returns the function of places that the distribution is.
func (d Distribution) sampler() func(place uint64) float64 {
	p, key := d.Parameters, d.Key
	with := func(f func(s *source) float64) func(uint64) float64 {
		return func(place uint64) float64 {
			s := of(key, place)
			return f(&s)
		}
	}
	switch d.Kind {
	case Gamma:
		return with(func(s *source) float64 { return s.gamma(p[0]) })
	case Beta:
		return with(func(s *source) float64 { return s.beta(p[0], p[1]) })
	case Poisson:
		return with(func(s *source) float64 { return s.poisson(p[0]) })
	case Binomial:
		return with(func(s *source) float64 { return s.binomial(math.Floor(p[0]), p[1]) })
	case NegativeBinomial:
		return with(func(s *source) float64 { return s.poisson(s.gamma(p[0]) * (1 - p[1]) / p[1]) })
	case VonMises:
		return with(func(s *source) float64 { return s.vonMises(p[0], p[1]) })
	case Wald:
		return with(func(s *source) float64 { return s.wald(p[0], p[1]) })
	case Zipf:
		return with(func(s *source) float64 { return s.zipf(p[0]) })
	case Hypergeometric:
		return with(func(s *source) float64 { return s.hypergeometric(p[0], p[1], p[2]) })
	case LogSeries:
		return with(func(s *source) float64 { return s.logSeries(p[0]) })
	case NoncentralChiSquare:
		return with(func(s *source) float64 { return 2 * s.gamma(p[0]/2+s.poisson(p[1]/2)) })
	}
	n := newNetwork(key, uint64(p[0]))
	return func(place uint64) float64 { return float64(n.at(place)) }
}

// network is a permutation of the numbers below n.
type network struct {
	n    uint64
	half uint           // bits of either half
	keys [rounds]uint64 // of the rounds
}

// rounds are more than the four that make a random permutation of random functions, because halves of a few bits repeat.
const rounds = 12

func newNetwork(key [2]uint64, n uint64) *network {
	w := &network{n: n, half: 1}
	for n >= 1<<(2*w.half) { // with a place to spare: of all places, the network makes only permutations that are even
		w.half++
	}
	for i := range w.keys {
		w.keys[i], _, _, _ = tile.Philox(key, uint64(i)+1)
	}
	return w
}

func (w *network) at(place uint64) uint64 {
	if place >= w.n {
		return place // of a region outside, which nobody asks for
	}
	mask := uint64(1)<<w.half - 1
	for {
		left, right := place>>w.half, place&mask
		for _, k := range w.keys {
			left, right = right, left^mixed(right^k)&mask
		}
		if place = left<<w.half | right; place < w.n {
			return place
		}
	}
}

// mixed returns a word of which each bit depends on all of x: the finalizer of SplitMix64 by Stafford's variant 13, twice.
func mixed(x uint64) uint64 {
	for range 2 {
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// Places returns the permutation of n places of a key, as [Permutation] draws it.
func Places(key [2]uint64, n int) []int {
	w, places := newNetwork(key, uint64(n)), make([]int, n)
	for i := range places {
		places[i] = int(w.at(uint64(i)))
	}
	return places
}
