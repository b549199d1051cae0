package random

import (
	"math"

	"github.com/braid-compute/braid/ndarray"
)

// drawParts is Draw for results of several numbers, which are the last axis and whole in every region.
func (d Distribution) drawParts(array, origin, shape []int) ndarray.Untyped {
	last, width := len(shape)-1, d.Width()
	fill := func(set func(at int, x float64)) {
		parts := make([]float64, width)
		each(array[:last], origin[:last], shape[:last], func(i int, place uint64) {
			s := of(d.Key, place)
			d.parts(&s, parts)
			for k, x := range parts {
				set(i*width+k, x)
			}
		})
	}
	if kinds[d.Kind].whole {
		out := ndarray.New[int64](shape...)
		fill(func(at int, x float64) { out.Memory()[at] = int64(x) })
		return out
	}
	out := ndarray.New[float64](shape...)
	fill(func(at int, x float64) { out.Memory()[at] = x })
	return out
}

// parts draws one result.
func (d Distribution) parts(s *source, into []float64) {
	p := d.Parameters
	switch d.Kind {
	case Multinomial:
		s.multinomial(math.Floor(p[0]), p[1:], into)
	case MultivariateHypergeometric:
		s.kinds(p[0], p[1:], into)
	case Dirichlet:
		s.dirichlet(p, into)
	}
}

// multinomial draws how often each outcome comes by a binomial distribution of those that are left; the last outcome has the rest.
func (s *source) multinomial(n float64, p, into []float64) {
	left, rest := n, 1.0
	for i := range p[:len(p)-1] {
		into[i] = 0
		if left > 0 && p[i] > 0 {
			into[i] = s.binomial(left, min(1, p[i]/rest))
		}
		left -= into[i]
		rest = max(rest-p[i], 0x1p-60)
	}
	into[len(p)-1] = left
}

// kinds draws how many of each kind there are among n by a hypergeometric distribution of that kind and all that follow.
func (s *source) kinds(n float64, counts, into []float64) {
	rest := total(counts)
	for i, c := range counts {
		rest -= c
		into[i] = s.hypergeometric(c, rest, n)
		n -= into[i]
	}
}

// dirichlet divides gamma numbers by their sum, as logarithms, because those of small concentrations may all be below the least float.
func (s *source) dirichlet(concentrations, into []float64) {
	most, sum := math.Inf(-1), 0.0
	for i, a := range concentrations {
		into[i] = s.logGamma(a)
		most = max(most, into[i])
	}
	for i, l := range into {
		into[i] = math.Exp(l - most)
		sum += into[i]
	}
	for i := range into {
		into[i] /= sum
	}
}

// hypergeometric draws how many of n that are taken from good and bad ones are good: one after the other if these, or those that are left,
// are few, and else by the ratio of uniform numbers, with the hat of Stadlober, The ratio of uniforms approach for generating discrete random
// variates, Journal of Computational and Applied Mathematics 31, 1990.
func (s *source) hypergeometric(good, bad, n float64) float64 {
	all := good + bad
	switch {
	case good == 0 || n == 0:
		return 0
	case bad == 0:
		return n
	case n > all-n: // those that are left are drawn as well
		return good - s.hypergeometric(good, bad, all-n)
	case good > bad:
		return n - s.hypergeometric(bad, good, n)
	}
	if n < small {
		taken := 0.0
		for ; n > 0 && good > taken; n-- {
			if s.unit()*all < good-taken {
				taken++
			}
			all--
		}
		return taken
	}
	share := good / all
	centre := n*share + 0.5
	width := math.Sqrt((all-n)*n*share*(1-share)/(all-1) + 0.5)
	side := 2*math.Sqrt(2/math.E)*width + 3 - 2*math.Sqrt(3/math.E)
	weight := func(k float64) float64 {
		return logFactorial(k) + logFactorial(good-k) + logFactorial(n-k) + logFactorial(bad-n+k)
	}
	top := weight(math.Floor((n + 1) * (good + 1) / (all + 2)))
	end := min(min(n, good)+1, math.Floor(centre+16*width))
	for {
		u := s.positive()
		x := centre + side*(s.unit()-0.5)/u
		if x < 0 || x >= end {
			continue
		}
		if k := math.Floor(x); 2*math.Log(u) <= top-weight(k) {
			return k
		}
	}
}

// logSeries draws by the second method of Kemp, Efficient generation of logarithmically distributed pseudo-random variables, Applied
// Statistics 30, 1981: of a geometric distribution whose parameter is drawn first.
func (s *source) logSeries(p float64) float64 {
	for {
		v := s.positive()
		if v >= p {
			return 1
		}
		q := -math.Expm1(math.Log1p(-p) * s.unit())
		switch {
		case q == 0, v >= q:
			return 1
		case v > q*q:
			return 2
		}
		if k := math.Floor(1 + math.Log(v)/math.Log(q)); k >= 1 && k <= 1<<53 {
			return k
		}
	}
}
