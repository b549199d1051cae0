package random

import (
	"math"

	"github.com/braid-compute/braid/internal/kernel/tile"
)

// source is the stream of one element.
type source struct {
	key   [2]uint64
	block uint64
	words [4]uint64
	left  int
}

// of returns the stream of the element at a place of an array.
func of(key [2]uint64, place uint64) source {
	a, b, _, _ := tile.Philox(key, place+1)
	return source{key: [2]uint64{a, b}}
}

func (s *source) word() uint64 {
	if s.left == 0 {
		s.block++
		s.words[3], s.words[2], s.words[1], s.words[0] = tile.Philox(s.key, s.block)
		s.left = 4
	}
	s.left--
	return s.words[s.left]
}

// unit returns a number from 0 up to and without 1.
func (s *source) unit() float64 { return float64(s.word()>>11) / (1 << 53) }

// positive returns a number above 0 up to 1.
func (s *source) positive() float64 { return float64(s.word()>>11+1) / (1 << 53) }

// normal returns a number of the normal distribution of mean 0 and deviation 1.
func (s *source) normal() float64 {
	return math.Sqrt(-2*math.Log(s.positive())) * math.Cos(2*math.Pi*s.unit())
}

// gamma returns a number of the gamma distribution of scale 1.
func (s *source) gamma(shape float64) float64 { return math.Exp(s.logGamma(shape)) }

// logGamma returns the logarithm of such a number: of small shapes the number itself may be too small for a float.
func (s *source) logGamma(shape float64) float64 {
	boost := 0.0
	if shape < 1 {
		boost = math.Log(s.positive()) / shape
		shape++
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(s.positive()) < x*x/2+d-d*v+d*math.Log(v) {
			return math.Log(d*v) + boost
		}
	}
}

func (s *source) beta(a, b float64) float64 {
	return 1 / (1 + math.Exp(s.logGamma(b)-s.logGamma(a)))
}

// small is the mean below which counting waits is faster than rejection, and the limit of what rejection is good for.
const small = 10

func (s *source) poisson(mean float64) float64 {
	if mean < small {
		k, product, limit := 0.0, s.positive(), math.Exp(-mean)
		for product > limit {
			product *= s.positive()
			k++
		}
		return k
	}
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	inverse, bound := 1.1239+1.1328/(b-3.4), 0.9277-3.6224/(b-2)
	log := math.Log(mean)
	for {
		u, v := s.unit()-0.5, s.positive()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= bound {
			return k
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		if math.Log(v*inverse/(a/(us*us)+b)) <= k*log-mean-logFactorial(k) {
			return k
		}
	}
}

func logFactorial(k float64) float64 {
	l, _ := math.Lgamma(k + 1)
	return l
}

// binomial returns how many of n trials succeed.
func (s *source) binomial(n, p float64) float64 {
	switch {
	case p > 0.5:
		return n - s.binomial(n, 1-p)
	case p == 0 || n == 0:
		return 0
	case n*p < small:
		log := math.Log1p(-p)
		k := 0.0
		for at := 0.0; ; k++ {
			if at += max(1, math.Ceil(math.Log(s.positive())/log)); at > n {
				return k
			}
		}
	}
	deviation := math.Sqrt(n * p * (1 - p))
	b := 1.15 + 2.53*deviation
	a := -0.0873 + 0.0248*b + 0.01*p
	c, bound, alpha := n*p+0.5, 0.92-4.2/b, (2.83+5.1/b)*deviation
	odds, mode := math.Log(p/(1-p)), math.Floor((n+1)*p)
	top := logFactorial(mode) + logFactorial(n-mode)
	for {
		u, v := s.unit()-0.5, s.positive()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + c)
		if us >= 0.07 && v <= bound {
			return k
		}
		if k < 0 || k > n {
			continue
		}
		if math.Log(v*alpha/(a/(us*us)+b)) <= top-logFactorial(k)-logFactorial(n-k)+(k-mode)*odds {
			return k
		}
	}
}

func (s *source) vonMises(mean, concentration float64) float64 {
	if concentration < 1e-8 {
		return math.Remainder(mean+2*math.Pi*s.unit(), 2*math.Pi)
	}
	r := 1 + math.Sqrt(1+4*concentration*concentration)
	rho := (r - math.Sqrt(2*r)) / (2 * concentration)
	c := (1 + rho*rho) / (2 * rho)
	if concentration < 1e-5 { // where rho is the difference of nearly equal numbers
		c = 1/concentration + concentration
	}
	for {
		z := math.Cos(math.Pi * s.unit())
		w := (1 + c*z) / (c + z)
		y, v := concentration*(c-w), s.positive()
		if y*(2-y) < v && math.Log(y/v)+1-y < 0 {
			continue
		}
		angle := math.Acos(max(-1, min(1, w)))
		if s.word()&1 == 0 {
			angle = -angle
		}
		return math.Remainder(mean+angle, 2*math.Pi)
	}
}

func (s *source) wald(mean, scale float64) float64 {
	y := s.normal()
	y *= mean * y
	x := mean + mean/(2*scale)*(y-math.Sqrt(y*(4*scale+y)))
	if s.unit() <= mean/(mean+x) {
		return x
	}
	return mean * mean / x
}

func (s *source) zipf(exponent float64) float64 {
	one := exponent - 1
	b := math.Pow(2, one)
	for {
		u, v := s.positive(), s.unit()
		x := math.Floor(math.Pow(u, -1/one))
		if x < 1 || x > 1<<53 {
			continue
		}
		t := math.Pow(1+1/x, one)
		if v*x*(t-1)/(b-1) <= t/b {
			return x
		}
	}
}
